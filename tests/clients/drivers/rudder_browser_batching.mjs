// @rudderstack/analytics-js with batches on its retried queue.

import { drive } from "./browser.mjs";
import { start } from "./rudder_page.mjs";

await drive("rudder-browser-batching", {
  name: "@rudderstack/analytics-js",
  sdk: "@rudderstack/analytics-js/dist/npm/modern/bundled/umd/index.js",
  start,
  lacks: ["screen"],
  quiet: 20_000, // what a page that was left had in its hands is taken up by the next one, after 10 to 15 seconds
  options: { load: { queueOptions: { batch: { enabled: true, maxItems: 10, flushInterval: 1000 } } } },
});
