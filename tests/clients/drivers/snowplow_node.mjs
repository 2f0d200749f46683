// @snowplow/node-tracker: payloads in batches to `/com.snowplowanalytics.snowplow/tp2`, the key as app id. It has neither
// identify nor group nor alias: who it is stands in every event. What failed it sends with the next flush.

import { buildEcommerceTransaction, buildPageView, buildScreenView, buildStructEvent, newTracker } from "@snowplow/node-tracker";
import { setTimeout as sleep } from "node:timers/promises";
import { BUSY, Outcome, args } from "./driver.mjs";

const LACKS = ["identify", "group", "alias"];
const { url, key, people, pause } = args("snowplow-node");
const outcome = new Outcome("snowplow-node", "@snowplow/node-tracker");
let taken = 0;
let failure = null;
const tracker = newTracker({ namespace: "sp", appId: key, encodeBase64: true }, {
  endpoint: url.replace(/^http:\/\//, ""), protocol: "http", eventMethod: "post", bufferSize: BUSY ? 2 : 10,
  onRequestSuccess: (batch) => (taken += batch.length),
  onRequestFailure: ({ message, status }) => (failure = message ?? status),
});

function built(call) {
  switch (call.call) {
    case "page":
      return buildPageView({ pageUrl: `https://shop.example.org${call.path}`, pageTitle: call.name });
    case "screen":
      return buildScreenView({ name: call.name });
    default:
      if (call.name === "Order Completed") {
        const { order_id: orderId, total, currency } = call.properties;
        return buildEcommerceTransaction({ orderId, total, currency });
      }
      return buildStructEvent({ category: "Shop", action: call.name, label: call.properties.sku, value: call.properties.price });
  }
}

let sent = 0;
for (const who of people) {
  const row = outcome.person(who);
  tracker.setDomainUserId(who.anonymous_id);
  tracker.setUserId("");
  for (const call of who.calls) {
    if (call.call === "identify") tracker.setUserId(who.user_id);
    if (LACKS.includes(call.call)) continue;
    outcome.sent(row, call);
    sent += 1;
    const product = { schema: "iglu:org.example/products/jsonschema/1-0-0", data: call.properties };
    tracker.track(built(call), call.call === "track" ? [product] : []);
  }
  await pause();
}
for (let tries = 0; taken < sent && tries < 240; tries++) {
  await tracker.flush();
  if (taken < sent) await sleep(250);
}
if (taken < sent) outcome.errors.push(`${sent - taken} were never taken: ${failure}`);
outcome.print();
process.exit(0);
