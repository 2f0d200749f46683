// Invented tables, profiles, connections and plans: for the stand-in server, and for tests of what the server at hand does not have
// (masked columns, labels, a database that is down).

const column = (name, type, more = {}) => ({ name, type, description: null, null_means: null, masked: null, compared_there: null, ...more });
const own = { kind: "own", connection_kind: null, rows_exact: true, rows_filtered: false, pushed_down: [], fault: null, grain: null };
const PUSHED = ["columns", "conditions", "limit", "counts, sums, least and greatest", "keys of a join"];
const remote = { kind: "connection", description: null, grain: null, rows_exact: false, rows_filtered: false, pushed_down: PUSHED, fault: null };
const MASK = { mask: "domain", why: "analysts see no e-mail address" };

export const TABLES = [
  {
    ...own, schema: "master", table: "customer", description: "Golden customers: the one view of each.", grain: "one row per customer", rows: 2431,
    columns: [
      column("profile_id", "Utf8", { description: "The customer's id; it stays." }),
      column("given_name", "Utf8", { null_means: "no source knows it" }),
      column("email", "Utf8", { masked: MASK }),
      column("birth_date", "Utf8", { masked: { mask: "year", why: "analysts see the year of birth" } }),
      column("records", "Int64", { description: "How many records are this customer." }),
      column("updated_at", "Timestamp(µs, \"UTC\")"),
    ],
  },
  { ...own, schema: "identity", table: "link", description: "Links between records, with their probability.", grain: "one row per link", rows: 5120, columns: [column("a", "Int64"), column("b", "Int64"), column("probability", "Float64")] },
  { ...remote, schema: "shop", table: "orders", connection_kind: "postgres", rows: 5_000_000, columns: [column("id", "Int64", { compared_there: true }), column("customer", "Int64", { compared_there: true }), column("amount", "Decimal128(12, 2)", { compared_there: true }), column("note", "Utf8", { compared_there: false })] },
  { ...remote, schema: "shop", table: "sales.returns", connection_kind: "postgres", rows: 12_400, rows_filtered: true, columns: [column("id", "Int64", { compared_there: true })] },
];

const bins = [3, 9, 22, 41, 60, 84, 71, 66, 40, 31, 20, 12, 9, 4, 2, 1];
const held = (name, type, more = {}) => ({ name, type, masked: null, missing: 0, blank: 0, distinct: 2431, least: null, greatest: null, average: null, top: [], histogram: [], histogram_unit: null, ...more });
export const PROFILE = {
  schema: "master", table: "customer", rows: 2431, rows_exact: true, rows_read: 2431, sample: "all", took_ms: 41,
  columns: [
    held("profile_id", "Utf8"),
    held("given_name", "Utf8", { missing: 204, blank: 3, distinct: 611, top: [{ value: "Anna", rows: 60 }, { value: "Jan", rows: 44 }, { value: " ", rows: 3 }] }),
    held("email", "Utf8", { masked: MASK, missing: 402, distinct: 9, top: [{ value: "@example.org", rows: 1300 }, { value: "@example.com", rows: 480 }] }),
    held("birth_date", "Utf8", { masked: { mask: "year", why: "analysts see the year of birth" }, missing: 1100, distinct: 60, top: [{ value: "1984", rows: 51 }] }),
    held("records", "Int64", { distinct: 9, least: "1", greatest: "17", average: 2.4, top: [{ value: "2", rows: 900 }], histogram: bins.map((rows, i) => ({ from: 1 + i, to: 2 + i, rows: rows * 4 })), histogram_unit: "number" }),
    held("updated_at", "Timestamp(µs, \"UTC\")", { missing: 12, least: "2019-03-01T00:00:00Z", greatest: "2026-11-20T00:00:00Z", histogram: bins.toReversed().map((rows, i) => ({ from: 1.55e12 + i * 1.5e10, to: 1.55e12 + (i + 1) * 1.5e10, rows })), histogram_unit: "ms" }),
  ],
};

const LIMITS = { rows: 50_000_000, cell_bytes: 16_777_216, seconds: 30, columns: 2_000, scans: 8 };
const DOWN = { code: "K-SCAN-DOWN", message: "the database of the connection crm can not be read: there is no connection to it", help: "Check the address, the password and whether it runs; `kith doctor` tries each connection." };
export const CONNECTIONS = [
  { name: "shop", kind: "postgres", place: "postgres://reader@127.0.0.1/shop", wanted: [], state: "good", looked_ms_ago: 4200, tables: 2, fault: null, pushed_down: PUSHED, limits: LIMITS },
  { name: "crm", kind: "sqlite", place: "crm.db", wanted: ["account"], state: "failed", looked_ms_ago: 900, tables: null, fault: DOWN, pushed_down: PUSHED, limits: LIMITS },
];
export const tested = (name) => (name === "crm" ? { name, good: false, took_ms: 5004, tables: null, fault: DOWN } : { name, good: true, took_ms: 12, tables: 2, fault: null });

const day = (ago) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
export const USAGE = [
  { table: "master.customer", user: "anna", purpose: "marketing", day: day(1), queries: 12, rows: 24_310 },
  { table: "master.customer", user: "jan", purpose: null, day: day(0), queries: 3, rows: 60 },
  { table: "shop.orders", user: "anna", purpose: "marketing", day: day(2), queries: 5, rows: 1_204 },
];

export const explained = (query, run) => ({
  columns: [{ name: "profile_id", type: "Utf8" }, { name: "email", type: "Utf8" }, { name: "spent", type: "Decimal128(22, 2)" }],
  tables: [{ table: "master.customer", rows_filtered: false, masked: [{ column: "email", ...MASK }] }, { table: "shop.orders", rows_filtered: false, masked: [] }],
  scans: [{ table: "shop.orders", asked: 'SELECT t0."customer" AS c0, sum(t0."amount") AS c1 FROM "public"."orders" AS t0 WHERE (t0."customer" > $1) GROUP BY t0."customer"', here: null, keys_of_a_join: true, rows: run ? "1.2 K" : null, bytes: run ? "19.4 K" : null }],
  logical: `Projection: …\n  Join: …\n  -- ${query.length} characters`, physical: "HashJoinExec\n  GovernedScan: master.customer, columns=[profile_id, email (domain)]\n  RemoteScan: shop.orders", ran_ms: run ? 84 : null,
});

export const LABELS = [
  { schema: "master", table: "customer", column: "given_name", labels: null, proposed: [{ label: "name", why: "the column is mapped to given_name" }] },
  { schema: "master", table: "customer", column: "email", labels: ["email"], proposed: [] },
  { schema: "master", table: "customer", column: "records", labels: [], proposed: [] },
  { schema: "master", table: "customer", column: "birth_date", labels: null, proposed: [] },
];

/** What the stand-in server answers, or undefined. */
export function tablesAnswer(path, method, body) {
  const [first, second, third] = path;
  if (first === "tables" && !second) return { tables: TABLES };
  if (first === "tables") return { ...PROFILE, schema: second, table: third };
  if (first === "connections" && !second) return { connections: CONNECTIONS };
  if (first === "connections" && third === "test") return tested(second);
  if (first === "usage") return { from: day(29), usage: USAGE };
  if (first === "sql" && second === "explain") return explained(body.query, body.run);
  if (first === "labels" && method === "GET") return LABELS;
  if (first === "labels" && method === "PUT") {
    const found = LABELS.find((one) => one.column === path[3]);
    if (found) Object.assign(found, { labels: body.labels, proposed: [] });
    return {};
  }
  return undefined;
}
