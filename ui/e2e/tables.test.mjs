// The workbench, the catalogue, connections and usage, against a running `kith serve` over a project that has a database in place
// (SQLite) and a connection that leads nowhere.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { BASE, ask, documentedOnly, freshPage, launch, looks } from "./browser.mjs";

let browser, page, close, shop, away;

before(async () => {
  browser = await launch();
  const { tables } = await ask("/tables");
  shop = tables.find((table) => table.kind === "connection" && table.columns.length > 2);
  const { connections } = await ask("/connections");
  away = connections.find((connection) => connection.state === "failed");
  assert.ok(shop && away, "the project has a connection that can be read, and one that can not");
});
after(() => browser?.close());
beforeEach(async () => {
  ({ page, close } = await freshPage(browser));
});
afterEach(() => close());

const open = (path) => page.goto(`${BASE}/#${path}`);
const sql = async (query) => (await ask("/sql", { query })).rows;
const field = () => page.getByLabel("SQL query");
const rows = () => page.getByRole("region", { name: "Rows of the answer, table" }).locator("tbody tr");
const tab = (name) => page.getByRole("tab", { name }).click();
const run = async (query) => {
  await field().fill(query);
  await page.keyboard.press("Control+Enter");
};
/** More rows than anybody waits for. */
const ENDLESS = "WITH d(x) AS (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))";
const DIGITS = "d a, d b, d c, d e, d f, d g, d h, d i, d j, d k, d l, d m, d n";

/** How long until nothing runs at the server. */
async function ended() {
  const began = performance.now();
  while ((await ask("/sql/running")).queries.length > 0) {
    assert.ok(performance.now() - began < 30_000, "the query has ended at the server");
    await sleep(20);
  }
  return Math.round(performance.now() - began);
}
const begun = async () => {
  while ((await ask("/sql/running")).queries.length === 0) await sleep(20);
};

test("the workbench finds a table, puts its name into the query, and shows the rows that the API gives", async () => {
  await open("/sql");
  const tree = page.getByRole("region", { name: "Tables" });
  await tree.getByRole("searchbox").fill(`${shop.schema}.${shop.table}`);
  await page.waitForFunction(() => document.querySelectorAll(".schema-tree .tree-row").length === 1);
  await field().fill("SELECT count(*) AS n FROM");
  await tree.getByRole("button", { name: `Insert ${shop.schema}.${shop.table}` }).click();
  assert.equal(await field().inputValue(), `SELECT count(*) AS n FROM ${shop.schema}.${shop.table}`);
  await tree.locator(".tree-open").click();
  await tree.getByText(shop.columns[0].name, { exact: true }).waitFor();
  await page.getByRole("button", { name: "Run", exact: true }).click();
  const [[n]] = await sql(`SELECT count(*) FROM ${shop.schema}.${shop.table}`);
  await rows().first().waitFor();
  assert.deepEqual(await rows().allTextContents(), [String(n)]);
});

test("the plan says what the database is asked, and how many rows it gave", async () => {
  const [{ name }] = shop.columns;
  const query = `SELECT ${name} FROM ${shop.schema}.${shop.table} WHERE ${name} < 17 ORDER BY ${name}`;
  await open("/sql");
  await run(query);
  await rows().first().waitFor();
  const got = await rows().count();
  await tab("Plan");
  const scan = page.locator(".plan-scans li");
  await scan.getByText("conditions").waitFor();
  assert.match(await scan.locator("pre").textContent(), /^SELECT .+ WHERE /);
  await page.getByRole("button", { name: "Measure it" }).click();
  await scan.getByText(`${got} rows`).waitFor();
  // What is not asked of it is not said to be.
  await run(`SELECT ${name} FROM ${shop.schema}.${shop.table}`);
  await tab("Plan");
  await scan.getByText("all its rows").waitFor();
  assert.equal(await scan.getByText("conditions").count(), 0);
});

test("cancel ends a query at the server, before its first row", async (t) => {
  await open("/sql");
  await run(`${ENDLESS} SELECT sum(a.x + n.x) FROM ${DIGITS}`);
  await begun();
  await page.getByRole("button", { name: "Cancel" }).click();
  t.diagnostic(`ended at the server after ${await ended()} ms`);
  await page.getByText("Cancelled: the query was ended").waitFor();
  await page.getByRole("button", { name: "Run", exact: true }).waitFor();
});

test("cancel ends a query at the server, while rows come, and keeps those that came", async (t) => {
  await open("/sql");
  await page.getByLabel("Rows at most").selectOption("100000");
  // The first rows come at once, and the last one never: how fast the machine is does not matter.
  await run(`${ENDLESS} SELECT x, x AS y FROM d UNION ALL SELECT a.x, n.x FROM ${DIGITS} WHERE md5(concat(a.x, b.x, c.x, e.x, f.x, g.x, h.x, i.x, j.x, k.x, l.x, m.x, n.x)) = 'never'`);
  await rows().first().waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  t.diagnostic(`ended at the server after ${await ended()} ms`);
  await page.getByText("Cancelled: the query was ended").waitFor();
  assert.ok((await rows().count()) > 0);
});

test("as many rows as are wanted are fetched, and the rest is not computed", async () => {
  await open("/sql");
  await run(`${ENDLESS} SELECT a.x FROM ${DIGITS}`);
  await page.getByRole("heading", { name: "1,000 rows" }).waitFor();
  await page.getByText("There are more").waitFor();
  await ended();
});

test("leaving the page ends its query", async () => {
  await open("/sql");
  await run(`${ENDLESS} SELECT sum(a.x + n.x) FROM ${DIGITS}`);
  await begun();
  await open("/health");
  await ended();
});

test("an answer is drawn, shown as JSON, and exported whole", async () => {
  const query = "SELECT source, count(*) AS records FROM identity.node GROUP BY source ORDER BY source";
  const answer = await sql(query);
  await open("/sql");
  await run(query);
  await rows().first().waitFor();
  await tab("Chart");
  const drawing = page.getByRole("img", { name: "records by source" });
  await drawing.waitFor();
  assert.equal(await drawing.locator("rect").count(), answer.length);
  await page.getByText("line", { exact: true }).click();
  await drawing.locator("polyline").waitFor();
  await tab("JSON");
  assert.deepEqual(JSON.parse((await page.getByLabel("Rows as JSON", { exact: true }).textContent()).split("\n")[0]), { source: answer[0][0], records: answer[0][1] });
  for (const [name, read] of [
    ["CSV", (text) => assert.equal(text, ["source,records", ...answer.map((row) => row.join(",")), ""].join("\n"))],
    ["JSON", (text) => assert.deepEqual(text.trim().split("\n").map((line) => Object.values(JSON.parse(line))), answer)],
    ["Arrow", (text) => assert.ok(text.length > 100)],
  ]) {
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("group", { name: "Export all rows" }).getByRole("button", { name }).click()]);
    read(await readFile(await file.path(), "latin1"));
  }
});

test("numbers keep their digits, and an error says what is wrong", async () => {
  await open("/sql");
  await run("SELECT 9007199254740993 AS big, '=1+1' AS text, NULL AS nothing");
  await rows().first().waitFor();
  assert.deepEqual(await rows().locator("td").allTextContents(), ["9007199254740993", "=1+1", "–"]);
  await run("SELECT * FROM no.such_table");
  await page.getByRole("alert").getByText("K-SQL-PLAN").waitFor();
  await run("SELECT 1 AS a WHERE false");
  await page.getByText("no row fits it").waitFor();
});

test("what was asked is kept for this tab, and saved queries for this browser", async () => {
  await open("/sql");
  await run("SELECT 17 AS seventeen");
  await rows().first().waitFor();
  await page.getByText("Saved queries (0)").click();
  await page.getByLabel("Name of the query").fill("Seventeen");
  await page.getByRole("button", { name: "Save this one" }).click();
  await field().fill("SELECT 1");
  await page.getByText("History (1)").click();
  await page.getByRole("button", { name: "SELECT 17 AS seventeen" }).click();
  assert.equal(await field().inputValue(), "SELECT 17 AS seventeen");
  await page.reload();
  await page.getByText("Saved queries (1)").click();
  await field().fill("SELECT 2");
  await page.getByRole("button", { name: "Seventeen", exact: true }).click();
  assert.equal(await field().inputValue(), "SELECT 17 AS seventeen");
  await page.getByRole("button", { name: "Delete Seventeen" }).click();
  await page.getByText("Saved queries (0)").waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  assert.equal(await page.evaluate(() => sessionStorage.length + localStorage.length), 0, "nothing that was asked is left");
});

test("a query is kept as a view, which is then a table", async () => {
  await open("/sql");
  await page.getByLabel("SQL query").fill("SELECT profile_id, email FROM master.customer WHERE records > 1");
  await page.getByText(/^Saved queries/).click();
  await page.getByLabel("Name of the query").fill("not a name");
  await page.getByRole("button", { name: "Save as a view" }).click();
  await page.getByRole("alert").first().waitFor();
  await page.getByLabel("Name of the query").fill("kept_e2e");
  await page.getByRole("button", { name: "Save as a view" }).click();
  await page.getByRole("link", { name: "gold.kept_e2e" }).waitFor();
  const [[rows]] = (await ask("/sql", { query: "SELECT count(*) FROM gold.kept_e2e" })).rows;
  assert.ok(rows > 0);
});

test("an owner tries what a role would see, in rows and in the plan", async () => {
  await open("/sql");
  await page.getByLabel("SQL query").fill("SELECT email FROM master.customer WHERE email IS NOT NULL ORDER BY profile_id LIMIT 3");
  const first = async () => {
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.getByRole("heading", { name: "3 rows" }).waitFor();
    return page.getByRole("region", { name: /Rows/ }).locator("tbody td").first().textContent();
  };
  const own = await first();
  await page.getByRole("combobox", { name: "As", exact: true }).fill("analyst");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByRole("list", { name: "What is masked" }).getByText("master.customer.email", { exact: true }).waitFor();
  const asAnalyst = await page.getByRole("region", { name: /Rows/ }).locator("tbody td").first().textContent();
  assert.notEqual(asAnalyst, own);
  const query = "SELECT email FROM master.customer WHERE email IS NOT NULL ORDER BY profile_id LIMIT 3";
  const answer = await ask("/sql", { query, as: { roles: ["analyst"] } });
  assert.ok(asAnalyst.includes(answer.rows[0][0]), `${asAnalyst} ${answer.rows[0][0]}`);
});

test("the catalogue lists what SQL lists, and finds tables by their columns", async () => {
  await open("/catalogue");
  const listed = await sql("SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema <> 'information_schema'");
  const links = page.locator(".catalogue tbody a");
  await links.first().waitFor();
  assert.equal(await links.count(), listed.length);
  await page.getByText(`${away.name} can not be looked at now`).waitFor();
  await page.getByRole("searchbox", { name: "Find a table, a column or a meaning" }).fill(`${shop.schema} ${shop.columns[0].name}`);
  await page.waitForFunction(() => document.querySelectorAll(".catalogue tbody a").length === 1);
  await links.click();
  await page.getByRole("heading", { level: 1, name: `${shop.schema}.${shop.table}` }).waitFor();
});

test("the profile of a table agrees with SQL", async () => {
  const [[all, named, different]] = await sql("SELECT count(*), count(given_name), count(DISTINCT given_name) FROM master.customer");
  const [[most]] = await sql("SELECT given_name FROM master.customer WHERE given_name IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1");
  await open("/catalogue/master/customer");
  const card = page.getByRole("listitem", { name: "given_name" });
  await card.getByText(`${different.toLocaleString("en")} different`).waitFor();
  await page.getByText(`Of all ${all.toLocaleString("en")} rows`).waitFor();
  const full = named / all;
  await card.getByText(full > 0.995 && full < 1 ? "> 99 %" : `${(100 * full).toFixed(0)} %`).first().waitFor();
  await card.getByRole("list").getByText(most, { exact: true }).waitFor();
  await page.getByRole("link", { name: "Ask it in SQL" }).click();
  await field().waitFor();
  assert.match(await field().inputValue(), /FROM master\.customer/);
});

test("a table that is not there is said not to be", async () => {
  await open("/catalogue/master/nothing");
  await page.getByRole("alert").getByText("There is no table master.nothing").waitFor();
});

test("a connection is tried now, and says what is wrong with it in the server's own words", async () => {
  await open("/connections");
  const card = (name) => page.getByRole("listitem").filter({ has: page.getByRole("heading", { name, exact: true }) });
  await card(shop.schema).getByRole("button", { name: `Test ${shop.schema}` }).click();
  await card(shop.schema).getByText("can be read", { exact: false }).first().waitFor();
  await card(shop.schema).getByRole("status").getByText("table").waitFor();
  const { fault } = await ask(`/connections/${away.name}/test`, undefined, "POST");
  await card(away.name).getByRole("button", { name: `Test ${away.name}` }).click();
  await card(away.name).getByRole("status").getByText("It can not be read, after").waitFor();
  assert.match(await card(away.name).getByRole("alert").textContent(), new RegExp(fault.message.slice(1).replace(/[.*+?^${}()|[\]\\]/g, "\\$&")));
  await card(away.name).getByText(fault.code).waitFor();
});

test("who reads a table stands in the usage, and on its page", async () => {
  const name = `${shop.schema}.${shop.table}`;
  await sql(`SELECT count(*) FROM ${name}`);
  const { usage } = await ask(`/usage?table=${name}`);
  const queries = usage.reduce((sum, one) => sum + one.queries, 0);
  assert.ok(queries > 0);
  await open("/usage");
  await page.getByRole("searchbox", { name: "Find a table, a user or a purpose" }).fill(name);
  const row = page.getByRole("region", { name: "By table, table" }).getByRole("row", { name });
  await row.getByRole("cell", { name: queries.toLocaleString("en"), exact: true }).first().waitFor();
  await row.getByRole("link").click();
  await page.getByRole("region", { name: "Who reads it, table" }).getByRole("row", { name: usage[0].user }).waitFor();
});

looks(
  test, "on the pages about tables", () => browser,
  () => ["/sql", "/catalogue", "/catalogue/master/customer", `/catalogue/${shop.schema}/${shop.table}`, "/connections", "/usage"],
  async (view, path, check) => {
    if (path !== "/sql") return;
    await view.locator(".tree-open").first().click();
    await view.getByText("Saved queries").click();
    await view.getByLabel("SQL query").fill(`SELECT * FROM ${shop.schema}.${shop.table} LIMIT 5`);
    await view.keyboard.press("Control+Enter");
    await view.getByRole("table").waitFor();
    await check("rows");
    for (const name of ["Chart", "JSON", "Plan"]) {
      await view.getByRole("tab", { name }).click();
      if (name === "Plan") for (const opener of await view.locator(".plan-text summary").all()) await opener.click();
      await check(name);
    }
  },
);

documentedOnly(test, "the pages about tables");
