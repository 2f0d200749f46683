// @segment/analytics-next with the delivery strategy `batching`. Every second person leaves the shop with events still in
// the library's buffer: those are sent while the page goes away.

import { drive } from "./browser.mjs";
import { start } from "./segment_page.mjs";

await drive("segment-browser-batching", {
  name: "@segment/analytics-next",
  sdk: "@segment/analytics-next/dist/umd/index.js",
  start,
  options: { delivery: { strategy: "batching", config: { size: 10, timeout: 1000 } } },
  leaves: (number) => number % 2 === 1,
});
