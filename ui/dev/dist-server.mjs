// The built pages (dist/) under the product's policy, with /v1 sent on to a running `kith serve`: the browser tests without a build of the binary.
// `npm run build && KITH_API=http://127.0.0.1:7777 PORT=7790 node dev/dist-server.mjs`

import { createServer, request } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const API = new URL(process.env.KITH_API ?? "http://127.0.0.1:7777");
const PORT = Number(process.env.PORT ?? 7790);
const DIST = fileURLToPath(new URL("../dist/", import.meta.url));
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

createServer(async (asked, answer) => {
  const { pathname } = new URL(asked.url, "http://here");
  if (pathname.startsWith("/v1/")) {
    const headers = { ...asked.headers, host: API.host };
    const onward = request({ hostname: API.hostname, port: API.port, method: asked.method, path: asked.url, headers }, (got) => {
      answer.writeHead(got.statusCode, got.headers);
      got.pipe(answer);
    });
    onward.on("error", () => (answer.headersSent ? answer.destroy() : answer.writeHead(502).end()));
    // Who leaves ends what is asked.
    answer.on("close", () => onward.destroy());
    return asked.pipe(onward);
  }
  const path = normalize(pathname === "/" ? "/index.html" : pathname).replace(/^(\.\.[/\\])+/, "");
  const file = await readFile(join(DIST, path)).catch(() => null);
  answer.writeHead(file ? 200 : 404, { "content-type": TYPES[extname(path)] ?? "text/plain", "content-security-policy": CSP });
  answer.end(file ?? "not found");
}).listen(PORT, "127.0.0.1", () => console.log(`http://127.0.0.1:${PORT} → ${API.origin}`));
