// @rudderstack/analytics-js with the browser's beacons: no header can be set, so the write key is in the address, and no
// answer is read, so nothing is sent again. Every second person leaves the shop at once.

import { drive } from "./browser.mjs";
import { start } from "./rudder_page.mjs";

await drive("rudder-browser-beacon", {
  name: "@rudderstack/analytics-js",
  sdk: "@rudderstack/analytics-js/dist/npm/modern/bundled/umd/index.js",
  start,
  lacks: ["screen"],
  options: { load: { useBeacon: true, beaconQueueOptions: { maxItems: 10, flushQueueInterval: 1000 } } },
  leaves: (number) => number % 2 === 1,
});
