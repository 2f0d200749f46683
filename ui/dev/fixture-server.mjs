// A stand-in for `kith serve` while developing the pages: the same API shapes, invented people, no storage.
// Not part of the product. `npm run build && npm run fixture`, then open the address that it prints.

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { MODEL, SOURCES, bare, columnsOf, components, cut, explain, lastPosition, now, profileId, records } from "./people.mjs";
import { tablesAnswer } from "./tables.mjs";

const PORT = Number(process.env.PORT ?? 7700);
const TOKEN = process.env.KITH_TOKEN ?? "fixture";
const DIST = fileURLToPath(new URL("../dist/", import.meta.url));
const BASE = 0.95;
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

const byNode = new Map(records.map((record) => [record.node_id, record]));
const componentOf = new Map(components.flatMap((component) => component.members.map((member) => [member.node_id, component])));
const profiles = new Map();
for (const component of components) for (const nodes of cut(component, BASE)) profiles.set(profileId(nodes[0]), nodes);
const redirect = new Map([["p000000000000z", [...profiles.keys()][0]]]);

class Problem extends Error {
  constructor(status, code, message, help) {
    super(message);
    Object.assign(this, { status, code, help });
  }
}
const missing = (what) => new Problem(404, "K-PROFILE-UNKNOWN", `No profile has ${what}.`, "Look the person up by search, or check the identifier.");

function nodesOf(type, value) {
  if (type === "profile") {
    const nodes = profiles.get(redirect.get(value) ?? value);
    if (!nodes) throw missing(`the id ${value}`);
    return nodes;
  }
  const found = records.filter((r) => (r.source === type && r.key === value) || r.values.some((v) => v.field === type && v.normal === value.toLowerCase()));
  if (found.length === 0) throw missing(`${type} ${value}`);
  return found.map((r) => r.node_id);
}

function golden(members) {
  const rank = Object.fromEntries(SOURCES.map((s) => [s.name, s.rank]));
  const by = new Map();
  for (const record of members) for (const value of record.values) {
    const from = { value: value.normal, original: value.original, source: record.source, key: record.key, node_id: record.node_id, updated_at: record.updated_at };
    by.set(value.field, [...(by.get(value.field) ?? []), from]);
  }
  return [...by].map(([field, values]) => {
    values.sort((a, b) => rank[a.source] - rank[b.source]);
    const [winner, ...rest] = values;
    const many = ["email", "phone", "customer_id"].includes(field);
    const also = many ? rest.filter((v, i) => v.value !== winner.value && rest.findIndex((o) => o.value === v.value) === i) : [];
    const rule = rest.every((v) => v.value === winner.value) ? (rest.length ? "all records agree" : "only record") : `most trusted source (rank ${rank[winner.source]})`;
    return { field, label: field.replaceAll("_", " "), ...winner, rule, losers: rest.filter((v) => !also.includes(v)), also };
  });
}

function profile(type, value, confidence) {
  const anchor = nodesOf(type, value)[0];
  const component = componentOf.get(anchor);
  const at = (c) => cut(component, c).find((group) => group.includes(anchor));
  const nodes = at(confidence);
  const members = nodes.map((node) => byNode.get(node));
  const inside = (edge) => nodes.includes(edge.a) && nodes.includes(edge.b);
  const merges = component.merges.filter((m) => m.confidence >= confidence && inside(m));
  const stops = [0.5, 0.8, 0.9, 0.95, 0.99, 0.999].map((c) => ({ confidence: c, records: at(c).length }));
  const id = [...profiles].find(([, group]) => group.includes(anchor))[0];
  return {
    position: lastPosition(), profile_id: id, asked: { type, value }, confidence, certainty: merges.length ? Math.min(...merges.map((m) => m.confidence)) : 1,
    redirected_from: redirect.has(value) ? value : null, golden: golden(members), records: members.map(bare), links: component.links.filter(inside), merges,
    looser: stops.filter((s) => s.confidence < confidence), stricter: stops.filter((s) => s.confidence > confidence),
  };
}

const text = (record) => record.values.map((v) => v.normal).join(" ");
function similar(word, record) {
  let best = 0;
  for (const value of record.values) for (const part of [value.normal, ...value.normal.split(/[\s@.]+/)]) {
    if (part === word) return 1;
    if (part.startsWith(word)) best = Math.max(best, 0.9);
    if (Math.abs(part.length - word.length) < 3 && distance(part, word) <= (word.length > 4 ? 2 : 1)) best = Math.max(best, 0.7);
  }
  return best;
}
function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length];
}
function search(q, limit) {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  const results = [];
  for (const [id, nodes] of profiles) {
    const members = nodes.map((n) => byNode.get(n));
    const score = Math.max(...members.map((m) => words.reduce((sum, word) => sum + (text(m).includes(word) ? 1 : similar(word, m)), 0))) / words.length;
    if (score > 0.6) results.push({ id, members, score });
  }
  results.sort((a, b) => b.score - a.score || b.members.length - a.members.length);
  return {
    position: lastPosition(),
    results: results.slice(0, limit).map(({ id, members, score }) => {
      const g = Object.fromEntries(golden(members).map((v) => [v.field, v.original]));
      return { profile_id: id, name: [g.given_name, g.family_name].filter(Boolean).join(" "), email: g.email ?? null, phone: g.phone ?? null, city: g.city ?? null, records: members.length, sources: [...new Set(members.map((m) => m.source))], score };
    }),
  };
}

const nameOf = (r) => ["given_name", "family_name"].map((f) => r.values.find((v) => v.field === f)?.original).filter(Boolean).join(" ");
const brief = (node) => ({ node_id: node, source: byNode.get(node).source, key: byNode.get(node).key, name: nameOf(byNode.get(node)) });
function identity() {
  const groups = [...profiles.values()].map((nodes) => nodes.map((n) => byNode.get(n)));
  const tally = (keys) => keys.reduce((map, key) => map.set(key, (map.get(key) ?? 0) + 1), new Map());
  const by_source = SOURCES.map(({ name }) => {
    const count = records.filter((r) => r.source === name).length;
    const people = groups.filter((g) => g.some((r) => r.source === name)).length;
    return { source: name, records: count, profiles: people, duplicates: count - people };
  });
  const overlap = [...tally(groups.map((g) => SOURCES.map((s) => s.name).filter((s) => g.some((r) => r.source === s)).join()))].map(([key, n]) => ({ sources: key.split(","), profiles: n }));
  const near = components.flatMap((c) => c.links).sort((a, b) => Math.abs(a.probability - BASE) - Math.abs(b.probability - BASE)).slice(0, 12);
  return {
    records: records.length, profiles: profiles.size, confidence: BASE, by_source, overlap,
    cluster_sizes: [...tally(groups.map((g) => g.length))].map(([size, n]) => ({ size, profiles: n })),
    completeness: [], benchmarks: [], runs: [], near_threshold: near.map((l) => ({ a: brief(l.a), b: brief(l.b), probability: l.probability, merged: [...profiles.values()].some((g) => g.includes(l.a) && g.includes(l.b)) })),
    model: Object.entries(MODEL).map(([field, levels]) => ({ field, levels: levels.map(([level, m, u]) => ({ level, m, u, weight_bits: Math.log2(m / u) })) })),
  };
}

const REJECTS = [
  { position: 812, source: "crm", place: "line 1204", code: "K-LAND-ENCODING", reason: "The row is not valid UTF-8: byte 0xE9 at column 14. Set encoding = \"windows-1252\".", original: "C-88812,Ren\ufffd,Dupont,…" },
  { position: 813, source: "crm", place: "line 2977", code: "K-LAND-COLUMNS", reason: "The row has 11 cells, the header has 14.", original: "C-91022,Anna,Berg,1984-02-30,,,,,,," },
  { position: 2204, source: "tickets", place: "line 77", code: "K-LAND-JSON", reason: "Not JSON: expected `,` or `}` at column 48.", original: '{"id":"T77","requester":{"name":"<script>window.__xss=1</script>" "email":"x"}}' },
];
function sources() {
  return SOURCES.map(({ name, kind, rank }) => {
    const count = records.filter((r) => r.source === name).length;
    const rejected = REJECTS.filter((r) => r.source === name).length;
    const unchanged = name === "crm" ? 20 : 0;
    return { name, kind, rank, records: count, read: count + rejected, landed: count - unchanged, unchanged, rejected, removed: name === "shop" ? 2 : 0, last_pulled_at: new Date(now - 1200000).toISOString(), stream: null, fields: Object.entries(columnsOf[name]).map(([field, column]) => ({ column, field })) };
  });
}
function changes(since, limit) {
  const all = [...profiles].map(([profile, nodes], i) => ({ position: 9000 + i, change: "created", profile, nodes }));
  const [first, second, third] = [...profiles.keys()];
  all.push({ position: 9400, change: "merged", from: "p000000000000z", into: first, nodes: [7] }, { position: 9401, change: "joined", profile: second, nodes: [91, 92] }, { position: 9402, change: "split", from: second, into: third, nodes: [92] });
  const page = all.filter((c) => c.position > since).slice(0, limit);
  return { changes: page, next: page.at(-1)?.position ?? since };
}
function sql(query) {
  if (!/^\s*(select|with|explain)\b/i.test(query)) throw new Problem(400, "K-SQL-READONLY", "Only reading is allowed.", "Begin the query with SELECT or WITH.");
  if (!/master\.customer\b/i.test(query)) throw new Problem(400, "K-SQL-PLAN", "table 'nowhere' not found", "The fixture server only knows master.customer. Did you mean `master.customer`?");
  const rows = search("e", 20).results.map((r) => [r.profile_id, r.name, r.email, r.phone, r.city, r.records, 0.99]);
  return { columns: ["profile_id", "name", "email", "phone", "city", "records", "confidence"].map((name, i) => ({ name, type: i === 5 ? "Int64" : i === 6 ? "Float64" : "Utf8" })), rows, truncated: true };
}
function history(id, field) {
  const members = nodesOf("profile", id).map((n) => byNode.get(n));
  const values = members.flatMap((m) => m.values.filter((v) => v.field === field).map((v) => ({ value: v.normal, original: v.original, source: m.source, key: m.key, position: m.node_id, at: m.received_at, event: "landed" })));
  return { values };
}
function nodeOf(ref) {
  const [type, ...rest] = ref.split(":");
  const record = rest.length ? byNode.get(nodesOf(type, rest.join(":"))[0]) : byNode.get(Number(ref));
  if (!record) throw new Problem(404, "K-NODE-UNKNOWN", `There is no record ${ref}.`, "");
  return record;
}

async function answer(url, request) {
  const path = url.pathname.slice(3).split("/").filter(Boolean).map(decodeURIComponent);
  const q = url.searchParams;
  if (path[0] === "openapi.json") return { paths: { "/v1/labels": { get: {} } } };
  if (path[0] === "health") return { status: "ok", version: "fixture" };
  if (request.headers.authorization !== `Bearer ${TOKEN}`) throw new Problem(401, "K-API-TOKEN", "The token is missing or wrong.", "Send `Authorization: Bearer …`.");
  if (path[0] === "profiles" && path.length === 1) return search(q.get("q") ?? "", Number(q.get("limit") ?? 20));
  if (path[0] === "profiles" && path[2] === "history") return history(path[1], q.get("field"));
  if (path[0] === "profiles") {
    const [type, ...rest] = path[1].split(":");
    return profile(type, rest.join(":"), Number(q.get("confidence") ?? BASE));
  }
  if (path[0] === "explain") return explain(nodeOf(q.get("a")), nodeOf(q.get("b")));
  if (path[0] === "changes") return changes(Number(q.get("since") ?? 0), Number(q.get("limit") ?? 100));
  if (path[0] === "sources") return sources();
  if (path[0] === "rejects") return REJECTS.filter((r) => !q.get("source") || r.source === q.get("source"));
  if (path[0] === "identity") return identity();
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks)) : {};
  const known = tablesAnswer(path, request.method, body);
  if (known) return known;
  if (path[0] === "sql") return sql(body.query);
  throw new Problem(404, "K-API-PATH", "There is no such path.", "");
}

createServer(async (request, response) => {
  const url = new URL(request.url, "http://x");
  const head = { "content-security-policy": CSP, "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" };
  if (url.pathname.startsWith("/v1/")) {
    let [status, body] = [200, null];
    try {
      body = await answer(url, request);
    } catch (error) {
      status = error.status ?? 500;
      body = { error: { code: error.code ?? "K-FIXTURE", message: error.message, help: error.help ?? "" } };
    }
    return response.writeHead(status, { ...head, "content-type": "application/json" }).end(JSON.stringify(body));
  }
  const file = url.pathname === "/" ? "index.html" : normalize(url.pathname).replace(/^[/.\\]+/, "");
  try {
    response.writeHead(200, { ...head, "content-type": TYPES[extname(file)] ?? "application/octet-stream" }).end(await readFile(join(DIST, file)));
  } catch {
    response.writeHead(404, head).end("not found");
  }
}).listen(PORT, "127.0.0.1", () => console.log(`http://127.0.0.1:${PORT}/#token=${TOKEN}`));
