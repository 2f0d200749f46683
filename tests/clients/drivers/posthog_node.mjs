// posthog-node: another dialect (`/batch/`, `api_key` in the body, gzip): pages and screens are events whose names begin
// with `$`, and there are no anonymous visitors but an alias of the two ids.

import { PostHog } from "posthog-node";
import { BUSY, Outcome, args } from "./driver.mjs";

const { url, key, people, pause } = args("posthog-node");
const outcome = new Outcome("posthog-node", "posthog-node");
const posthog = new PostHog(key, { host: url, flushAt: BUSY ? 2 : 20, flushInterval: 500, fetchRetryCount: 60, fetchRetryDelay: 500, disableGeoip: true });
let failure = null;
posthog.on("error", (error) => (failure = error));

function send(who, call, known) {
  const distinctId = known ? who.user_id : who.anonymous_id;
  switch (call.call) {
    case "identify":
      return posthog.identify({ distinctId, properties: { ...call.traits, $anon_distinct_id: who.anonymous_id } });
    case "group":
      return posthog.groupIdentify({ groupType: "company", groupKey: call.group_id, properties: call.traits, distinctId });
    case "alias":
      return posthog.alias({ distinctId: who.user_id, alias: call.previous_id });
    case "track":
      return posthog.capture({ distinctId, event: call.name, properties: call.properties });
    case "page":
      return posthog.capture({ distinctId, event: "$pageview", properties: { ...call.properties, $current_url: `https://shop.example.org${call.path}`, title: call.name } });
    default:
      return posthog.capture({ distinctId, event: "$screen", properties: { ...call.properties, $screen_name: call.name } });
  }
}

for (const who of people) {
  const row = outcome.person(who);
  let known = false;
  for (const call of who.calls) {
    known ||= call.call === "identify";
    outcome.sent(row, call);
    send(who, call, known);
  }
  await pause();
}
await posthog.shutdown(180_000);
if (failure) outcome.errors.push(`the client reported: ${failure.message}`); // it says of no event what became of it
outcome.print();
