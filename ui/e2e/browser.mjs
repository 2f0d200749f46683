// What every test shares: the installed Chromium, a signed-in page that records what must not happen, and people to look for.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

export const BASE = (process.env.KITH_URL ?? "http://127.0.0.1:7777").replace(/\/+$/, "");
export const TOKEN = process.env.KITH_TOKEN ?? "fixture";

const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export async function launch() {
  const found = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => path && existsSync(path));
  if (!found) throw new Error("no Chromium found: install Debian's package chromium, or set CHROMIUM to its path");
  return chromium.launch({ executablePath: found, args: FLAGS });
}

export async function signIn(page) {
  await page.goto(`${BASE}/#token=${encodeURIComponent(TOKEN)}`);
  await page.getByRole("searchbox").waitFor();
}

/** A page in a context of its own for one test. `close` ends it, and fails where it did what a good page never does. */
export async function freshPage(browser, { permissions = [], signedIn = true, real = true } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, permissions });
  const page = await context.newPage();
  const faults = watch(page, real);
  if (signedIn) await signIn(page);
  const close = async () => {
    await context.close();
    assert.deepEqual(faults, [], "no console error, no CSP violation, no dialog, no request to another host");
  };
  return { context, page, faults, close };
}

/** Every API path that the pages have asked for, over all tests. */
export const asked = new Set();

/** Collects everything that a good page never does. Call before the first visit. `real`: its requests go to the server. */
export function watch(page, real = true) {
  const faults = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()) && !/status of 4\d\d/.test(message.text())) faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`page error: ${error.message}`));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (real && url.pathname.startsWith("/v1/")) asked.add(`${request.method().toLowerCase()} ${url.pathname}`);
    if (url.protocol !== "data:" && url.origin !== new URL(BASE).origin) faults.push(`request to another host: ${url.origin}`);
  });
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  return faults;
}

/** The API itself; `body` makes it a POST unless `method` says otherwise. */
export async function ask(path, body, method = body === undefined ? "GET" : "POST") {
  const headers = { authorization: `Bearer ${TOKEN}`, ...(body !== undefined && { "content-type": "application/json" }) };
  const response = await fetch(`${BASE}/v1${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** A profile to look at: the one that a search finds, or the first of a good size that the changes name. */
export async function heroId(query) {
  if (query) {
    const { results } = await ask(`/profiles?q=${encodeURIComponent(query)}&limit=5`);
    if (results[0]) return results[0].profile_id;
  }
  return (await heroProfile()).profile_id;
}

/** A person with at least three records, a given and a family name: found through the API, so it works on any data. */
export async function heroProfile() {
  let best = null;
  const { changes } = await ask("/changes?since=0&limit=400");
  const named = changes.filter((change) => change.change === "created" && change.nodes?.length >= 3).slice(0, 60);
  for (const { profile: id } of named) {
    const profile = await ask(`/profiles/profile:${id}`);
    const has = (field) => profile.golden.some((golden) => golden.field === field && /^\p{L}{5,}$/u.test(golden.original ?? ""));
    if (profile.records.length < 3 || !has("given_name") || !has("family_name")) continue;
    if (!best || score(profile) > score(best)) best = profile;
  }
  if (!best) throw new Error("no profile with three records and a name among the first 400 changes");
  return best;
}

/** Prefers people of five to eight records whose picture changes with the confidence. */
function score(profile) {
  const sizes = new Set([...profile.looser, ...profile.stricter].map((stop) => stop.records));
  return sizes.size * 3 + Math.min(profile.records.length, 7) - Math.max(0, profile.records.length - 8);
}

/** Waits until the page has its data. */
export async function settle(view) {
  await view.getByRole("heading", { level: 1 }).first().waitFor();
  await view.waitForFunction(() => !document.querySelector(".loading, [aria-busy='true']"));
}
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** axe runs in the page's own world through the debugger, so the policy need not be loosened for it. */
async function violations(view) {
  await view.evaluate(axe);
  const { violations: found } = await view.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  return found.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.target} ${node.failureSummary ?? ""}`).join(" | ")}`);
}

/** Nothing for axe to find, and nothing wider than the window. */
async function check(view, what) {
  assert.deepEqual(await violations(view), [], what);
  const over = await view.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(over <= 0, `${what} is ${over} px wider than the window`);
}

/**
 * A test for each colour scheme and width: opens every path, checks it, does what `visit` does with it, and checks again
 * where that calls `check`. `paths` may be a function, since people are found through the API. `prepare` puts answers in the
 * place of the server's.
 */
export function looks(test, name, launched, paths, visit = async () => {}, prepare = null) {
  for (const scheme of ["light", "dark"]) {
    for (const width of [1280, 375]) {
      test(`axe finds nothing ${name}, and nothing is cut off: ${scheme}, ${width} px`, async () => {
        const own = await launched().newContext({ viewport: { width, height: 900 }, colorScheme: scheme, reducedMotion: "reduce" });
        const view = await own.newPage();
        const bad = watch(view, prepare === null);
        await prepare?.(view);
        await signIn(view);
        for (const path of await paths()) {
          await view.goto(`${BASE}/#${path}`);
          await settle(view);
          await check(view, path);
          await visit(view, path, (what) => check(view, `${path}, ${what}`));
        }
        await own.close();
        assert.deepEqual(bad, []);
      });
    }
  }
}

/** Every request so far was to a route of the OpenAPI document. */
export function documentedOnly(test, name) {
  test(`${name} use documented routes only`, async (t) => {
    const response = await fetch(`${BASE}/v1/openapi.json`);
    if (!response.ok) return t.skip("this server has no OpenAPI document");
    const { paths } = await response.json();
    const known = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => new RegExp(`^${method} ${path.replace(/[.]/g, "\\.").replace(/\{[^}]+\}/g, "[^/]+")}$`)),
    );
    known.push(/^get \/v1\/openapi\.json$/);
    assert.deepEqual([...asked].filter((one) => !known.some((route) => route.test(one))), []);
  });
}
