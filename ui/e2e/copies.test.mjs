// The page of copies: what queries read, a refresh, and both sides compared while somebody changes one of them.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { BASE, ask, documentedOnly, freshPage, launch, looks } from "./browser.mjs";

let browser, page, close;

before(async () => {
  browser = await launch();
});
after(() => browser?.close());
beforeEach(async () => {
  ({ page, close } = await freshPage(browser));
});
afterEach(() => close());

const open = (path) => page.goto(`${BASE}/#${path}`);
const card = () => page.getByRole("listitem", { name: "shopdb.stars" });
const press = (name) => card().getByRole("button", { name }).click();
const says = (text) => card().getByText(text).first().waitFor();
const change = (sql) =>
  execFileSync("python3", ["-c", "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute(sys.argv[2]); db.commit()", process.env.KITH_SHOP, sql]);
const rows = async (query) => (await ask("/sql", { query })).rows;

test("a copy is refreshed and compared, and what differs is named", async () => {
  await open("/copies");
  await press("Refresh shopdb.stars");
  await says(/300 rows fetched/);
  await says("✓ queries read the copy");
  await press("Compare shopdb.stars");
  await says(/Both sides are equal/);
  change("UPDATE stars SET stars = 9 WHERE no = 7");
  change("DELETE FROM stars WHERE no = 8");
  try {
    assert.deepEqual(await rows("SELECT stars FROM shopdb.stars WHERE no IN (7, 8) ORDER BY no"), [[2], [3]]);
    await press("Compare shopdb.stars");
    await says(/They differ/);
    const told = await page.getByRole("region", { name: "Rows that differ, table" }).locator("tbody tr").evaluateAll((all) => all.map((row) => [...row.cells].map((cell) => cell.textContent).join(" | ")));
    assert.deepEqual(told, ["7 | changed | stars", "8 | extra | "]);
    await press("Refresh shopdb.stars");
    await says(/299 rows fetched/);
    assert.deepEqual(await rows("SELECT stars FROM shopdb.stars WHERE no IN (7, 8) ORDER BY no"), [[9]]);
  } finally {
    change("UPDATE stars SET stars = 2 WHERE no = 7");
    change("INSERT INTO stars VALUES (8, 3)");
  }
});

test("landed records are copies, too, and are listed", async () => {
  await open("/copies");
  const listed = await page.getByRole("region", { name: "Landed records, table" }).locator("tbody th").allTextContents();
  const { copies } = await ask("/copies");
  assert.deepEqual(listed, copies.filter((copy) => copy.kind === "landed").map((copy) => copy.table));
  assert.ok(listed.length > 3, listed.join(", "));
});

looks(test, "on the page of copies", () => browser, () => ["/copies"], async (view) => {
  if (process.env.SHOTS) await view.screenshot({ path: `${process.env.SHOTS}/copies-${view.viewportSize().width}.png`, fullPage: true });
});

documentedOnly(test, "the page of copies");
