// The page of lineage: the drawing, the table and the API have the same edges; a picked column shows its way and what it touches.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { BASE, ask, documentedOnly, freshPage, launch, looks } from "./browser.mjs";

const VIEW = "gold.lineage_e2e";
let browser, page, close, all, source;

before(async () => {
  browser = await launch();
  const query = "SELECT family_name AS name, upper(email) AS mail FROM master.customer WHERE given_name IS NOT NULL";
  await ask("/views/lineage_e2e", { query }, "PUT");
  all = (await ask("/lineage")).made_of;
  source = all.find((edge) => edge.to_table === "master.customer" && edge.to_column === "email");
  assert.ok(source, "a source's column is mapped to the golden e-mail");
  assert.ok(all.some((edge) => edge.to_table === VIEW && edge.to_column === "mail" && edge.from_column === "email"), "the view is followed");
});
after(() => browser?.close());
beforeEach(async () => {
  ({ page, close } = await freshPage(browser));
});
afterEach(() => close());

const open = (path) => page.goto(`${BASE}/#${path}`);
const key = (edge) => JSON.stringify([edge.from_table, edge.from_column, edge.to_table, edge.to_column, edge.by]);
const told = (edge) => [`${edge.from_table}.${edge.from_column}`, edge.to_column === null ? `${edge.to_table}: which rows` : `${edge.to_table}.${edge.to_column}`, edge.by === "mapping" ? "kith.toml" : edge.by].join(" | ");
const drawn = () => page.locator("svg.lineage path.way").evaluateAll((ways) => ways.map((way) => way.dataset.edge).sort());
const listed = () =>
  page.getByRole("region", { name: "Edges of lineage, table" }).locator("tbody tr").evaluateAll((rows) => rows.map((row) => [...row.cells].slice(0, 3).map((cell) => cell.textContent).join(" | ")).sort());
const column = (name) => page.getByRole("button", { name, exact: true });

/** The drawing and the table have exactly these edges. */
async function shows(edges) {
  await page.waitForFunction((n) => document.querySelectorAll("svg.lineage path.way").length === n, edges.length);
  assert.deepEqual(await drawn(), edges.map(key).sort());
  assert.deepEqual(await listed(), edges.map(told).sort());
}

test("the drawing, the table and the API have the same edges", async () => {
  await open("/lineage");
  await shows(all);
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Export as JSON" }).click()]);
  assert.deepEqual(JSON.parse(await readFile(await file.path(), "utf8")), all);
});

test("around a view, one step shows less than all of them", async () => {
  const { made_of, touches } = await ask(`/lineage?table=${VIEW}`);
  assert.deepEqual(touches, []);
  await open("/lineage");
  await page.getByLabel("Around").selectOption(VIEW);
  await shows(made_of);
  const near = made_of.filter((edge) => edge.to_table === VIEW);
  assert.ok(near.length > 0 && near.length < made_of.length);
  await page.getByLabel("Steps").selectOption("1");
  await shows(near);
});

test("a column picked by keyboard shows its way, and what would change with it", async () => {
  const name = `${source.from_table}.${source.from_column}`;
  const { made_of, touches } = await ask(`/lineage?table=${source.from_table}&column=${source.from_column}`);
  await open("/lineage");
  await column(name).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: `If ${name} changes` }).waitFor();
  const impact = page.getByRole("list", { name: "What would change" });
  await impact.waitFor();
  const wanted = [...new Set(touches.map((edge) => told(edge).split(" | ")[1]))].sort();
  assert.deepEqual(await impact.getByRole("listitem").allTextContents(), wanted);
  assert.ok(wanted.includes(`${VIEW}.mail`) && !wanted.includes(`${VIEW}.name`));
  const on = await page.locator("path.way.on").evaluateAll((ways) => ways.map((way) => way.dataset.edge).sort());
  assert.deepEqual(on, [...new Set([...made_of, ...touches].map(key))].sort());
  assert.ok(on.length < all.length, "not everything is on the way");
  assert.equal(await page.locator("tr.on-way").count(), on.length);
  assert.equal(await column(name).getAttribute("aria-pressed"), "true");
  await page.keyboard.press("Enter");
  await page.locator("path.way.on").first().waitFor({ state: "detached" });
});

test("the page of a table leads to its lineage", async () => {
  await open("/catalogue/master/customer");
  await page.getByRole("link", { name: "Its lineage" }).click();
  await page.getByRole("heading", { level: 1, name: "Lineage" }).waitFor();
  assert.equal(await page.getByLabel("Around").inputValue(), "master.customer");
});

looks(test, "on the page of lineage", () => browser, () => ["/lineage", `/lineage?table=${VIEW}&of=${source.from_table}&column=${source.from_column}`], async (view, path) => {
  if (!process.env.SHOTS) return;
  const dark = await view.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches);
  await view.screenshot({ path: `${process.env.SHOTS}/${path.length > 9 ? "picked" : "all"}-${dark ? "dark" : "light"}-${view.viewportSize().width}.png`, fullPage: true });
});

documentedOnly(test, "the page of lineage");
