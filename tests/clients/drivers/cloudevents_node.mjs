// The CloudEvents SDK for JavaScript: what was done, and nothing else, in turn as binary, structured and batched messages. The SDK
// keeps nothing: whoever has an event that was not taken sends it again, so this driver does.

import { CloudEvent, HTTP, Mode, emitterFor, httpTransport } from "cloudevents";
import { setTimeout as sleep } from "node:timers/promises";
import { Outcome, args } from "./driver.mjs";

const { url, key, people, pause } = args("cloudevents-node");
const outcome = new Outcome("cloudevents-node", "cloudevents");
const sink = `${url}/v1/cloudevents/${key}`;
// Its transport resolves whatever the status is, and does not tell it.
const emit = [Mode.BINARY, Mode.STRUCTURED].map((mode) => emitterFor(httpTransport(sink), { binding: HTTP, mode }));

async function batched(event) {
  const headers = { "content-type": "application/cloudevents-batch+json" };
  const response = await fetch(sink, { method: "POST", headers, body: JSON.stringify([event]) });
  if (!response.ok) throw new Error(`${response.status}`);
}

let turn = 0;
for (const who of people) {
  const row = outcome.person(who);
  for (const call of who.calls.filter(({ call }) => call === "track")) {
    outcome.sent(row, call);
    const data = { ...call.properties, userId: who.user_id, anonymousId: who.anonymous_id };
    const event = new CloudEvent({ type: call.name, source: "/tests/clients", data, time: new Date().toISOString() });
    const send = [emit[0], emit[1], batched][turn++ % 3];
    let error = null;
    for (let tries = 0; tries < 240; tries++) {
      error = await send(event).then((answer) => (answer?.body === undefined || answer.body.includes("success") ? null : answer.body), (failed) => failed);
      if (error === null) break;
      await sleep(250);
    }
    if (error !== null) outcome.lost(row, call, error);
  }
  await pause();
}
outcome.print();
