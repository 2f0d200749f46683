// What the pages show of a server that offers more, less or other than the one at hand: answers are put in the place of the
// server's. So these tests hold on any version of it.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { BASE, freshPage, launch, looks, signIn } from "./browser.mjs";

let browser, page, faults, close;

before(async () => {
  browser = await launch();
});
after(() => browser?.close());
beforeEach(async () => {
  ({ page, faults, close } = await freshPage(browser, { signedIn: false, real: false }));
});
afterEach(() => close());

const open = (path) => page.goto(`${BASE}/#${path}`);
const drawer = () => page.locator(".drawer");

const event = (position, more = {}) => ({
  position, source: "web", call: "track", name: `Event ${position}`, message_id: `m${position}`, user_id: "u1", anonymous_id: null,
  timestamp: "2026-11-22T10:00:00Z", received_at: "2026-11-22T10:00:00Z", body: { type: "track", properties: { n: position } }, ...more,
});
const SOURCE = { name: "web", kind: "events", records: 1, read: 0, landed: 0, unchanged: 0, rejected: 0, removed: 0, last_pulled_at: null, rank: 1, fields: [], stream: null };
const CAUSE = { source: "web", code: "K-EVENT-NO-ID", count: 2 };
const REFUSED = { position: 7, source: "web", call: "track", code: "K-EVENT-NO-ID", field: "/batch/0", reason: "names nobody", original: "{}", received_at: "2026-11-22T10:00:00Z" };
const PLANNED = {
  source: "web", code: "K-PLAN-INVALID", name: "Order Completed", field: "/properties/total", count: 4, replayed: 7, discarded: 1,
  first_at: "2026-11-22T09:00:00Z", last_at: "2026-11-22T10:00:00Z", example: { ...REFUSED, code: "K-PLAN-INVALID", reason: "must be a number" },
};
const NOTED = { since: "2026-11-22T09:00:00Z", violations: [{ source: "web", event: "Order Completed", kind: "unplanned_property", field: "/properties/total", count: 31 }] };
const TIMES = { events: 6, first_at: "2026-11-20T10:00:00Z", last_at: "2026-11-22T10:00:00Z" };
const PLACE = { country: "AT", region: "", city: "Graz", days: 9, orders: 2 };
const PERSON = {
  position: 9, profile_id: "p0000000000001", asked: { type: "profile", value: "p0000000000001" }, confidence: 0.95, certainty: 1, redirected_from: null,
  golden: [], records: [{ node_id: 1, source: "web", key: "user_id:u1", updated_at: null, received_at: null, row: {}, values: [] }], links: [], merges: [], household: null, looser: [], stricter: [],
  activity: {
    position: 9, events: 6, first_at: TIMES.first_at, last_at: TIMES.last_at, by_name: [{ name: "track Event 1", count: 6, first_at: TIMES.first_at, last_at: TIMES.last_at }],
    traits: {}, said: {}, groups: [], ids: [], identities: [{ source: "web", id: "user_id:u1", events: 6 }],
    contexts: [{ name: "order", id: "O-17", state: "paid", open: true, value: 49.9, currency: "EUR", label: null, opened_at: TIMES.first_at, changed_at: TIMES.last_at, events: 2 }],
    context_counts: [{ name: "order", count: 3, open: 1 }],
    sessions: { count: 4, more_before: false, events_mean: 1.5, duration_mean_s: 40 }, devices: [{ kind: "phone", model: "iPhone", os: "ios", client: "Safari", ...TIMES }],
    channels: [{ channel: "paid_search", ...TIMES }], campaigns: [], first_touch: { at: TIMES.first_at, channel: "email", campaign: { name: "spring" }, event: "page" }, last_touch: null,
    places: { home: PLACE, travel: [], shops: [] }, bot_events: 12,
  },
};
const PLAN = {
  plans: [{
    file: "plan.json", read_at: "2026-11-22T09:00:00Z", fault: { code: "K-PLAN-FILE", message: "plan.json: line 3, column 7: the plan is not JSON", help: "Correct the file, or export it again.", since: "2026-11-22T09:30:00Z" },
    sources: [{ source: "web", unplanned_events: "block", invalid_events: "allow", unplanned_properties: "omit" }],
    events: [
      { call: "track", name: "Order Completed", properties: [{ path: "/properties/total", types: ["number"], required: true }] },
      { call: "identify", name: "", properties: [] },
    ],
  }],
};
const VIEWS = {
  at: "2026-11-22T10:00:00Z", records: 1, unresolved: 3, faults: [{ file: "plan.json", ...PLAN.plans[0].fault }],
  views: [
    { name: "records and profiles", log: "records", position: 9, behind: 0, behind_seconds: null, catches_up: "with each record that is sent or pulled", by_itself: true },
    { name: "files of the lake", log: "records", position: 5, behind: 4, behind_seconds: 7_300, catches_up: "with `kith run`", by_itself: false },
    { name: "activity and timelines", log: "events", position: 2_000, behind: 1_234, behind_seconds: 42, catches_up: "within milliseconds", by_itself: true },
    { name: "files of events", log: "events", position: 2_900, behind: 334, behind_seconds: 12.3, catches_up: "every minute", by_itself: true },
  ],
};
const REPLAYED = { dry_run: true, looked_at: 4, accepted: 3, duplicate: 0, still_refused: 1, gone: 0, causes: [{ source: "web", code: "K-PLAN-INVALID", name: "Order Completed", field: "/properties/total", count: 1 }] };

/** A server's answers by path below /v1; a function gets the request. Everything else goes to the real one, but no stream opens. */
async function serve(view, answers) {
  await view.route("**/v1/stream?*", (route) => route.fulfill({ status: 429, json: {} }));
  await view.route("**/v1/**", async (route) => {
    const url = new URL(route.request().url());
    const answer = answers[url.pathname.slice(3)];
    if (answer === undefined) return route.fallback();
    return route.fulfill({ json: typeof answer === "function" ? answer(url, route.request()) : answer });
  });
}

/** An OpenAPI document with these routes. */
const offering = (...routes) => ({ paths: Object.fromEntries(routes.map(([method, path]) => [`/v1${path}`, { [method]: {} }])) });
const COUNTS = { position: 9, applied: 9, sources: [{ source: "web", received: 2, accepted: 0, duplicate: 0, refused: 2 }], refused: [CAUSE] };

test("without an event the page says how to send one, and notices the first", async () => {
  let came = false;
  await serve(page, { "/sources": [SOURCE], "/events": () => (came ? { events: [event(1)], next: 1 } : { events: [], next: 0 }) });
  await signIn(page);
  await open("/events");
  await page.getByText("No event has come yet").waitFor();
  await page.getByText(/curl -u "\$KITH_WRITE_KEY:"/).waitFor();
  await page.getByText(/@segment\/analytics-node/).waitFor();
  came = true;
  await page.getByRole("button", { name: "Event 1", exact: true }).waitFor();
  await page.getByText("The first event has come.").waitFor({ state: "attached" });
});

test("without a source of events the page says how to add one", async () => {
  await serve(page, { "/sources": [], "/events": { events: [], next: 0 } });
  await signIn(page);
  await open("/events");
  await page.getByText('kind = "events"').waitFor();
});

/** A stream's body, which ends there: the page opens it again. */
const sent = (...events) => ({ status: 200, contentType: "text/event-stream", body: events.map(([name, id, data]) => `event: ${name}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`).join("") });

test("a stream that breaks off goes on where it was: nothing is missed, nothing is shown twice", async () => {
  const asked = [];
  await serve(page, { "/sources": [SOURCE], "/events": { events: [event(1), event(2)], next: 2 } });
  // Each answer ends after two events, in the middle of a burst, and begins with one that was sent before.
  await page.route("**/v1/stream?*", (route) => {
    const after = Number(new URL(route.request().url()).searchParams.get("after"));
    asked.push(after);
    assert.ok(route.request().headers().authorization?.startsWith("Bearer "), "with the token");
    if (after >= 8) return;
    return route.fulfill(sent(...[after, after + 1, after + 2].map((at) => ["arrival", at, event(at)])));
  });
  await signIn(page);
  await open("/events");
  await page.getByRole("button", { name: "Event 8", exact: true }).waitFor();
  for (let i = 0; i < 100 && !asked.includes(8); i++) await page.waitForTimeout(100);
  const positions = await page.locator(".live tbody tr").evaluateAll((rows) => rows.map((row) => Number(row.dataset.position)));
  assert.deepEqual(positions, [8, 7, 6, 5, 4, 3, 2, 1]);
  assert.deepEqual([...new Set(asked)], [2, 4, 6, 8]);
});

test("where no stream opens, it is asked for; where one opens again, it is followed", async () => {
  let at = 1;
  let streams = 0;
  await serve(page, { "/sources": [SOURCE], "/events": (url) => (url.searchParams.has("after") ? { events: [event(++at)], next: at } : { events: [event(1)], next: 1 }) });
  await page.route("**/v1/stream?*", (route) => {
    if (++streams < 3) return route.fulfill({ status: 429, json: { error: { code: "K-API-STREAMS", message: "too many", help: "" } } });
    return route.fulfill(sent(["arrival", 9_000, event(9_000)]));
  });
  await signIn(page);
  await open("/events");
  await page.getByText("Live, asked each second").waitFor();
  await page.getByRole("button", { name: "Event 3", exact: true }).waitFor();
  await page.getByRole("button", { name: "Event 9000", exact: true }).waitFor({ timeout: 15_000 });
});

test("a server that passes events over says how many", async () => {
  let streams = 0;
  await serve(page, { "/sources": [SOURCE], "/events": { events: [event(1)], next: 1 } });
  await page.route("**/v1/stream?*", (route) => {
    assert.equal(new URL(route.request().url()).searchParams.get("most"), "200");
    return streams++ === 0 ? route.fulfill(sent(["passed", 5_000, { count: 4_999 }], ["arrival", 5_001, event(5_001)])) : undefined;
  });
  await signIn(page);
  await open("/events");
  await page.getByText("4,999 passed over").waitFor();
  await page.getByRole("button", { name: "Event 5001", exact: true }).waitFor();
});

test("whatever comes, five hundred events are kept and the rest is counted", async () => {
  const answer = (url) => {
    const after = Number(url.searchParams.get("after") ?? 0);
    const from = url.searchParams.has("after") ? after + 1 : (answer.head += 10_000);
    return { events: Array.from({ length: 500 }, (_, i) => event(from + i)), next: from + 499 };
  };
  answer.head = 0;
  await serve(page, { "/sources": [SOURCE], "/events": answer });
  await signIn(page);
  await open("/events");
  await page.getByText(/passed over/).waitFor();
  // While so much is new each moment, no more is drawn than a window can show.
  await page.waitForFunction(() => document.querySelectorAll(".live tbody tr").length < 100);
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await page.waitForFunction(() => document.querySelectorAll(".live tbody tr").length === 500);
  const positions = await page.locator(".live tbody tr").evaluateAll((rows) => rows.map((row) => Number(row.dataset.position)));
  assert.deepEqual(positions, [...new Set(positions)].sort((a, b) => b - a), "each once, newest first");
  await page.getByText(/\d,\d{3} new events wait/).waitFor();
  assert.equal(await page.locator(".live tbody tr").count(), 500);
});

test("a lost server is said, and the list stays", async () => {
  let lost = false;
  await serve(page, { "/sources": [SOURCE] });
  await page.route("**/v1/events?*", (route) => (lost ? route.abort() : route.fulfill({ json: { events: [event(1)], next: 1 } })));
  await page.route("**/v1/stream?*", (route) => (lost ? route.abort() : route.fallback()));
  await signIn(page);
  await open("/events");
  await page.getByRole("button", { name: "Event 1", exact: true }).waitFor();
  lost = true;
  await page.getByText("Kith does not answer; trying again").waitFor();
  assert.equal(await page.locator(".live tbody tr").count(), 1);
  lost = false;
  await page.locator(".live-on").waitFor();
  faults.splice(0, faults.length, ...faults.filter((fault) => !fault.includes("ERR_FAILED")));
});

test("a source that follows a stream says how it stands, by itself", async () => {
  const stream = { state: "following", problem: null, lag: 1204, events_per_second: 12, messages: 9, events: 9, bytes: 900, last_kept_at: "2026-11-22T10:00:00Z", last_stored_at: "2026-11-22T10:00:00Z", partitions: [{ topic: "clicks", partition: 3, offset: 41, end: 50 }] };
  const source = { ...SOURCE, name: "clicks", kind: "kafka", stream };
  const counts = { position: 9, applied: 9, sources: [{ source: "clicks", received: 9, accepted: 9, duplicate: 0, refused: 0 }], refused: [] };
  await serve(page, { "/sources": () => [source], "/events": { events: [], next: 0 }, "/events/counts": counts });
  await signIn(page);
  await open("/sources");
  const card = page.getByRole("article", { name: "clicks" });
  await card.getByText("follows the stream").waitFor();
  assert.equal(await card.locator("[data-stream-lag]").getAttribute("data-stream-lag"), "1204");
  await card.getByText("1 partition", { exact: true }).click();
  await card.getByRole("cell", { name: "clicks, 3" }).waitFor();
  assert.equal(await card.getByText("write_key").count(), 0, "nobody sends to it");
  source.stream = { ...stream, state: "away", problem: { code: "K-STREAM-AWAY", message: "no broker answers", help: "Start one." } };
  await card.getByText("K-STREAM-AWAY").waitFor();
});

test("violations and what is derived have their tabs", async () => {
  const judged = event(1, { violations: [{ field: "/properties/total", kind: "type", message: "must be a number" }], derived: { bot: false, channel: "email", device: { kind: "phone", os: "ios" } } });
  await serve(page, { "/sources": [SOURCE], "/events": { events: [judged], next: 1 } });
  await signIn(page);
  await open("/events");
  await page.getByRole("button", { name: "Event 1", exact: true }).click();
  await drawer().getByRole("tab", { name: "Violations (1)" }).click();
  await drawer().getByText("must be a number").waitFor();
  await drawer().getByRole("tab", { name: "Derived" }).click();
  await drawer().getByText("device.kind").waitFor();
});

test("a replay is tried first, with a change where one is needed; discard wants a reason; both only where the server has them", async () => {
  const posted = [];
  let causes = [CAUSE, PLANNED];
  const answers = {
    "/openapi.json": offering(["get", "/events/refused"]), "/events/refused": [REFUSED], "/events/counts": () => ({ ...COUNTS, refused: causes }),
    "/events/refused/replay": (_, request) => posted.push(["replay", request.postDataJSON()]) && (request.postDataJSON().dry_run ? REPLAYED : { ...REPLAYED, dry_run: false, accepted: 2, duplicate: 1 }),
    "/events/refused/discard": (_, request) => posted.push(["discard", request.postDataJSON()]) && (causes = []) && { discarded: 2 },
  };
  await serve(page, answers);
  await signIn(page);
  await open("/failed");
  await page.getByText("Example: names nobody").waitFor();
  assert.equal(await page.getByRole("button", { name: /Replay|Discard/ }).count(), 0);
  answers["/openapi.json"] = offering(["post", "/events/refused/replay"], ["post", "/events/refused/discard"]);
  await page.reload();
  const planned = page.locator('[data-code="K-PLAN-INVALID"]');
  await planned.getByText("must be a number").waitFor();
  await planned.getByText("Before: 7 replayed, 1 given up.").waitFor();
  await planned.getByRole("button", { name: "Replay …" }).click();
  assert.ok(await planned.getByRole("button", { name: "Take in", exact: true }).isDisabled(), "not before it was tried");
  const change = planned.getByRole("textbox");
  await change.fill("{total: 1");
  await planned.getByRole("button", { name: "Try it, writing nothing" }).click();
  await planned.getByText("This is no JSON").waitFor();
  await change.fill('{"properties": {"total": 12.50, "order": 12345678901234567890123}}');
  await planned.getByRole("button", { name: "Try it, writing nothing" }).click();
  await planned.getByText("3 of 4 events would be taken in, 1 refused again").waitFor();
  await planned.getByRole("table", { name: /Refused again/ }).or(planned.getByRole("region", { name: /Refused again/ })).getByText("/properties/total").first().waitFor();
  await change.press("End");
  await change.pressSequentially(" ");
  assert.ok(await planned.getByRole("button", { name: "Take in", exact: true }).isDisabled(), "another change is tried anew");
  await change.press("Backspace");
  await planned.getByRole("button", { name: "Take in 3 events" }).click();
  await page.getByText("2 events taken in, 1 had come before, 1 still refused.").waitFor();
  const other = page.locator('[data-code="K-EVENT-NO-ID"]');
  await other.getByRole("button", { name: "Discard …" }).click();
  assert.ok(await other.getByRole("button", { name: "Discard 2 events" }).isDisabled(), "not without a reason");
  await page.keyboard.type("a test of ours");
  await page.keyboard.press("Enter");
  await page.getByText("No event is refused.").waitFor();
  await page.getByText("2 events discarded.").waitFor();
  const refused = { source: "web", code: "K-PLAN-INVALID", name: "Order Completed", field: "/properties/total" };
  const patch = { properties: { total: 12.5, order: 12345678901234567890123 } };
  assert.deepEqual(posted, [
    ["replay", { refused, patch, dry_run: true }],
    ["replay", { refused, patch, dry_run: false }],
    ["discard", { refused: { source: "web", code: "K-EVENT-NO-ID" }, reason: "a test of ours" }],
  ]);
});

test("contexts, and how a person comes, are on the profile where the server derives them", async () => {
  await serve(page, { "/sources": [SOURCE], [`/profiles/profile:${PERSON.profile_id}`]: PERSON, [`/profiles/profile:${PERSON.profile_id}/events`]: { events: [event(1, { derived: { bot: false, channel: "paid_search" } })], next: null } });
  await signIn(page);
  await open(`/profiles/${PERSON.profile_id}`);
  const activity = page.getByRole("region", { name: "Activity" });
  for (const text of ["order", "O-17", "paid", "49.9 EUR", "order: 3, 1 open", "4 sessions", "paid search", "phone, iPhone, ios, Safari", "Mostly in Graz, AT (9 days)", "12 events in their name came from programs"]) await activity.getByText(text).first().waitFor();
  await activity.getByRole("group", { name: "Channel" }).getByRole("button", { name: "paid search" }).click();
  assert.equal(await activity.locator(".visit li").count(), 1);
});

test("health says how far and how long each view is behind, and what to do", async () => {
  await serve(page, { "/sources": [SOURCE], "/health/views": VIEWS });
  await signIn(page);
  await open("/health");
  const views = page.getByRole("region", { name: "How fresh each view is" });
  const line = (name) => views.getByRole("row", { name });
  await line(/Records and profiles/).getByText("✓ current").waitFor();
  for (const text of ["4", "2 h", "! behind", "kith run"]) await line(/Files of the lake/).getByText(text, { exact: true }).first().waitFor();
  for (const text of ["1,234", "3,234", "42 s", "✕ late"]) await line(/Activity and timelines/).getByText(text, { exact: true }).first().waitFor();
  await line(/Files of events/).getByText("… follows").waitFor();
  await page.getByRole("alert").getByText("line 3, column 7").waitFor();
  await page.getByText("plan.json", { exact: true }).waitFor();
});

test("what was let through although not as planned is counted", async () => {
  await serve(page, { "/sources": [SOURCE], "/openapi.json": offering(["get", "/events/violations"]), "/events/violations": NOTED });
  await signIn(page);
  await open("/tracking-plan");
  const line = page.getByRole("row", { name: /Order Completed/ });
  for (const text of ["/properties/total", "unplanned property", "31"]) await line.getByText(text).first().waitFor();
});

test("the tracking plan is in the navigation where the server has one, and only there", async () => {
  const answers = { "/sources": [SOURCE], "/openapi.json": offering(), "/tracking-plan": PLAN, "/events": { events: [event(1)], next: 1 } };
  await serve(page, answers);
  await signIn(page);
  await open("/events");
  await page.getByRole("button", { name: "Event 1", exact: true }).waitFor();
  const tab = page.getByRole("navigation", { name: "Events" }).getByRole("link", { name: "Tracking plan" });
  assert.equal(await tab.count(), 0);
  answers["/openapi.json"] = offering(["get", "/tracking-plan"]);
  await page.reload();
  await tab.click();
  for (const text of ["plan.json", "stays in force", "line 3, column 7", "cut out", "Order Completed", "every identify", "/properties/total", "required"]) await page.getByText(text).first().waitFor();
});

looks(
  test, "on what a server may offer", () => browser, () => ["/tracking-plan", "/failed", "/events", "/health", `/profiles/${PERSON.profile_id}`],
  async (view, path, check) => {
    if (path === "/failed") {
      await view.getByRole("button", { name: "Discard …" }).first().click();
      await check("asked for a reason");
      await view.getByRole("button", { name: "Replay …" }).first().click();
      await view.getByRole("button", { name: "Try it, writing nothing" }).click();
      await view.getByText("would be taken in").waitFor();
      await check("a replay tried");
    }
  },
  (view) => serve(view, {
    "/openapi.json": offering(["get", "/tracking-plan"], ["get", "/events/violations"], ["post", "/events/refused/replay"], ["post", "/events/refused/discard"]),
    "/tracking-plan": PLAN, "/events/violations": NOTED, "/events/refused/replay": REPLAYED, "/events/counts": { ...COUNTS, refused: [CAUSE, PLANNED] },
    [`/profiles/profile:${PERSON.profile_id}`]: PERSON, [`/profiles/profile:${PERSON.profile_id}/events`]: { events: [event(1)], next: null },
    "/events/refused": [REFUSED], "/sources": [SOURCE], "/events": { events: [], next: 0 }, "/health/views": VIEWS,
  }),
);
