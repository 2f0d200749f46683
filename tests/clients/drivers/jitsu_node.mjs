// @jitsu/js in Node: a browser library at heart, which knows one person at a time, in memory that all its instances share.
// Every event is a request to `/api/s/*` with its key (the library insists on `ID:SECRET`) in the header X-Write-Key, sent
// once; the answer must be JSON. It has neither screen nor alias.

import { jitsuAnalytics } from "@jitsu/js";
import { Outcome, args } from "./driver.mjs";

const { url, key, people, pause } = args("jitsu-node");
const outcome = new Outcome("jitsu-node", "@jitsu/js");

for (const who of people) {
  const row = outcome.person(who);
  let status;
  const fetched = async (...request) => {
    const response = await fetch(...request);
    status = response.status;
    return response;
  };
  const jitsu = jitsuAnalytics({ host: url, writeKey: `${key}:unused`, fetch: fetched });
  const page = (call) => ({ name: call.name, category: call.category, ...call.properties, url: `https://shop.example.org${call.path}` });
  for (const call of who.calls.filter(({ call }) => !["screen", "alias"].includes(call))) {
    outcome.sent(row, call);
    status = "no answer";
    if (call.call === "page") await jitsu.page(page(call));
    else if (call.call === "identify") await jitsu.identify(who.user_id, call.traits);
    else if (call.call === "group") await jitsu.group(call.group_id, call.traits);
    else await jitsu.track(call.name, call.properties);
    if (status !== 200) outcome.lost(row, call, status);
  }
  row.anonymous_id = jitsu.user().anonymousId;
  await jitsu.reset();
  await pause();
}
outcome.print();
process.exit(0); // the library has a timer that never ends
