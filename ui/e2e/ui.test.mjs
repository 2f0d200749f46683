// The pages in a real, headless Chromium, against a running `kith serve` (KITH_URL, KITH_TOKEN) or the fixture server.
// The tests find their people through the API, so they hold on any data. They look for things by role and name.

import assert from "node:assert/strict";
import { after, before, beforeEach, afterEach, test } from "node:test";
import { BASE, TOKEN, ask, documentedOnly, freshPage, heroProfile, launch, looks, signIn } from "./browser.mjs";

let browser, page, faults, close, hero;

before(async () => {
  browser = await launch();
  hero = await heroProfile();
});
after(() => browser?.close());
beforeEach(async () => {
  ({ page, faults, close } = await freshPage(browser, { signedIn: false }));
});
afterEach(() => close());

const golden = (profile, field) => profile.golden.find((one) => one.field === field)?.original;
const swapped = (word) => word.slice(0, 2) + word[3] + word[2] + word.slice(4);
const open = (path) => page.goto(`${BASE}/#${path}`);
const heading = () => page.getByRole("heading", { level: 1 });

test("the token leaves the address, and a wrong one leads to the sign-in page", async () => {
  await signIn(page);
  assert.ok(!page.url().includes(TOKEN));
  assert.equal(await page.evaluate(() => localStorage.length), 0);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Access token").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("The server refused the token").waitFor();
  await page.getByLabel("Access token").fill(TOKEN);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("searchbox").waitFor();
});

test("search finds a person in spite of a typo, by keyboard alone", async () => {
  const name = `${golden(hero, "given_name")} ${swapped(golden(hero, "family_name"))}`;
  await signIn(page);
  await open("/identity");
  await heading().waitFor();
  await page.keyboard.press("/");
  await page.getByRole("searchbox").waitFor();
  await page.keyboard.type(name);
  const hit = page.locator(`a[href="#/profiles/${hero.profile_id}"]`);
  // The answer to the last letter: one that comes later takes the place of the rows, and the focus with them.
  await page.waitForLoadState("networkidle");
  await hit.waitFor();
  for (let i = 0; i < 25 && !(await hit.evaluate((link) => link === document.activeElement)); i++) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Golden record" }).waitFor();
  assert.ok((await heading().textContent()).includes(golden(hero, "family_name")));
  assert.ok(!page.url().toLowerCase().includes(golden(hero, "family_name").toLowerCase()), "no name in the address");
  assert.ok(!(await page.title()).includes(golden(hero, "family_name")), "no name in the title");
  await page.goBack();
  assert.equal(await page.getByRole("searchbox").inputValue(), name, "the search is still there after going back");
});

test("an exact identifier opens the profile", async () => {
  const record = hero.records[0];
  await signIn(page);
  await page.getByRole("searchbox").fill(`${record.source}:${record.key}`);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.hash.startsWith(`#/profiles/${hero.profile_id}`));
});

test("a household names who lives together, and leads to them", async () => {
  const { rows } = await ask("/sql", { query: "SELECT household_id, profile_id FROM master.household_member ORDER BY 1, 2 LIMIT 2" });
  const [[home, first], [same, second]] = rows;
  assert.equal(home, same, "a household has two members at least");
  const { household } = await ask(`/profiles/profile:${first}`);
  await signIn(page);
  await open(`/profiles/${first}`);
  const section = page.getByRole("region", { name: "Household" });
  await section.waitFor();
  assert.equal(await section.locator("tbody tr").count(), household.members.length);
  for (const member of household.members) await section.getByText(member.name).first().waitFor();
  await section.locator(`a[href="#/profiles/${second}"]`).click();
  await page.waitForURL((url) => url.hash === `#/profiles/${second}`);
  await page.getByRole("region", { name: "Household" }).getByText("(this person)").waitFor();
});

test("golden values show source, record and rule; they open to the losers and the history", async () => {
  await signIn(page);
  await open(`/profiles/${hero.profile_id}`);
  await page.locator(".golden tbody").first().waitFor();
  for (const value of hero.golden) {
    const row = page.locator(".golden tbody", { has: page.locator(".golden-from", { hasText: value.rule }) }).filter({ hasText: value.key }).filter({ hasText: value.source });
    assert.ok((await row.count()) > 0, `${value.field}: ${value.source} ${value.key}, ${value.rule}`);
  }
  const contested = hero.golden.find((value) => value.losers.length > 0) ?? hero.golden[0];
  const expand = page.locator(".golden tbody").filter({ has: page.locator("th", { hasText: new RegExp(`^${contested.field.replaceAll("_", "[ -]?")}$`, "i") }) }).locator(".expand");
  await expand.click();
  assert.equal(await expand.getAttribute("aria-expanded"), "true");
  for (const loser of contested.losers) assert.ok((await page.locator(".values").allTextContents()).join().includes(loser.key));
  await page.getByRole("button", { name: "Show the history" }).click();
  await page.locator(".history li").first().waitFor();
});

test("another confidence shows as many records as it promises, and stays in the address", async () => {
  await signIn(page);
  await open(`/profiles/${hero.profile_id}`);
  const rail = page.getByRole("group", { name: "How sure must it be?" });
  await rail.waitFor();
  for (const stop of [...hero.looser, ...hero.stricter]) {
    const radio = rail.locator(`input[value="${stop.confidence}"]`);
    if ((await radio.count()) === 0) continue;
    await radio.locator("..").click();
    await page.waitForFunction((n) => document.querySelectorAll(".records thead th").length - 1 === n, stop.records);
    assert.ok(page.url().includes(`confidence=${stop.confidence}`));
  }
});

test("the waterfall adds up: prior and fields give the total and the probability", async () => {
  const { a, b } = hero.merges[0];
  await signIn(page);
  await open(`/profiles/${hero.profile_id}?pair=${a}-${b}`);
  await page.locator("[data-total]").waitFor();
  const parts = await page.locator("[data-bits]").evaluateAll((cells) => cells.map((cell) => Number(cell.dataset.bits)));
  const total = Number(await page.locator("[data-total]").getAttribute("data-total"));
  const sum = parts.reduce((x, y) => x + y, 0);
  assert.ok(parts.length > 1);
  assert.ok(Math.abs(sum - total) < 0.1, `${sum} is not ${total}`);
  const { probability } = await ask(`/explain?a=${a}&b=${b}`);
  assert.ok(probability > 0 && probability <= 1);
  assert.equal(await page.getByText("do not add up").count(), 0);
  const other = hero.records.map((record) => record.node_id).find((node) => node !== a && node !== b);
  await page.getByLabel("Second record").selectOption(String(other));
  await page.waitForURL((url) => url.hash.includes(`-${other}`));
});

test("the identity overview counts what the API counts, and a near pair opens its weighing", async () => {
  const identity = await ask("/identity");
  await signIn(page);
  await open("/identity");
  await page.getByText(`${identity.records.toLocaleString("en")} records are ${identity.profiles.toLocaleString("en")} people`).waitFor();
  if (identity.near_threshold.length > 0) {
    await page.getByRole("link", { name: /^Weigh/ }).first().click();
    await page.getByRole("heading", { name: "Side by side" }).waitFor();
    await page.locator("[data-total]").waitFor();
    await page.getByRole("link", { name: /^Profile of/ }).first().click();
    await page.getByRole("heading", { name: "Golden record" }).waitFor();
  }
});

test("sources add up; rejected rows can be filtered", async () => {
  const sources = await ask("/sources");
  await signIn(page);
  await open("/sources");
  await page.getByRole("article").nth(sources.length - 1).waitFor();
  await page.getByText("✓ adds up").nth(sources.length - 1).waitFor();
  assert.equal(await page.getByText("✓ adds up").count(), sources.length);
  await page.getByLabel("Source").selectOption(sources[0].name);
  await page.waitForURL((url) => url.hash.includes(`rejects=${sources[0].name}`));
});

test("changes are paged in the order of the log", async () => {
  await signIn(page);
  await open("/changes");
  const first = page.locator(".stream tbody td").first();
  await first.waitFor();
  const before = await first.textContent();
  const next = page.getByRole("link", { name: /^Next/ });
  if (await next.count()) {
    await next.click();
    await page.waitForFunction((text) => document.querySelector(".stream tbody td")?.textContent !== text, before);
  }
});

test("SQL answers with a table, and shows an error in place", async () => {
  await signIn(page);
  await open("/sql");
  await page.getByLabel("SQL query").fill("SELECT * FROM master.customer LIMIT 3");
  await page.keyboard.press("Control+Enter");
  await page.getByRole("table").waitFor();
  await page.getByLabel("SQL query").fill("SELECT * FROM no.such_table");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByRole("alert").waitFor();
});

test("texts of sources are shown, never run", async () => {
  const attack = `<img src=x onerror="window.__xss=1"><script>window.__xss=1</script>"'`;
  await page.route("**/v1/**", async (route) => {
    // A stream has no end to wait for.
    if (new URL(route.request().url()).pathname === "/v1/stream") return route.fulfill({ status: 404, json: {} });
    const response = await route.fetch();
    if (!response.ok()) return route.fulfill({ response });
    const poison = (key, value) => (typeof value === "string" && /^(name|original|normal|left|right|value|reason|place|city|email|rule|level|code|label|column)$/.test(key) ? attack : value);
    await route.fulfill({ response, json: JSON.parse(JSON.stringify(await response.json(), poison)) });
  });
  await signIn(page);
  await page.getByRole("searchbox").fill(golden(hero, "family_name"));
  await page.getByText(attack).first().waitFor();
  for (const path of [`/profiles/${hero.profile_id}`, "/identity", "/sources"]) {
    await open(path);
    await page.getByText("<script>").first().waitFor();
  }
  assert.equal(await page.evaluate(() => window.__xss), undefined);
  await page.unrouteAll({ behavior: "wait" });
});

test("errors of the server say what, why and what next", async () => {
  await signIn(page);
  await page.route("**/v1/identity", (route) => route.fulfill({ status: 503, json: { error: { code: "K-TEST-BUSY", message: "The store is busy.", help: "Try again soon." } } }));
  await open("/identity");
  const alert = page.getByRole("alert");
  await alert.waitFor();
  for (const text of ["The store is busy.", "Try again soon.", "K-TEST-BUSY"]) assert.ok((await alert.textContent()).includes(text));
  await page.unroute("**/v1/identity");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText(/records are/).waitFor();
  faults.splice(0, faults.length, ...faults.filter((fault) => !fault.includes("503")));
  await open("/profiles/p0000000000000");
  await alert.waitFor();
});

test("strict policy: no inline script or style is served, and none is allowed", async () => {
  const response = await fetch(BASE);
  const policy = response.headers.get("content-security-policy") ?? "";
  const html = await response.text();
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe|https?:|\*/);
  assert.doesNotMatch(html, /<style|style=|<script>|onload=/);
});

looks(
  test, "on the pages about people and data", () => browser,
  async () => {
    const near = (await ask("/identity")).near_threshold[0];
    const paths = ["/", `/profiles/${hero.profile_id}`, `/profiles/${hero.profile_id}?confidence=0.5`, "/identity", "/sources", "/changes", "/sql", "/nowhere", "/profiles/p0000000000000"];
    return near ? [...paths, `/pairs/${near.a.node_id}/${near.b.node_id}`, "/sign-out"] : [...paths, "/sign-out"];
  },
  async (view, path, check) => {
    if (path === "/") {
      await view.getByRole("searchbox").fill(golden(hero, "family_name"));
      await view.locator(".hits a").first().waitFor();
      await check("found");
    }
    if (path.startsWith(`/profiles/${hero.profile_id}`)) {
      for (const button of (await view.locator(".expand").all()).slice(0, 3)) await button.click();
      await check("opened");
    }
    if (path === "/sign-out") {
      await view.getByRole("button", { name: "Sign out" }).click();
      await view.getByLabel("Access token").waitFor();
      await check("signed out");
    }
  },
);

documentedOnly(test, "the pages");
