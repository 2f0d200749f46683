// The pages of the data steward, in a real Chromium against a running `kith serve`: review by keyboard alone, split and undo,
// preview and promote, thresholds, benchmarks. Each test leaves identity as it found it, by taking its decisions back.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { BASE, ask, documentedOnly, freshPage, launch, looks } from "./browser.mjs";

let browser, page, faults, close;

before(async () => {
  browser = await launch();
  await ask("/decisions/apply", {});
});
after(async () => {
  await takeBackAll();
  await browser?.close();
});
beforeEach(async () => {
  ({ page, faults, close } = await freshPage(browser));
});
afterEach(() => close());

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

test("a decision taken back but not applied yet is said so in review and studio, and applying it ends the wait", async () => {
  const graph = await cluster();
  const pair = [graph.weakest.left[0], graph.weakest.right[0]].map((node) => `node:${node}`);
  const { decisions } = await ask("/decisions", { decisions: [{ verdict: "never", a: pair[0], b: pair[1] }], reason: "test: two people" });
  const apart = (await ask(`/clusters/node:${graph.asked}`)).nodes;
  await open(`/clusters/${graph.asked}`);
  await page.getByText("“test: two people”").waitFor();
  assert.equal(await page.locator("[data-pending]").count(), 0, "what was applied does not wait");

  await ask(`/decisions/${decisions[0].id}?reason=a+slip&apply=false`, undefined, "DELETE");
  const waiting = await ask("/decisions?all=true&limit=5");
  assert.equal(waiting.pending, 1);
  assert.equal(waiting.decisions[0].applied, false);
  assert.deepEqual((await ask(`/clusters/node:${graph.asked}`)).nodes, apart, "identity has not followed yet");
  await open("/review");
  await page.locator('[data-waiting="1"]').waitFor();
  await open(`/clusters/${graph.asked}`);
  await page.locator('[data-pending="1"]').getByText("identity is still as if it held").waitFor();
  await page.getByText("Nobody has decided anything here.").waitFor();

  await page.getByRole("button", { name: "Apply now" }).click();
  await page.locator("[data-pending]").waitFor({ state: "detached" });
  await page.locator('[data-profiles="1"]').waitFor();
  assert.equal((await ask("/decisions")).pending, 0);
  assert.equal(new Set((await ask(`/clusters/node:${graph.asked}`)).nodes.map((node) => node.profile_id)).size, 1);

  await ask("/decisions", { decisions: [{ verdict: "never", a: pair[0], b: pair[1] }], reason: "test: come", apply: false });
  const [{ id }] = (await ask("/decisions?limit=1")).decisions;
  await ask(`/decisions/${id}?reason=and+gone&apply=false`, undefined, "DELETE");
  assert.equal((await ask("/decisions")).pending, 0, "what came and went before it was applied waits for nothing");
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
  await page.getByText(`of ${named.label}, of`).click();
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
  await card.locator(".people a").first().click();
  await page.getByRole("heading", { name: "Golden record" }).waitFor();
  await open("/identity");
  await page.locator(".compare summary").click();
  const row = page.getByRole("region", { name: /^Two runs compared/ }).locator("tr", { hasText: "more than three given names" });
  await row.getByText("out of range").waitFor();
  assert.ok(Number(await page.locator(".compare").getAttribute("data-out")) > 0);
  const runs = (await ask("/identity")).runs;
  await page.getByLabel("against").selectOption(String(runs.at(-1).position));
  await page.waitForURL((url) => url.hash.includes(`against=${runs.at(-1).position}`));
  assert.equal(await row.locator("td").nth(2).textContent(), "as before", "a run against itself");
  await takeBackAll();
  assert.equal(await state("many_given_names"), "ok");
});

test("the UpSet plot counts what the API counts, and a column opens people of exactly these sources", async () => {
  const { overlap, by_source: sources } = await ask("/identity");
  await open("/identity");
  await page.locator("[data-set]").first().waitFor();
  assert.equal(await page.locator("[data-set]").count(), Math.min(24, overlap.length));
  const several = overlap.find((set) => set.sources.length > 1 && set.examples.length > 0);
  const column = page.getByRole("button", { name: `${several.sources.join(", ")}: ${several.profiles.toLocaleString("en")}` });
  assert.equal(await column.locator(".upset-dot.in").count(), several.sources.length);
  await column.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: new RegExp(`known to exactly ${several.sources.join(", ")}`) }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: /known to exactly/ }).waitFor();
  const profile = await ask(`/profiles/profile:${several.examples[0].profile_id}`);
  assert.deepEqual([...new Set(profile.records.map((record) => record.source))].sort(), several.sources);
  assert.equal(await page.locator(".chosen-set .people li").count(), several.examples.length);

  const repeated = sources.find((source) => source.repeated > 0);
  await page.getByRole("button", { name: `people whom ${repeated.source} has several times` }).click();
  await page.getByRole("heading", { name: `The people whom ${repeated.source} has most often` }).waitFor();
  const most = await ask(`/profiles/profile:${repeated.examples[0].profile_id}`);
  assert.equal(most.records.filter((record) => record.source === repeated.source).length, repeated.examples[0].value);
});

test("the reliability diagram has every answer, says when they are too few, and never says more than the API", async () => {
  const before = await ask("/model/reliability");
  assert.deepEqual([before.labels.always + before.labels.never, before.few, before.calibration_error], [0, true, null]);
  await open("/model");
  await page.getByText("Nobody has decided about a pair yet.").waitFor();
  assert.equal(await page.locator("[data-bin]").count(), 0, "no answer, no point");
  const { pairs } = await ask("/review/queue?limit=60");
  const wish = (pair, same) => ({ verdict: same ? "always" : "never", a: `node:${pair.a.node_id}`, b: `node:${pair.b.node_id}` });
  let taken = 0;
  for (const [i, pair] of pairs.entries()) {
    const done = await ask("/decisions", { decisions: [wish(pair, i % 3 > 0)], reason: "test: label", apply: false }).catch(() => null);
    taken += done ? 1 : 0;
    if (taken === 8) {
      await open("/identity");
      await open("/model");
      await page.getByText("8 answers are too few to judge the model.").waitFor();
      assert.ok((await page.locator("[data-bin].few").count()) > 0);
    }
  }
  assert.ok(taken >= 50, `${taken} labels`);
  const after_ = await ask("/model/reliability");
  assert.equal(after_.bins.reduce((sum, bin) => sum + bin.labelled, 0), taken);
  assert.equal(after_.few, false);
  for (const bin of after_.bins.filter((one) => one.labelled > 0)) assert.ok(bin.low <= bin.share && bin.share <= bin.high && bin.stated_labelled >= bin.from && bin.stated_labelled <= bin.to);
  await open("/identity");
  await open("/model");
  await page.getByText(`${after_.calibration_error.toFixed(3)}`, { exact: true }).waitFor();
  assert.equal(await page.locator("[data-bin]").count(), after_.bins.filter((bin) => bin.labelled > 0).length);
  await takeBackAll();
});

test("scored pairs: a bar, a pattern and a pair open what the API has, and lead to review and studio", async () => {
  const scored = await ask("/model/pairs");
  await open("/scored");
  await page.locator("[data-bar]").first().waitFor();
  assert.equal(await page.locator("[data-bar]").count(), scored.bands.length);
  const band = scored.bands.filter((one) => one.pairs > 0)[2];
  await page.locator(`[data-bar="${band.from_bits}"]`).click();
  await page.waitForURL((url) => url.hash.includes(`band=${band.from_bits}`));
  const { found, pairs } = await ask(`/model/pairs/examples?band=${band.from_bits}&limit=12`);
  await page.locator(`[data-found="${found}"]`).waitFor();
  assert.ok(pairs.every((pair) => pair.weight >= band.from_bits && pair.weight < band.to_bits));
  await page.getByLabel("Weight", { exact: true }).focus();
  await page.keyboard.press("Home");
  await page.locator('[data-band="all"]').waitFor();

  const pattern = scored.patterns[0];
  await page.locator(`[data-pattern="${pattern.id}"]`).click();
  await page.locator(`[data-found="${pattern.sampled}"]`).waitFor();
  await page.getByRole("button", { name: /^Waterfall/ }).first().click();
  const total = Number(await page.locator("[data-total]").getAttribute("data-total"));
  assert.ok(total >= pattern.weight_low - 0.01 && total <= pattern.weight_high + 0.01, `${total} lies in the pattern's range`);
  const chosen = new URL(page.url()).hash.match(/pair=(\d+)-(\d+)/);
  await page.getByRole("link", { name: "Decide in pair review" }).click();
  await page.getByText("Asked because it was asked for.").waitFor();
  const queue = await ask(`/review/queue?limit=5&a=${chosen[1]}&b=${chosen[2]}`);
  assert.deepEqual([queue.pairs[0].a.node_id, queue.pairs[0].b.node_id].map(String).sort(), [chosen[1], chosen[2]].sort());
  await page.goBack();
  await page.getByRole("link", { name: "Cluster studio" }).click();
  await page.getByRole("heading", { name: "Records and links" }).waitFor();
  await assert.rejects(ask("/model/pairs/examples?pattern=nonsense"), /K-PAIRS-PATTERN/);
});

test("the new parts say what failed, and try again", async () => {
  const busy = (route) => route.fulfill({ status: 503, json: { error: { code: "K-TEST-BUSY", message: "The store is busy.", help: "Try again soon." } } });
  for (const [path, route, what] of [["/scored", "**/v1/model/pairs", "By pattern of agreement"], ["/model", "**/v1/model/reliability", "Does its word hold?"]]) {
    await page.route(route, busy);
    await open(path);
    await page.getByRole("alert").getByText("K-TEST-BUSY").waitFor();
    await page.unroute(route);
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("alert").waitFor({ state: "detached" });
    await page.getByRole("heading", { name: what }).waitFor();
  }
  faults.splice(0, faults.length, ...faults.filter((fault) => !fault.includes("503")));
  await page.route("**/v1/model/pairs", (route) => route.fulfill({ json: { position: 1, confidence: 0.95, weight_bits: 4.2, pairs: 0, sampled: 0, bands: [], comparisons: [], patterns: [], patterns_found: 0 } }));
  await open("/identity");
  await open("/scored");
  await page.getByText("No pair of records was worth scoring.").waitFor();
  await page.unroute("**/v1/model/pairs");
});

looks(
  test, "on the steward's pages", () => browser,
  async () => ["/identity", "/model", "/scored", "/review", `/clusters/${(await cluster()).asked}`, "/preview?confidence=0.9"],
  async (view, path, check) => {
    if (["/identity", "/model", "/scored"].includes(path)) {
      for (const summary of await view.locator("summary").all()) await summary.click();
      await check("opened");
    }
    if (path === "/identity") {
      await view.locator("[data-set]").first().click();
      await view.locator(".opener").first().click();
      await check("examples");
    }
    if (path === "/scored") {
      await view.getByRole("button", { name: /^Waterfall/ }).first().click();
      await view.locator("[data-total]").waitFor();
      await check("weighed");
    }
    if (path.startsWith("/clusters")) {
      await view.getByRole("button", { name: "Split here" }).click();
      await view.getByLabel("Reason").waitFor();
      await check("planned");
    }
    if (path.startsWith("/preview")) {
      await view.getByText("The model", { exact: true }).click();
      await view.getByText(/^\d+ rules?\s*$/).click();
      await view.getByRole("button", { name: "Add a rule" }).click();
      await check("a rule");
      await view.getByRole("button", { name: /^Remove rule/ }).click();
      await view.getByRole("button", { name: "Preview" }).click();
      await view.getByRole("heading", { name: "What would happen" }).waitFor();
      await check("outcome");
    }
  },
);

documentedOnly(test, "the steward's pages");
