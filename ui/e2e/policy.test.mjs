// What the pages about tables show of a policy: masked columns with their reason, filtered rows, labels, and what is refused. Answers
// are put in the place of the server's, so these tests hold whatever its policy is.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { CONNECTIONS, LABELS, PROFILE, TABLES, USAGE, explained } from "../dev/tables.mjs";
import { BASE, freshPage, launch, looks, signIn } from "./browser.mjs";

let browser, page, close, labels, put, routes;

before(async () => {
  browser = await launch();
});
after(() => browser?.close());
beforeEach(async () => {
  ({ page, close } = await freshPage(browser, { signedIn: false, real: false }));
  await answers(page);
});
afterEach(() => close());

const json = (route, body, status = 200) => route.fulfill({ status, contentType: "application/json", body: JSON.stringify(body) });
const ROWS = '{"profile_id":"p1","email":"@example.org","spent":"12.50"}\n{"profile_id":"p2","email":"@example.com","spent":"7.00"}\n';

async function answers(view, { offered = true } = {}) {
  labels = structuredClone(LABELS);
  put = [];
  routes = {
    "/sources": () => [],
    "/identity": () => ({ records: 0, profiles: 0, confidence: 0.95, by_source: [], overlap: [], cluster_sizes: [], completeness: [], benchmarks: [], runs: [], near_threshold: [], model: [] }),
    "/openapi.json": () => ({ paths: offered ? { "/v1/labels": { get: {} } } : {} }),
    "/tables": () => ({ tables: TABLES }),
    "/tables/master/customer/profile": () => PROFILE,
    "/connections": () => ({ connections: CONNECTIONS }),
    "/usage": () => ({ from: "2026-10-24", usage: USAGE }),
    "/labels": () => labels,
    "/sql/explain": (asked) => explained(asked.query, asked.run),
  };
  await view.route("**/v1/**", async (route) => {
    const request = route.request();
    const path = new URL(request.url()).pathname.slice(3);
    if (path === "/sql") return route.fulfill({ status: 200, contentType: "application/x-ndjson", headers: { "kith-query-id": "q1" }, body: ROWS });
    if (request.method() === "PUT") {
      put.push([path, request.postDataJSON()]);
      Object.assign(labels.find((one) => path.endsWith(`/${one.column}`)), request.postDataJSON());
      return json(route, {});
    }
    const answer = routes[path];
    if (!answer) return json(route, { error: { code: "K-API-ROUTE", message: "there is no such route", help: "" } }, 404);
    const said = answer(request.postDataJSON?.() ?? {});
    return said?.status ? json(route, said.body, said.status) : json(route, said);
  });
}
const open = async (path) => {
  await signIn(page);
  await page.goto(`${BASE}/#${path}`);
};
const column = (name) => page.getByRole("listitem", { name });

test("a masked column of an answer has a lock and the reason", async () => {
  await open("/sql");
  await page.getByLabel("SQL query").fill("SELECT profile_id, email, spent FROM master.customer");
  await page.keyboard.press("Control+Enter");
  const head = page.getByRole("columnheader", { name: "email" });
  await head.getByText("masked: only the domain").waitFor();
  assert.match(await head.textContent(), /analysts see no e-mail address/);
  assert.equal(await page.getByRole("columnheader", { name: "spent" }).locator(".masked").count(), 0, "what is not masked is not said to be");
  await page.getByRole("list", { name: "What is masked" }).getByText("master.customer.email").waitFor();
  await page.getByRole("tab", { name: "Plan" }).click();
  await page.locator(".plan-tables").getByText("analysts see no e-mail address").waitFor();
  await page.locator(".plan-scans").getByText("aggregates").waitFor();
  await page.locator(".plan-scans").getByText("keys of a join").waitFor();
});

test("the tree and the catalogue say which tables have masked columns or fewer rows", async () => {
  await open("/sql");
  const tree = page.getByRole("region", { name: "Tables" });
  await tree.getByText("with masked columns").waitFor({ state: "attached" });
  await page.goto(`${BASE}/#/catalogue`);
  await page.getByRole("row", { name: "customer" }).getByText("2 columns masked").waitFor();
  await page.getByRole("row", { name: "sales.returns" }).getByText("only some rows").waitFor();
  await page.goto(`${BASE}/#/catalogue/master/customer`);
  await column("email").getByText("analysts see no e-mail address").waitFor();
  await column("email").getByText("@example.org").waitFor();
});

test("a proposed label is accepted, changed, or said not to be personal", async () => {
  await open("/catalogue/master/customer");
  await page.getByRole("button", { name: "Accept the labels of given_name" }).click();
  await page.getByRole("button", { name: "Accept the labels of given_name" }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "birth_date is not personal" }).click();
  await column("birth_date").getByText("not personal").waitFor();
  await page.getByRole("button", { name: "Change the labels of email" }).click();
  const field = page.getByLabel("Labels of email, with commas between");
  assert.equal(await field.inputValue(), "email");
  await field.fill("email, identifier");
  await page.getByRole("button", { name: "Save" }).click();
  await column("email").getByText("identifier", { exact: true }).waitFor();
  assert.deepEqual(put, [
    ["/labels/master/customer/given_name", { labels: ["name"] }],
    ["/labels/master/customer/birth_date", { labels: [] }],
    ["/labels/master/customer/email", { labels: ["email", "identifier"] }],
  ]);
});

test("a label that is refused says why, and nothing looks as if it were set", async () => {
  await page.route("**/v1/labels/**", (route) => json(route, { error: { code: "K-POLICY-DENIED", message: "only a steward confirms labels", help: "" } }, 403));
  await open("/catalogue/master/customer");
  await page.getByRole("button", { name: "Accept the labels of given_name" }).click();
  await column("given_name").getByRole("alert").getByText("only a steward confirms labels").waitFor();
  await page.getByRole("button", { name: "Accept the labels of given_name" }).waitFor();
});

for (const [what, prepare] of [
  ["is not offered", () => answers(page, { offered: false })],
  ["is refused", () => (routes["/labels"] = () => ({ status: 403, body: { error: { code: "K-POLICY-DENIED", message: "no", help: "" } } }))],
]) {
  test(`where the list of labels ${what}, no label is shown`, async () => {
    await prepare();
    await open("/catalogue/master/customer");
    await column("email").getByText("9 different").waitFor();
    await page.waitForLoadState("networkidle");
    assert.equal(await page.locator(".labels").count(), 0);
  });
}

test("what is denied or fails is said in the place where it would be", async () => {
  const denied = { status: 403, body: { error: { code: "K-POLICY-DENIED", message: "this needs the role auditor", help: "Ask an owner." } } };
  routes["/usage"] = () => denied;
  routes["/tables/master/customer/profile"] = () => ({ status: 400, body: { error: { code: "K-SQL-FAILED", message: "the table can not be read", help: "" } } });
  await open("/catalogue/master/customer");
  await page.getByRole("region", { name: "Who reads it" }).getByText("this needs the role auditor").waitFor();
  await page.getByRole("region", { name: "Columns" }).getByText("the table can not be read").waitFor();
  await column("email").getByText("masked: only the domain").waitFor();
  await page.goto(`${BASE}/#/usage`);
  await page.getByRole("alert").getByText("this needs the role auditor").waitFor();
  routes["/tables"] = () => denied;
  await page.goto(`${BASE}/#/sql`);
  await page.getByRole("region", { name: "Tables" }).getByText("this needs the role auditor").waitFor();
  await page.getByRole("button", { name: "Run", exact: true }).waitFor();
});

test("an answer that fails on its way keeps its rows, and says so", async () => {
  await page.route("**/v1/sql", (route) => route.fulfill({ status: 200, contentType: "application/x-ndjson", body: `${ROWS}{"error":{"code":"K-SCAN-DOWN","message":"the database is gone","help":"Start it."}}\n` }));
  await open("/sql");
  await page.getByLabel("SQL query").fill("SELECT 1");
  await page.keyboard.press("Control+Enter");
  await page.getByText("It failed on its way").waitFor();
  await page.getByRole("alert").getByText("the database is gone").waitFor();
  assert.equal(await page.getByRole("region", { name: "Rows of the answer, table" }).locator("tbody tr").count(), 2);
});

looks(
  test, "where a policy masks and labels wait", () => browser, () => ["/sql", "/catalogue", "/catalogue/master/customer", "/connections", "/usage"],
  async (view, path, check) => {
    if (path === "/catalogue/master/customer") {
      await view.getByRole("button", { name: "Change the labels of email" }).click();
      await check("labels changed");
    }
    if (path !== "/sql") return;
    await view.getByLabel("SQL query").fill("SELECT profile_id, email, spent FROM master.customer");
    await view.keyboard.press("Control+Enter");
    await view.getByRole("table").waitFor();
    await check("masked rows");
    await view.getByRole("tab", { name: "Plan" }).click();
    await check("plan under a policy");
  },
  (view) => answers(view),
);
