// What the pages show of a server that offers more, less or other than the one at hand: answers are put in the place of the
// server's. So these tests hold on any version of it.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { BASE, launch, looks, signIn, watch } from "./browser.mjs";

let browser, context, page, faults;

before(async () => {
  browser = await launch();
});
after(() => browser?.close());
beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  page = await context.newPage();
  faults = watch(page, false);
});
afterEach(async () => {
  await context.close();
  assert.deepEqual(faults, [], "no console error, no CSP violation, no dialog, no request to another host");
});

const open = (path) => page.goto(`${BASE}/#${path}`);
const drawer = () => page.locator(".drawer");

const event = (position, more = {}) => ({
  position, source: "web", call: "track", name: `Event ${position}`, message_id: `m${position}`, user_id: "u1", anonymous_id: null,
  timestamp: "2026-11-22T10:00:00Z", received_at: "2026-11-22T10:00:00Z", body: { type: "track", properties: { n: position } }, ...more,
});
const SOURCE = { name: "web", kind: "events", records: 1, read: 0, landed: 0, unchanged: 0, rejected: 0, removed: 0, last_pulled_at: null, rank: 1, fields: [] };
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
  sources: [{
    source: "web", file: "plan.json", events: [
      {
        call: "track", name: "Order Completed", known: true, count: 12,
        violations: [{ path: "/properties/total", kind: "wrong_type", count: 3, example: "12,50" }],
        properties: [{ path: "/properties/total", types: ["number"], required: true, seen: 9 }],
      },
      { call: "track", name: "Ordr Completed", known: false, count: 1, violations: [], properties: [] },
    ],
  }],
};

/** A server's answers by path below /v1; a function gets the request. Everything else goes to the real one. */
async function serve(view, answers) {
  await view.route("**/v1/**", async (route) => {
    const url = new URL(route.request().url());
    const answer = answers[url.pathname.slice(3)];
    if (answer === undefined) return route.continue();
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
  assert.equal(await page.locator(".live tbody tr").count(), 500);
  const positions = await page.locator(".live tbody tr").evaluateAll((rows) => rows.map((row) => Number(row.dataset.position)));
  assert.deepEqual(positions, [...new Set(positions)].sort((a, b) => b - a), "each once, newest first");
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await page.getByText(/\d,\d{3} new events wait/).waitFor();
  assert.equal(await page.locator(".live tbody tr").count(), 500);
});

test("a lost server is said, and the list stays", async () => {
  let lost = false;
  await serve(page, { "/sources": [SOURCE] });
  await page.route("**/v1/events?*", (route) => (lost ? route.abort() : route.fulfill({ json: { events: [event(1)], next: 1 } })));
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

test("replay and discard are there where the server offers them, and only there", async () => {
  const posted = [];
  let causes = [CAUSE, PLANNED];
  const answers = {
    "/openapi.json": offering(["get", "/events/refused"]), "/events/refused": [REFUSED], "/events/counts": () => ({ ...COUNTS, refused: causes }),
    "/events/refused/replay": (_, request) => posted.push(["replay", request.postDataJSON()]) && { accepted: 3, duplicate: 1, still_refused: 1 },
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
  await planned.getByRole("button", { name: "Replay" }).click();
  await page.getByText("3 events taken in, 1 had come before, 1 still refused.").waitFor();
  const other = page.locator('[data-code="K-EVENT-NO-ID"]');
  await other.getByRole("button", { name: "Discard …" }).click();
  assert.ok(await other.getByRole("button", { name: "Discard 2 events" }).isDisabled(), "not without a reason");
  await page.keyboard.type("a test of ours");
  await page.keyboard.press("Enter");
  await page.getByText("No event is refused.").waitFor();
  await page.getByText("2 events discarded.").waitFor();
  assert.deepEqual(posted, [
    ["replay", { refused: { source: "web", code: "K-PLAN-INVALID", name: "Order Completed", field: "/properties/total" } }],
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
  for (const text of ["plan.json", "Ordr Completed", "! not in the plan", "✕ 3 violations", "wrong type", "12,50"]) await page.getByText(text).first().waitFor();
});

looks(
  test, "on what a server may offer", () => browser, () => ["/tracking-plan", "/failed", "/events", `/profiles/${PERSON.profile_id}`],
  async (view, path, check) => {
    if (path === "/failed") {
      await view.getByRole("button", { name: "Discard …" }).first().click();
      await check("asked for a reason");
    }
  },
  (view) => serve(view, {
    "/openapi.json": offering(["get", "/tracking-plan"], ["get", "/events/violations"], ["post", "/events/refused/replay"], ["post", "/events/refused/discard"]),
    "/tracking-plan": PLAN, "/events/violations": NOTED, "/events/counts": { ...COUNTS, refused: [CAUSE, PLANNED] },
    [`/profiles/profile:${PERSON.profile_id}`]: PERSON, [`/profiles/profile:${PERSON.profile_id}/events`]: { events: [event(1)], next: null },
    "/events/refused": [REFUSED], "/sources": [SOURCE], "/events": { events: [], next: 0 },
  }),
);
