// The pages about events, in a real Chromium against a running `kith serve` with a source of events: a POST shows, is paused,
// filtered, looked at and sent again; what was refused is grouped; rates, timeline and health follow.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { BASE, ask, documentedOnly, freshPage, launch, looks, settle } from "./browser.mjs";
import { COLLECT, KEY, RUN, profileOf, sendEvent, track } from "./send.mjs";

let browser, page, close, source;

before(async () => {
  browser = await launch();
  await track(`first-${RUN}`, "Tests Begun");
  source = (await ask("/events?limit=1")).events.at(-1).source;
});
after(() => browser?.close());
beforeEach(async () => {
  ({ page, close } = await freshPage(browser, { permissions: ["clipboard-read", "clipboard-write"] }));
});
afterEach(() => close());

const open = (path) => page.goto(`${BASE}/#${path}`);
const row = (name) => page.locator(".live tbody tr").filter({ has: page.getByRole("button", { name, exact: true }) });
const drawer = () => page.locator(".drawer");
const cause = (code) => page.locator(`[data-code="${code}"]`).filter({ hasText: source });

test("a POST shows by itself, in all its forms, and leads to the person", async (t) => {
  const [user, name] = [`u-${RUN}@example.org`, `Order Completed ${RUN}`];
  await open("/events");
  await page.locator(".live").waitFor();
  const sent = Date.now();
  const at = await sendEvent("track", `{"userId": "${user}", "event": "${name}", "properties": {"total": 12.50, "order": 12345678901234567890123, "lines": [{"sku": "lamp"}]}}`);
  await row(name).waitFor();
  t.diagnostic(`shown after ${Date.now() - sent} ms`);
  await page.locator('.live-on[data-way="stream"]').waitFor();
  await row(name).getByRole("button").click();
  await drawer().getByText("lines.0.sku").waitFor();
  for (const text of [user, "12.50", "12345678901234567890123", "lamp", String(at)]) assert.ok((await drawer().textContent()).includes(text), text);
  await drawer().getByRole("tab", { name: "Raw JSON" }).click();
  const raw = await drawer().locator("pre").textContent();
  assert.match(raw, /"total": 12\.50,/, "numbers stay as they were written");
  assert.match(raw, /"order": 12345678901234567890123/);
  await drawer().getByRole("tab", { name: "Violations" }).click();
  await drawer().getByText("No tracking plan finds fault").waitFor();
  const { profile_id } = await profileOf(encodeURIComponent(user), at);
  await drawer().getByRole("button", { name: /profile/ }).click();
  await page.waitForURL((url) => url.hash === `#/profiles/${profile_id}`);
  assert.ok(!page.url().includes("example.org"), "no user id in the address");
});

test("paused, nothing moves and what comes is counted; resumed, it shows", async () => {
  await open("/events");
  await page.locator(".live").waitFor();
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  const before = await page.locator(".live tbody").textContent();
  for (let i = 0; i < 3; i++) await track(`p-${RUN}`, `Paused ${i} ${RUN}`);
  await page.getByText("3 new events wait").waitFor();
  assert.equal(await page.locator(".live tbody").textContent(), before);
  await page.getByRole("button", { name: "Resume", exact: true }).click();
  await row(`Paused 2 ${RUN}`).waitFor();
  assert.equal(await page.locator(".row-opener").first().textContent(), `Paused 2 ${RUN}`, "newest first");
  assert.equal(await page.getByText("wait: show").count(), 0);
});

test("filters choose by source, call and name in the address; a searched text is in none", async () => {
  await track(`f-${RUN}`, `Filtered ${RUN}`, { colour: `teal-${RUN}` });
  await sendEvent("page", { userId: `f-${RUN}`, name: `Home ${RUN}` });
  await open("/events");
  await row(`Home ${RUN}`).waitFor();
  await page.getByLabel("Call").selectOption("track");
  await page.waitForURL((url) => url.hash.includes("call=track"));
  await row(`Filtered ${RUN}`).waitFor();
  assert.equal(await row(`Home ${RUN}`).count(), 0);
  await page.getByRole("combobox", { name: /^Event/ }).selectOption(`Filtered ${RUN}`);
  await page.waitForFunction(() => document.querySelectorAll(".live tbody tr").length === 1);
  await page.reload();
  await page.waitForFunction(() => document.querySelectorAll(".live tbody tr").length === 1);
  await open(`/events?source=${source}`);
  await page.getByLabel("Text").fill(`TEAL-${RUN}`);
  await page.waitForFunction(() => document.querySelectorAll(".live tbody tr").length === 1);
  assert.ok(!page.url().includes("teal"), "the text is not in the address");
  await page.getByLabel("Text").fill("nothing is like this");
  await page.getByText("None of the last events is like that").waitFor();
});

test("copied as cURL it runs in a shell, arrives as it was, and runs nothing else", async () => {
  const [name, trap] = [`Copied ${RUN}`, `/tmp/kith-e2e-trap-${RUN}`];
  const nasty = `it's '; touch ${trap}; echo '$(touch ${trap}) \`touch ${trap}\` "\\" \u001b[31m\u009b\u202e\n!!`;
  await track(`c-${RUN}`, name, { nasty, total: 1 }, { messageId: `c-${RUN}` });
  await open("/events");
  await row(name).getByRole("button").click();
  await drawer().getByRole("button", { name: "Copy as cURL" }).click();
  await drawer().getByText("Copied", { exact: true }).waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.doesNotMatch(copied, /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/, "nothing that a terminal acts on");
  assert.match(copied, /^curl -u "\$KITH_WRITE_KEY:" http:\/\/[^ ]+:7778\/v1\/track /);
  const command = copied.replace(/http:\/\/[^ ]+:7778/, COLLECT);
  execFileSync("sh", ["-c", `${command} -fsS`], { env: { ...process.env, KITH_WRITE_KEY: KEY } });
  await page.waitForFunction((text) => [...document.querySelectorAll(".row-opener")].filter((one) => one.textContent === text).length === 2, name);
  const { events } = await ask("/events?limit=100");
  const same = events.filter((event) => event.name === name);
  assert.equal(same.length, 2, "it counts as a new event");
  assert.deepEqual(same[1].body.properties, same[0].body.properties);
  assert.equal(existsSync(trap), false);
});

test("by keyboard alone: through the rows, into an event, between its tabs, and back", async () => {
  for (let i = 0; i < 3; i++) await track(`k-${RUN}`, `Key ${i} ${RUN}`);
  await open("/events");
  await row(`Key 2 ${RUN}`).waitFor();
  await page.locator(".stream-frame").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), `Key 1 ${RUN}`);
  await page.getByText("Holds still while you read").waitFor();
  await track(`k-${RUN}`, `Key 3 ${RUN}`);
  await page.getByText("1 new event waits").waitFor();
  assert.equal(await row(`Key 3 ${RUN}`).count(), 0, "no row comes between while one walks");
  await page.keyboard.press("Enter");
  await drawer().waitFor();
  for (let i = 0; i < 9 && (await page.evaluate(() => document.activeElement.getAttribute("role"))) !== "tab"; i++) await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowRight");
  await drawer().locator("pre").waitFor();
  await page.keyboard.press("Escape");
  await drawer().waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement.textContent), `Key 1 ${RUN}`, "the focus is back where it was");
});

test("nothing jumps while events come in: neither the page nor what one reads further down", async () => {
  for (let i = 0; i < 40; i++) await track(`j-${RUN}`, `Jump ${i} ${RUN}`);
  await open("/events");
  await row(`Jump 39 ${RUN}`).waitFor();
  const boxes = () => page.evaluate(() => [".stream-frame", ".live-state", ".tools"].map((one) => JSON.stringify(document.querySelector(one).getBoundingClientRect())));
  const before = await boxes();
  await track(`j-${RUN}`, `Jump 40 ${RUN}`);
  await row(`Jump 40 ${RUN}`).waitFor();
  assert.deepEqual(await boxes(), before, "the frame stays as it is");
  await page.locator(".stream-frame").evaluate((frame) => frame.scrollTo(0, 400));
  const place = () => row(`Jump 25 ${RUN}`).evaluate((one) => one.getBoundingClientRect().top);
  const read = await place();
  await track(`j-${RUN}`, `Jump 41 ${RUN}`);
  await page.getByText("1 new event waits").waitFor();
  assert.equal(await place(), read, "what one reads stays where it is");
  await page.getByRole("button", { name: /new event waits/ }).click();
  await row(`Jump 41 ${RUN}`).waitFor();
});

test("a hundred bad events are one group, with the reason, the place and each as it came", async () => {
  const count = async () => (await ask("/events/counts")).refused.find((one) => one.source === source && one.code === "K-EVENT-NO-ID")?.count ?? 0;
  const before = await count();
  await sendEvent("batch", { batch: Array.from({ length: 100 }, (_, i) => ({ type: "track", event: `Bad ${RUN}`, properties: { i } })) });
  await sendEvent("batch", { batch: [{ userId: `b-${RUN}` }] });
  for (let i = 0; i < 100 && (await count()) < before + 100; i++) await new Promise((done) => setTimeout(done, 50));
  await open("/failed");
  const group = cause("K-EVENT-NO-ID");
  await group.getByText("An event names neither a user nor a visitor").waitFor();
  assert.equal(await group.locator(".cause-count").textContent(), (before + 100).toLocaleString("en"));
  await group.getByText("How to mend it: Send a userId or an anonymousId").waitFor();
  await group.getByRole("button", { name: "Show the events" }).click();
  await group.getByText(`Bad ${RUN}`).first().waitFor();
  assert.equal(await group.locator("tbody tr").count(), 20);
  await group.getByRole("button", { name: "Show earlier ones" }).click();
  await page.waitForFunction(() => document.querySelectorAll(".cause-events tbody tr").length === 40);
  await group.getByRole("button", { name: /^Copy the event/ }).first().click();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), new RegExp(`^\\{.*Bad ${RUN}`));
  await open("/failed");
  await cause("K-EVENT-TYPE").getByText(/^(\/batch\/(\*|0))?\/type$/).waitFor();
});

test("sources of events add up, and show their rate, their lag and their last event", async () => {
  await open("/sources");
  const card = page.getByRole("article", { name: source, exact: true });
  await card.getByText("✓ adds up").waitFor();
  await card.locator('[data-rate="0"]').waitFor();
  await sendEvent("batch", { batch: Array.from({ length: 50 }, (_, i) => ({ type: "track", userId: `r-${RUN}`, event: "Rate", messageId: `r-${i}-${RUN}` })) });
  await sendEvent("batch", { batch: [{ type: "track", userId: `r-${RUN}`, event: "Rate", messageId: `r-0-${RUN}` }] });
  await page.waitForFunction(() => [...document.querySelectorAll("[data-rate]")].some((one) => Number(one.dataset.rate) > 0));
  await card.getByText("last just now").waitFor();
  await card.locator('[data-lag="0"]').waitFor();
  const counts = (await ask("/events/counts")).sources.find((one) => one.source === source);
  for (const name of ["received", "accepted", "duplicate", "refused"]) await card.locator(".balance div", { hasText: name }).getByText(counts[name].toLocaleString("en"), { exact: true }).waitFor();
  await card.getByRole("link", { name: "live events" }).click();
  await page.waitForURL((url) => url.hash === `#/events?source=${source}`);
});

test("a profile follows its events: timeline by day and visit, counts, and another confidence of them", async () => {
  const user = `t-${RUN}`;
  const before = (minutes) => ({ timestamp: new Date(Date.now() - minutes * 60_000).toISOString() });
  await track(user, "Long Ago", {}, before(3 * 1440));
  await track(user, "Earlier A", {}, before(95));
  await track(user, "Earlier B", {}, before(90));
  const { profile_id } = await profileOf(user, await sendEvent("page", { userId: user, name: "Home" }));
  await open(`/profiles/${profile_id}`);
  const activity = page.getByRole("region", { name: "Activity" });
  await activity.getByText("4 events of").waitFor();
  await activity.locator(".visit").nth(2).waitFor();
  assert.equal(await activity.locator(".visit").count(), 3, "three visits: more than thirty minutes lie between");
  await activity.locator(".visit").nth(1).getByText("2 events").waitFor();
  await page.evaluate(() => (window.unreloaded = true));
  await track(user, `News ${RUN}`);
  await activity.locator(".timeline").getByText(`News ${RUN}`).waitFor();
  await activity.getByText("5 events of").waitFor();
  assert.equal(await page.evaluate(() => window.unreloaded), true, "without a reload");
  await activity.getByRole("group", { name: "Call" }).getByRole("button", { name: /^page/ }).click();
  await page.waitForFunction(() => document.querySelectorAll(".visit li").length === 1);
  await activity.getByRole("group", { name: "Call" }).getByRole("button", { name: "all" }).click();
  await activity.getByRole("table").getByRole("button", { name: `News ${RUN}` }).click();
  await page.waitForFunction(() => document.querySelectorAll(".visit li").length === 1);
  await activity.locator(".visit .row-opener").click();
  await drawer().getByRole("heading", { name: `News ${RUN}` }).waitFor();
  await page.keyboard.press("Escape");
  await drawer().waitFor({ state: "detached" });
});

test("a profile changes while one looks at it: orders, traits and sessions come by the stream", async () => {
  const user = `s-${RUN}`;
  const order = (event, total) => track(user, event, { order_id: `o-${RUN}`, total, currency: "EUR" });
  const { profile_id } = await profileOf(user, await track(user, "Looked Around"));
  const read = [];
  page.on("request", (request) => read.push(new URL(request.url()).pathname));
  await open(`/profiles/${profile_id}`);
  const activity = page.getByRole("region", { name: "Activity" });
  await activity.locator('.live-on[data-way="stream"]').waitFor();
  await activity.getByText("1 session, 1 event").waitFor();
  await order("Order Completed", 80);
  const bought = activity.getByRole("row", { name: `order o-${RUN}` });
  for (const text of ["completed", "80 EUR"]) await bought.getByText(text, { exact: true }).waitFor();
  await activity.getByRole("row", { name: /lifetime_value/ }).getByText("80", { exact: true }).waitFor();
  await order("Order Refunded", 30.25);
  for (const text of ["partly refunded", "49.75 EUR"]) await bought.getByText(text, { exact: true }).waitFor();
  await activity.getByRole("row", { name: /lifetime_value/ }).getByText("49.75", { exact: true }).waitFor();
  await activity.getByText("1 session, 3 events").waitFor();
  await activity.locator(".timeline").getByRole("button", { name: "Order Refunded" }).waitFor();
  assert.equal(read.filter((path) => path === `/v1/profiles/profile:${profile_id}`).length, 1, "read once, and then told");
});

test("a long timeline opens page by page, and stays whole when something new comes", async () => {
  const user = `l-${RUN}`;
  const batch = Array.from({ length: 60 }, (_, i) => ({ type: "track", userId: user, event: `Step ${i}`, timestamp: new Date(Date.now() - (i + 1) * 60_000).toISOString() }));
  const { profile_id } = await profileOf(user, await sendEvent("batch", { batch }));
  await open(`/profiles/${profile_id}`);
  const items = (n) => page.waitForFunction((wanted) => document.querySelectorAll(".visit li").length === wanted, n);
  await items(25);
  await page.getByRole("button", { name: "Show earlier events" }).click();
  await items(50);
  await page.getByRole("button", { name: "Show earlier events" }).click();
  await items(60);
  await track(user, "One More");
  await items(61);
  const names = await page.locator(".visit .row-opener").allTextContents();
  assert.deepEqual(names, ["One More", ...Array.from({ length: 60 }, (_, i) => `Step ${i}`)], "each once, newest first");
});

test("health shows how far each view is", async () => {
  const at = await track(`h-${RUN}`, "Health");
  await profileOf(`h-${RUN}`, at);
  await open("/health");
  const views = page.getByRole("region", { name: "How fresh each view is" });
  const events = views.getByRole("row", { name: /Activity and timelines/ });
  await events.getByText("✓ current").waitFor();
  const { position } = await ask("/events/counts");
  assert.ok(position >= at);
  for (const name of [/Search/, /Records and profiles/, /Files of the lake/, /Files of events/]) await views.getByRole("row", { name }).waitFor();
  await events.getByText(position.toLocaleString("en"), { exact: true }).first().waitFor();
});

test("names of events are shown, never run", async () => {
  const attack = `<img src=x onerror="window.__xss=1"><script>window.__xss=1</script> ${RUN}`;
  const at = await track(`x-${RUN}`, attack, { [attack]: attack });
  const { profile_id } = await profileOf(`x-${RUN}`, at);
  await open("/events");
  await row(attack).getByRole("button").click();
  await drawer().getByText(attack).first().waitFor();
  await open(`/profiles/${profile_id}`);
  await page.locator(".timeline").getByText(attack).first().waitFor();
  assert.equal(await page.evaluate(() => window.__xss), undefined);
});

looks(
  test, "on the pages about events", () => browser,
  async () => {
    await sendEvent("batch", { batch: [{ userId: `a-${RUN}` }] });
    const { profile_id } = await profileOf(`a-${RUN}`, await track(`a-${RUN}`, "Looked At", { total: 12.5, tags: ["a", "b"] }));
    return ["/events", "/events?call=alias&name=nowhere", "/failed", "/tracking-plan", "/sources", "/health", `/profiles/${profile_id}`];
  },
  async (view, path, check) => {
    if (path === "/events" || path.startsWith("/profiles/")) {
      await view.locator(".row-opener").first().click();
      await view.getByRole("tab", { name: "Raw JSON" }).click();
      await check("an event open");
    }
    if (path === "/failed") {
      await view.getByRole("button", { name: "Show the events" }).first().click();
      await view.locator(".cause-events tbody tr").first().waitFor();
      await settle(view);
      await check("a cause open");
    }
  },
);

documentedOnly(test, "the pages about events");
