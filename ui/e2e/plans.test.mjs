// A tracking plan over a real server: a changed file is in force without a restart, a broken one is said and changes nothing, and
// what it refused is tried, changed and taken in.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { BASE, ask, freshPage, launch } from "./browser.mjs";
import { RUN, sendEvent, track } from "./send.mjs";

/** The plan's file of the source `till`, and that source's write key. */
const { KITH_PLAN: FILE = "", KITH_PLAN_KEY: KEY = "" } = process.env;

let browser, page, close;

before(async () => {
  if (!FILE || !KEY) throw new Error("set KITH_PLAN and KITH_PLAN_KEY: the tracking plan's file and the write key of the source `till`");
  browser = await launch();
});
after(() => browser?.close());
beforeEach(async () => {
  ({ page, close } = await freshPage(browser));
});
afterEach(() => close());

const open = (path) => page.goto(`${BASE}/#${path}`);
const plan = (...names) =>
  JSON.stringify({ rules: { events: names.map((name) => ({ name, rules: { properties: { properties: { properties: { total: { type: "number" } }, required: ["total"] } } } })) } });
const write = (text) => writeFile(FILE, text);
const counts = async () => (await ask("/events/counts")).sources.find((one) => one.source === "till");

test("a changed plan shows by itself, a broken one is an error here and in health, and the one of before holds", async () => {
  await write(plan(`First ${RUN}`));
  await open("/tracking-plan");
  await page.getByText(`First ${RUN}`, { exact: true }).waitFor();
  await page.getByText("refused and kept aside").first().waitFor();
  await write(plan(`Second ${RUN}`));
  await page.getByText(`Second ${RUN}`, { exact: true }).waitFor();
  await write(plan(`Third ${RUN}`).replace("number", "numbre"));
  const alert = page.getByRole("alert");
  await alert.getByText("the plan that was read before stays in force").waitFor();
  await alert.getByText("numbre").first().waitFor();
  await page.getByText(`Second ${RUN}`, { exact: true }).waitFor();
  await open("/health");
  await alert.getByText("numbre").first().waitFor();
  await write(plan(`Third ${RUN}`));
  await alert.waitFor({ state: "detached" });
  await open("/tracking-plan");
  await write(plan(`Fourth ${RUN}`));
  await page.getByRole("button", { name: "Look now" }).click();
  await page.getByText(`Fourth ${RUN}`, { exact: true }).waitFor();
});

test("what a plan refused is tried first, then changed and taken in, once", async () => {
  const [good, wrong] = [`Sold ${RUN}`, `Slod ${RUN}`];
  await write(plan(good));
  await ask("/tracking-plan/reload", undefined, "POST");
  const before = (await counts()) ?? { accepted: 0, refused: 0 };
  for (let i = 0; i < 3; i++) await track(`t-${RUN}`, wrong, i < 2 ? { total: i } : {}, {}, KEY);
  await open("/failed");
  const card = page.locator('[data-code="K-PLAN-EVENT"]').filter({ hasText: wrong });
  await card.getByText("3", { exact: true }).waitFor();
  await card.getByRole("button", { name: "Replay …" }).click();
  const tried = card.getByRole("button", { name: "Try it, writing nothing" });
  await tried.click();
  await card.getByText("0 of 3 events would be taken in, 3 refused again").waitFor();
  await card.getByRole("textbox").fill(JSON.stringify({ event: good }));
  await tried.click();
  await card.getByText("2 of 3 events would be taken in, 1 refused again").waitFor();
  await card.getByText("K-PLAN-INVALID").waitFor();
  assert.equal((await counts()).accepted, before.accepted, "nothing was written");
  await card.getByRole("button", { name: "Take in 2 events" }).click();
  await page.getByText("2 events taken in, 1 still refused.").waitFor();
  await card.locator(".cause-count").getByText("1", { exact: true }).waitFor();
  const now = await counts();
  assert.deepEqual([now.accepted - before.accepted, now.refused - before.refused], [2, 1]);
  await card.getByRole("button", { name: "Discard …" }).click();
  await page.keyboard.type("a till of the past");
  await page.keyboard.press("Enter");
  await page.getByText("1 event discarded.").waitFor();
  await card.waitFor({ state: "detached" });
  await open("/events");
  await page.locator(".live tbody tr").filter({ has: page.getByRole("button", { name: good, exact: true }) }).nth(1).waitFor();
});
