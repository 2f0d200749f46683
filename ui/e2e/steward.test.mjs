// The pages of the data steward, in a real Chromium against a running `kith serve`: review by keyboard alone, split and undo,
// preview and promote, thresholds, benchmarks. Each test leaves identity as it found it, by taking its decisions back.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { BASE, ask, asked, launch, settle, signIn, violations, watch } from "./browser.mjs";

let browser, context, page, faults;

before(async () => {
  browser = await launch();
  await ask("/decisions/apply", {});
});
after(async () => {
  await takeBackAll();
  await browser?.close();
});
beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  page = await context.newPage();
  faults = watch(page);
  await signIn(page);
});
afterEach(async () => {
  await context.close();
  assert.deepEqual(faults, [], "no console error, no CSP violation, no dialog, no request to another host");
});

const open = (path) => page.goto(`${BASE}/#${path}`);
const figure = async (name) => Number((await page.locator(`[data-figure="${name}"]`).textContent()).replace(/[^\d.]/g, ""));
const people = async () => (await ask("/identity")).profiles;

async function takeBackAll() {
  const { decisions } = await ask("/decisions?limit=1000");
  for (const one of decisions.filter((one) => one.in_force)) await ask(`/decisions/${one.id}?reason=test&apply=false`, undefined, "DELETE");
  await ask("/decisions/apply", {});
}

/** A merged pair of the review queue whose person has several records: something to split. */
async function cluster() {
  const { pairs } = await ask("/review/queue?limit=100");
  for (const pair of pairs.filter((one) => one.merged && one.records >= 4)) {
    const graph = await ask(`/clusters/node:${pair.a.node_id}`);
    if (graph.weakest?.strongest && graph.decisions.length === 0 && new Set(graph.nodes.map((node) => node.profile_id)).size === 1) return graph;
  }
  throw new Error("no cluster to split in the review queue");
}

test("ten pairs are reviewed by keyboard alone; decisions persist, can be undone, and the model's figures move", async () => {
  const before = await ask("/decisions?limit=1");
  const labels = (await ask("/model/thresholds")).labels;
  const { pairs } = await ask("/review/queue?limit=30");
  assert.ok(pairs.length >= 12, "the queue has twelve pairs");
  await open("/review");
  await page.locator('[data-at="1"]').waitFor();
  const began = Date.now();
  const says = ["m", "n", "m", "m", "n", "u", "m", "n", "m", "m"];
  for (const [i, key] of says.entries()) {
    await page.locator("[data-total]").waitFor();
    if (i === 3) {
      await page.keyboard.press("e");
      await page.keyboard.type("mn: called them, same person");
      await page.keyboard.press("Enter");
    }
    await page.keyboard.press(key);
    await page.locator(`[data-at="${i + 2}"]`).waitFor();
  }
  const seconds = (Date.now() - began) / 1000;
  assert.ok(seconds < 180, `ten pairs took ${seconds} s`);
  assert.equal(await page.locator("[data-answered]").textContent(), "10");
  let now = await ask("/decisions?limit=20");
  assert.equal(now.in_force - before.in_force, 9, "nine decisions, one unsure");
  assert.ok(now.decisions.some((one) => one.reason === "reviewed: mn: called them, same person"));
  const first = now.decisions.find((one) => [one.a?.node_id, one.b?.node_id].includes(pairs[0].a.node_id) && [one.a?.node_id, one.b?.node_id].includes(pairs[0].b.node_id));
  assert.equal(first?.verdict, "always", "the first answer is kept as said");

  await page.keyboard.press("z");
  await page.locator('[data-at="10"]').waitFor();
  assert.equal((await ask("/decisions?limit=1")).in_force - before.in_force, 8, "z takes the last one back");
  await page.locator("[data-total]").waitFor();
  await page.keyboard.press("m");
  await page.locator('[data-at="11"]').waitFor();
  await page.keyboard.press("ArrowLeft");
  await page.locator('[data-at="10"]').waitFor();
  await page.getByText("you said: one person").waitFor();
  await page.keyboard.press("m");
  await page.getByText("Answered already").waitFor();
  assert.equal((await ask("/decisions?limit=1")).in_force - before.in_force, 9, "no second decision of one pair");

  await page.getByText("not applied yet").waitFor();
  await page.keyboard.press("a");
  await page.locator('[data-waiting="0"]').waitFor();
  now = await ask("/decisions?limit=20");
  assert.equal(now.pending, 0);
  assert.ok(now.decisions.filter((one) => one.in_force).every((one) => one.applied));

  await page.reload();
  await page.locator('[data-at="1"]').waitFor();
  const next = (await ask("/review/queue?limit=30")).pairs.map((pair) => `${pair.a.node_id} ${pair.b.node_id}`);
  assert.ok(!next.includes(`${pairs[0].a.node_id} ${pairs[0].b.node_id}`), "a decided pair is not asked again");
  await open("/model");
  const after_ = (await ask("/model/thresholds")).labels;
  assert.equal(after_.always + after_.never - labels.always - labels.never, 9);
  await page.getByText(`Against ${after_.always + after_.never} decided pairs`).waitFor();
  assert.equal((await figure("tp")) + (await figure("fp")) + (await figure("fn")) + (await figure("tn")), after_.always + after_.never);
  await takeBackAll();
});

test("the keys of the review rest while one types, and can be switched off", async () => {
  const { in_force } = await ask("/decisions?limit=1");
  await open("/review");
  await page.locator('[data-at="1"]').waitFor();
  await page.getByLabel("Note").fill("mnuza");
  await page.getByLabel("Note").press("m");
  await page.getByRole("checkbox", { name: "Keys" }).uncheck();
  await page.locator("body").press("m");
  await page.locator("body").press("ArrowRight");
  await page.waitForTimeout(300);
  assert.equal(await page.locator("[data-at]").textContent(), "1");
  assert.equal((await ask("/decisions?limit=1")).in_force, in_force);
});

test("a refused decision says why, and the pair stays", async () => {
  await open("/review");
  await page.locator('[data-at="1"]').waitFor();
  const { pairs } = await ask("/review/queue?limit=30");
  const [a, b] = [`node:${pairs[0].a.node_id}`, `node:${pairs[0].b.node_id}`];
  await ask("/decisions", { decisions: [{ verdict: "never", a, b }], reason: "someone else was faster", apply: false });
  await page.keyboard.press("m");
  const alert = page.getByRole("alert");
  await alert.waitFor();
  assert.ok((await alert.textContent()).includes("K-DECISION-AGAINST"));
  assert.equal(await page.locator("[data-at]").textContent(), "1");
  await takeBackAll();
});

test("split at the weakest link makes two profiles, exactly as previewed; undo restores the one", async () => {
  const graph = await cluster();
  const profile = graph.nodes[0].profile_id;
  const count = await people();
  await open(`/clusters/${graph.asked}`);
  await page.locator('[data-profiles="1"]').waitFor();
  await page.getByRole("button", { name: "Split here" }).click();
  await page.getByRole("heading", { name: /before and after/ }).first().waitFor();
  await page.locator('[data-outcome="split"]', { hasText: "1" }).waitFor();
  assert.equal(await people(), count, "a preview writes nothing");
  await page.getByLabel("Reason").fill("two people at one address");
  await page.getByRole("button", { name: /^Decide/ }).click();
  await page.locator('[data-profiles="2"]').waitFor();
  const split = await ask(`/clusters/node:${graph.asked}`);
  const of = (node) => split.nodes.find((one) => one.node_id === node)?.profile_id;
  assert.equal(new Set(graph.weakest.left.map(of)).size, 1);
  assert.equal(new Set(graph.weakest.right.map(of)).size, 1);
  assert.notEqual(of(graph.weakest.left[0]), of(graph.weakest.right[0]));
  assert.equal(await people(), count + 1);
  const row = (await ask("/decisions?limit=50")).decisions.find((one) => one.reason === "two people at one address");
  assert.ok(row?.author, "the decision is in the log, with its author");
  assert.ok(split.edges.some((edge) => edge.state === "refused"));

  await page.getByRole("button", { name: /^Undo/ }).click();
  await page.getByRole("button", { name: /^Take back/ }).click();
  await page.locator('[data-profiles="1"]').waitFor();
  const again = await ask(`/clusters/node:${graph.asked}`);
  assert.deepEqual([...new Set(again.nodes.map((node) => node.profile_id))], [profile], "the same profile id as before");
  assert.equal(await people(), count);
});

test("the studio filters by confidence, pins two records chosen by keyboard, and blocks a value", async () => {
  const graph = await cluster();
  await open(`/clusters/${graph.asked}`);
  await page.locator(`[data-shown="${graph.edges.length}"]`).waitFor();
  const slider = page.getByLabel("Show links of");
  await slider.focus();
  await page.keyboard.press("End");
  const sure = graph.edges.filter((edge) => edge.probability >= 1 / (1 + 2 ** -20)).length;
  await page.locator(`[data-shown="${sure}"]`).waitFor();
  await page.keyboard.press("Home");
  for (const node of [graph.weakest.strongest.a, graph.weakest.strongest.b]) {
    await page.locator(`[data-node="${node}"]`).focus();
    await page.keyboard.press("Enter");
  }
  await page.getByRole("button", { name: "Always one person" }).click();
  await page.getByRole("button", { name: /^Decide/ }).click();
  await page.getByText("“the same person”").waitFor();
  assert.equal((await ask(`/clusters/node:${graph.asked}`)).decisions[0].verdict, "always");
  const block = page.getByRole("button", { name: "Block it" });
  await block.click();
  await page.getByRole("heading", { name: /^Block .*before and after/ }).waitFor();
  await page.locator("[data-outcome], .outcome-none").first().waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: /^Undo/ }).first().click();
  await page.getByRole("button", { name: /^Take back/ }).click();
  await page.getByText("Nobody has decided anything here.").waitFor();
});

test("the threshold slider moves people, precision and recall as the API has them, and leads to the preview that then holds", async () => {
  const answer = await ask("/model/thresholds");
  const inForce = answer.thresholds.findIndex((one) => one.confidence === answer.confidence);
  await open("/model");
  await page.getByLabel("Confidence", { exact: true }).focus();
  for (let i = 1; i <= 3; i++) {
    await page.keyboard.press("ArrowLeft");
    const at = answer.thresholds[inForce - i];
    await page.locator('[data-figure="clusters"]', { hasText: at.clusters.toLocaleString("en") }).waitFor();
    assert.equal(await figure("merged"), at.merged_records);
    assert.equal(await figure("precision"), Number((100 * at.precision_estimated).toFixed(1)));
    assert.equal(await figure("recall"), Number((100 * at.recall_estimated).toFixed(1)));
  }
  await page.getByRole("link", { name: /^Preview 0/ }).click();
  await page.getByRole("heading", { name: "Preview a change" }).waitFor();
  await page.getByRole("button", { name: "Preview" }).click();
  await page.getByRole("heading", { name: "What would happen" }).waitFor();
  const totals = await page.locator(".totals tbody tr").first().locator("td").allTextContents();
  assert.equal(totals[1], answer.thresholds[inForce - 3].clusters.toLocaleString("en"), "the preview is what the slider has promised");
});

test("what is promoted is what was previewed; discard and a stale preview change nothing", async () => {
  const count = await people();
  await open("/preview");
  await page.getByLabel("Confidence").fill("0.9");
  await page.getByRole("button", { name: "Preview" }).click();
  await page.getByRole("heading", { name: "What would happen" }).waitFor();
  await page.getByRole("button", { name: "Discard" }).click();
  assert.equal(await page.getByLabel("Confidence").inputValue(), "0.95");
  assert.equal(await people(), count);

  await page.getByLabel("Confidence").fill("0.9");
  await page.getByRole("button", { name: "Preview" }).click();
  const promised = Number((await page.locator(".totals tbody tr").first().locator("td").nth(1).textContent()).replace(/\D/g, ""));
  const [pair] = (await ask("/review/queue?limit=1")).pairs;
  await ask("/decisions", { decisions: [{ verdict: pair.merged ? "never" : "always", a: `node:${pair.a.node_id}`, b: `node:${pair.b.node_id}` }], reason: "meanwhile", apply: true });
  await page.getByRole("button", { name: "Promote" }).click();
  const alert = page.getByRole("alert");
  await alert.waitFor();
  assert.ok((await alert.textContent()).includes("K-PREVIEW-STALE"));
  await takeBackAll();
  assert.equal(await people(), count, "a stale preview promotes nothing");

  await page.getByRole("button", { name: "Preview", exact: true }).click();
  await page.getByRole("alert").waitFor({ state: "detached" });
  await page.locator("[data-digest]").waitFor();
  await page.getByRole("button", { name: "Promote" }).click();
  await page.getByText("as it was previewed").waitFor();
  assert.equal(await people(), promised);
  await page.getByLabel("Confidence").fill("0.95");
  await page.getByRole("button", { name: "Preview", exact: true }).click();
  await page.getByRole("button", { name: "Promote" }).click();
  await page.getByText(`now ${count.toLocaleString("en")} people`).waitFor();
  assert.equal(await people(), count);
  await open("/identity");
  await page.getByRole("heading", { name: "Drift" }).waitFor();
  await page.getByText("Runs as a table").click();
  await page.getByRole("columnheader", { name: "Duplicates" }).first().waitFor();
});

test("a rule is previewed, promoted as previewed, seen in the model, and removed again", async () => {
  const count = await people();
  const before = (await ask("/model")).rules.length;
  await open("/preview");
  await page.getByText(before === 1 ? "1 rule" : `${before} rules`).click();
  await page.getByRole("button", { name: "Add a rule" }).click();
  const rule = page.getByRole("group", { name: `Rule ${before + 1}` });
  await rule.getByLabel("Name").fill("one phone, one family name");
  await rule.getByLabel("Equal fields").fill("phone, no_such_field");
  await page.getByRole("button", { name: "Preview", exact: true }).click();
  await page.getByRole("alert").waitFor();
  await rule.getByLabel("Equal fields").fill("phone, family_name");
  await rule.getByLabel("Sure").fill("0.999");
  await page.getByRole("button", { name: "Preview", exact: true }).click();
  await page.getByRole("heading", { name: "What would happen" }).waitFor();
  await page.locator("[data-outcome], .outcome-none").first().waitFor();
  const promised = (await ask("/preview", { rules: [{ name: "one phone, one family name", fields: ["phone", "family_name"], verdict: "match", confidence: 0.999 }] })).after.profiles;
  await page.getByRole("button", { name: "Promote" }).click();
  await page.getByText("as it was previewed").waitFor();
  assert.equal(await people(), promised);
  assert.equal((await ask("/model")).rules.length, before + 1);
  await open("/model");
  await page.getByRole("rowheader", { name: "one phone, one family name" }).waitFor();
  await open("/preview");
  await page.getByText(before === 0 ? "1 rule" : `${before + 1} rules`).click();
  await page.getByRole("button", { name: /Remove rule one phone/ }).click();
  await page.getByRole("button", { name: "Preview", exact: true }).click();
  await page.getByRole("button", { name: "Promote" }).click();
  await page.getByText(`now ${count.toLocaleString("en")} people`).waitFor();
  assert.equal(await people(), count);
});

test("an edited model is previewed, and one that can not be read is refused with the place", async () => {
  await open("/preview");
  await page.getByText("The model", { exact: true }).click();
  const box = page.getByLabel(/^model.toml/);
  const toml = await box.inputValue();
  assert.equal(toml, (await ask("/model")).toml);
  await box.fill(`${toml}\nfoo = [`);
  await page.getByRole("button", { name: "Preview" }).click();
  await page.getByRole("alert").waitFor();
  assert.match(await page.getByRole("alert").textContent(), /K-MODEL-FORM/);
  await box.fill(toml.replace(/prior_match = .*/, "prior_match = 0.000001"));
  await page.getByRole("button", { name: "Preview" }).click();
  await page.getByRole("heading", { name: "What would happen" }).waitFor();
  await page.locator("[data-outcome], .outcome-none").first().waitFor();
});

test("the match model shows every level, blocking rule and unlinkable count of the API", async () => {
  const model = await ask("/model");
  await open("/model");
  await page.getByRole("heading", { name: "What the model has learnt" }).waitFor();
  const levels = model.comparisons.reduce((sum, one) => sum + one.levels.length, 0);
  assert.equal(await page.locator(".model-card > table tbody tr").count(), levels);
  assert.equal(await page.getByRole("region", { name: /^Match weights/ }).locator("tbody tr").count(), model.comparisons.length);
  assert.equal(await page.locator(".weights rect:has(title)").count(), levels, "a mark for each level");
  assert.equal(await page.getByRole("region", { name: /^Blocking rules/ }).locator("tbody tr").count(), model.blocking.length);
  const rows = await page.getByRole("region", { name: /^Unlinkable/ }).locator("tbody tr").allTextContents();
  for (const [i, row] of model.unlinkables.entries()) assert.ok(rows[i].includes(row.records.toLocaleString("en")));
  const named = model.comparisons.find((one) => one.term_frequencies.length > 0);
  await page.getByText(`of ${named.label}, of`).locator("..").click();
  await page.getByRole("rowheader", { name: named.term_frequencies[0].value, exact: true }).first().waitFor();
});

test("a wrong merge of many people turns its benchmark red and lists them; undone, it is as before", async () => {
  const { rows } = await ask("/sql", { query: "SELECT n.node_id, c.given_name FROM identity.node n JOIN master.customer c ON c.profile_id = n.profile_id WHERE c.given_name IS NOT NULL AND n.source = 'crm' ORDER BY n.node_id" });
  const groups = [];
  for (const [node, name] of rows) {
    const group = groups.find((one) => one.length < 4 && !one.some((other) => other.name === name)) ?? groups[groups.push([]) - 1];
    if (groups.length > 45) break;
    group.push({ node, name });
  }
  const decisions = groups.filter((one) => one.length === 4).flatMap(([a, b, c, d]) => [[a, b], [b, c], [c, d]].map(([x, y]) => ({ verdict: "always", a: `node:${x.node}`, b: `node:${y.node}` })));
  const state = async (id) => (await ask("/identity")).benchmarks.find((one) => one.id === id).state;
  assert.equal(await state("many_given_names"), "ok");
  await ask("/decisions", { decisions, reason: "test: a seeded wrong merge" });
  await open("/identity");
  const card = page.locator('[data-benchmark="many_given_names"]');
  await card.waitFor();
  assert.equal(await card.getAttribute("data-state"), "bad");
  assert.equal(await page.locator("[data-benchmark]").first().getAttribute("data-state"), "bad", "bad ones come first");
  await card.getByText("out of range").waitFor();
  await card.locator("summary").click();
  await card.locator(".benchmark-examples a").first().click();
  await page.getByRole("heading", { name: "Golden record" }).waitFor();
  await takeBackAll();
  assert.equal(await state("many_given_names"), "ok");
});

for (const [scheme, width] of [["light", 1280], ["dark", 1280], ["light", 375], ["dark", 375]]) {
  test(`axe finds nothing on the steward's pages, and nothing is cut off: ${scheme}, ${width} px`, async () => {
    const own = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme, reducedMotion: "reduce" });
    const view = await own.newPage();
    const bad = watch(view);
    await signIn(view);
    const graph = await cluster();
    const check = async (what) => {
      assert.deepEqual(await violations(view), [], what);
      const over = await view.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `${what} is ${over} px wider than the window`);
    };
    for (const path of ["/identity", "/model", "/review", `/clusters/${graph.asked}`, "/preview?confidence=0.9"]) {
      await view.goto(`${BASE}/#${path}`);
      await settle(view);
      await check(path);
      if (path === "/identity" || path === "/model") await view.locator("summary").first().click().then(() => check(`${path}, opened`));
      if (path.startsWith("/clusters")) {
        await view.getByRole("button", { name: "Split here" }).click();
        await view.getByLabel("Reason").waitFor();
        await check(`${path}, planned`);
      }
      if (path.startsWith("/preview")) {
        await view.getByText("The model", { exact: true }).click();
        await view.getByText(/^\d+ rules?\s*$/).click();
        await view.getByRole("button", { name: "Add a rule" }).click();
        await check(`${path}, a rule`);
        await view.getByRole("button", { name: /^Remove rule/ }).click();
        await view.getByRole("button", { name: "Preview" }).click();
        await view.getByRole("heading", { name: "What would happen" }).waitFor();
        await check(`${path}, outcome`);
      }
    }
    await own.close();
    assert.deepEqual(bad, []);
  });
}

test("the steward's pages use documented routes only", async (t) => {
  const response = await fetch(`${BASE}/v1/openapi.json`);
  if (!response.ok) return t.skip("this server has no OpenAPI document");
  const { paths } = await response.json();
  const known = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => new RegExp(`^${method} ${path.replace(/[.]/g, "\\.").replace(/\{[^}]+\}/g, "[^/]+")}$`)),
  );
  assert.deepEqual([...asked].filter((one) => !known.some((route) => route.test(one))), []);
});
