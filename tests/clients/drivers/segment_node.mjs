// @segment/analytics-node: batches of 15 by default, a callback for each event once it is delivered or given up.

import { Analytics } from "@segment/analytics-node";
import { BUSY, Outcome, args } from "./driver.mjs";

const { url, key, people, pause } = args("segment-node");
const outcome = new Outcome("segment-node", "@segment/analytics-node");
const analytics = new Analytics({ writeKey: key, host: url, path: "/v1/batch", flushInterval: 500, ...(BUSY && { flushAt: 2 }) });
analytics.on("error", () => {}); // told to each event's callback too

function message(who, call, known) {
  const ids = { anonymousId: who.anonymous_id, ...(known && { userId: who.user_id }) };
  switch (call.call) {
    case "identify":
      return { ...ids, traits: call.traits };
    case "group":
      return { ...ids, groupId: call.group_id, traits: call.traits };
    case "alias":
      return { userId: who.user_id, previousId: call.previous_id };
    case "track":
      return { ...ids, event: call.name, properties: call.properties };
    default:
      return { ...ids, name: call.name, ...(call.category && { category: call.category }), properties: call.properties };
  }
}

for (const who of people) {
  const row = outcome.person(who);
  let known = false;
  for (const call of who.calls) {
    known ||= call.call === "identify";
    outcome.sent(row, call);
    analytics[call.call](message(who, call, known), (error, context) => {
      const failed = error ?? context.failedDelivery()?.reason;
      if (failed) outcome.lost(row, call, failed);
    });
  }
  await pause();
}
await analytics.closeAndFlush({ timeout: 180_000 });
outcome.print();
