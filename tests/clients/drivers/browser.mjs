// What the drivers of the browser libraries share: a shop on a port of its own (another origin than the collector, so that
// CORS is in play), and headless Chromium in which each person is a fresh profile with cookies and storage of its own.
// Every page view is a navigation. An event counts as delivered when a request that carries it was answered with 200: no
// browser library tells more.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright-core";
import { Outcome, args, keyOf } from "./driver.mjs";

const AT_ONCE = 4; // people in the shop
const QUIET_MS = Number(process.env.QUIET_MS ?? 0);
const PATIENCE_MS = 90_000;
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

function launch() {
  const found = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => path && existsSync(path));
  if (!found) throw new Error("no Chromium found: install Debian's package chromium, or set CHROMIUM to its path");
  return chromium.launch({ executablePath: found, args: FLAGS });
}

/** Serves the SDK's own file and, at every other path, a page that loads it. `start` becomes `window.shop`. */
async function serve(sdk, start, settings) {
  const file = join(dirname(fileURLToPath(import.meta.url)), "../node_modules", sdk);
  const script = await readFile(file);
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title><link rel="icon" href="data:,"><h1>Shop</h1>
<script src="/sdk.js"></script><script>window.shop = (${start})(${JSON.stringify(settings)})</script></html>`;
  const server = createServer((request, response) => {
    const isScript = request.url.endsWith(".js");
    if (isScript && request.url !== "/sdk.js") return response.writeHead(404).end();
    response.writeHead(200, { "content-type": isScript ? "text/javascript" : "text/html; charset=utf-8" });
    response.end(isScript ? script : html);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

/** Follows the requests of one person: which messages were sent, and which were answered with 200. */
class Delivery {
  constructor(context, base) {
    this.confirmed = new Map();
    this.active = Date.now();
    const body = (request) => {
      if (request.method() !== "POST" || !request.url().startsWith(base)) return null;
      try {
        return JSON.parse(request.postData());
      } catch {
        return null;
      }
    };
    context.on("request", (request) => request.url().startsWith(base) && (this.active = Date.now()));
    context.on("response", (response) => {
      const sent = response.status() === 200 && body(response.request());
      for (const event of sent ? (sent.batch ?? [sent]) : []) this.confirmed.set(event.messageId, event);
    });
  }
  /** Until `events` were answered, or nothing moves any more. */
  async settled(events, quiet) {
    for (const until = Date.now() + PATIENCE_MS; this.confirmed.size < events && Date.now() < Math.min(until, this.active + quiet); ) await sleep(20);
  }
  count() {
    const counts = {};
    for (const { type, name, event } of this.confirmed.values()) {
      const key = keyOf({ call: type, name: type === "track" ? event : ["page", "screen"].includes(type) ? name : undefined });
      counts[key] = (counts[key] ?? 0) + 1;
    }
    return counts;
  }
}

/** Opens a page and waits for the library: one that could not fetch its settings never starts, so the person reloads. */
async function visit(page, address) {
  for (const until = Date.now() + PATIENCE_MS; ; await sleep(500)) {
    await page.goto(address);
    const ready = await page.evaluate(() => Promise.race([window.shop.ready.then(() => true, () => false), new Promise((late) => setTimeout(late, 5000, false))]));
    if (ready) return;
    if (Date.now() > until) throw new Error(`${address}: the library does not start`);
  }
}

async function live(page, shop, who, calls, outcome, row, leaves) {
  for (const call of calls) {
    if (call.call === "page") await visit(page, `${shop.url}${call.path}`);
    await page.evaluate(([call, who]) => window.shop.send(call, who), [call, who]);
    outcome.sent(row, call);
  }
  row.anonymous_id = await page.evaluate(() => window.shop.visitor());
  if (leaves) await page.goto("about:blank");
}

/**
 * `start(settings)` runs in the page and answers `{ready, send(call, who), visitor()}`; `lacks` are calls that the library
 * has not; `leaves(number)` says who closes the shop at once, with events still in the library's hands. `quiet` is how long
 * after the last request the library may still send something that was not answered.
 */
export async function drive(client, { name, sdk, start, options = {}, lacks = [], leaves = () => false, quiet = 4000 }) {
  const { url, key, people, pause } = args(client);
  const outcome = new Outcome(client, name);
  const shop = await serve(sdk, start, { url, key, ...options });
  const browser = await launch();
  const rows = people.map((who) => outcome.person(who));
  const visitors = people.entries();
  const one = async (number, who) => {
    const context = await browser.newContext();
    const delivery = new Delivery(context, url);
    const calls = who.calls.filter(({ call }) => !lacks.includes(call));
    const page = await context.newPage();
    if (process.env.DEBUG) page.on("console", (said) => console.error(`${said.type()}: ${said.text()}`));
    await live(page, shop, who, calls, outcome, rows[number], leaves(number));
    await delivery.settled(calls.length, Math.max(quiet, QUIET_MS));
    const confirmed = delivery.count();
    for (const call of calls) {
      if (confirmed[keyOf(call)]) confirmed[keyOf(call)]--;
      else outcome.lost(rows[number], call, `${who.user_id}: no answer seen for ${keyOf(call)}`);
    }
    await context.close();
  };
  const lane = async () => {
    for (const [number, who] of visitors) {
      await one(number, who);
      for (let lanes = 0; lanes < AT_ONCE; lanes++) await pause();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  await browser.close();
  shop.close();
  outcome.print();
}
