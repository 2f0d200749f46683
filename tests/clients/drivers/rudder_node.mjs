// @rudderstack/rudder-sdk-node: gzip by default, three retries by default (1.4 s in all), so more are asked for here; a
// callback for each event. A flush that fails rejects a promise that nobody holds: `errorHandler` keeps Node alive.

import RudderAnalytics from "@rudderstack/rudder-sdk-node";
import { BUSY, Outcome, args } from "./driver.mjs";

const { url, key, people, pause } = args("rudder-node");
const outcome = new Outcome("rudder-node", "@rudderstack/rudder-sdk-node");
const analytics = new RudderAnalytics(key, {
  dataPlaneUrl: url,
  flushInterval: 500,
  ...(BUSY && { flushAt: 2 }),
  retryCount: 10,
  logLevel: "none",
  errorHandler: () => {}, // told to each event's callback too
});

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

const told = [];
for (const who of people) {
  const row = outcome.person(who);
  let known = false;
  for (const call of who.calls) {
    known ||= call.call === "identify";
    outcome.sent(row, call);
    told.push(new Promise((done) => analytics[call.call](message(who, call, known), (error) => done(error && outcome.lost(row, call, error)))));
  }
  await pause();
}
await analytics.flush();
await Promise.all(told);
outcome.print();
