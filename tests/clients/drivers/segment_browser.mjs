// @segment/analytics-next as it comes: one request for each event, `text/plain`, on the short paths.

import { drive } from "./browser.mjs";
import { start } from "./segment_page.mjs";

await drive("segment-browser", { name: "@segment/analytics-next", sdk: "@segment/analytics-next/dist/umd/index.js", start });
