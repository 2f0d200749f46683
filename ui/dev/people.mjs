// Invented people for looking at the pages while developing. Not part of the product, and not its test data.
// Deterministic: the same seed gives the same people, records, pairs and merge trees.

let state = 20261121;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};
const pick = (list) => list[Math.floor(random() * list.length)];

const GIVEN = "Ada Grace Alan Edsger Barbara Donald Margaret Linus Hedy Katherine Tim Radia Ken Frances Dennis Joan Niklaus Mary Claude Sophie Leslie Adele Robin Shafi Tony Karen Vint Annie Jim Lynn Rosa Omar Ines Yuki Priya Tomás Zoë Åsa Noor Emeka".split(" ");
const FAMILY = "Lovelace Hopper Turing Dijkstra Liskov Knuth Hamilton Torvalds Lamarr Johnson Perlman Thompson Allen Ritchie Clarke Wirth Shaw Shannon Wilson Lamport Goldberg Milner Goldwasser Hoare Jones Cerf Easley Gray Conway Castillo Haddad Moreau Tanaka Raman Núñez Berg Lindqvist Rahman Okafor O'Neill".split(" ");
const NICK = { Katherine: "Kate", Margaret: "Peggy", Donald: "Don", Barbara: "Barb", Dennis: "Denny", Frances: "Fran", Tony: "Anthony", Jim: "James" };
const CITIES = [["Portland", "OR", "97209"], ["Boise", "ID", "83702"], ["Tacoma", "WA", "98402"], ["Eugene", "OR", "97401"], ["Spokane", "WA", "99201"], ["Reno", "NV", "89501"]];
const STREETS = ["Alder St", "NW Lovejoy St", "Burnside Ave", "Pine Ridge Rd", "Harbor Way", "Juniper Ct", "Old Mill Ln"];
export const SOURCES = [
  { name: "crm", kind: "csv", rank: 1 }, { name: "shop", kind: "sqlite", rank: 2 }, { name: "loyalty", kind: "csv", rank: 3 },
  { name: "tickets", kind: "ndjson", rank: 4 }, { name: "newsletter", kind: "csv", rank: 5 }, { name: "tills", kind: "parquet", rank: 6 },
  { name: "demographics", kind: "csv", rank: 9 },
];
const COLUMNS = {
  crm: { given_name: "first_name", family_name: "last_name", birth_date: "dob", email: "email", phone: "phone", street: "addr1", city: "city", region: "state", postcode: "zip" },
  shop: { full_name: "customer.name", email: "customer.email", phone: "ship_phone", street: "ship_street", city: "ship_city", region: "ship_state", postcode: "ship_zip" },
  loyalty: { given_name: "fname", family_name: "lname", birth_date: "birthday", email: "mail", customer_id: "card_no", postcode: "plz" },
  tickets: { full_name: "requester.name", email: "requester.email", phone: "requester.phone" },
  newsletter: { full_name: "Name", email: "E-Mail", city: "Ort" },
  tills: { customer_id: "loyalty_card", family_name: "surname", phone: "mobile" },
  demographics: { given_name: "first", family_name: "last", birth_date: "birth", street: "street", city: "town", postcode: "postal", gender: "sex" },
};
const DAY = 86400000;
const NOW = Date.UTC(2026, 10, 21, 21, 40);

export const records = [];
let position = 0;

function typo(word) {
  if (word.length < 4) return word;
  const at = 1 + Math.floor(random() * (word.length - 2));
  const kind = random();
  if (kind < 0.4) return word.slice(0, at) + word[at + 1] + word[at] + word.slice(at + 2);
  if (kind < 0.7) return word.slice(0, at) + word.slice(at + 1);
  return word.slice(0, at) + word[at] + word.slice(at);
}

function add(person, source, change = {}) {
  const p = { ...person, ...change };
  const [city, region, postcode] = p.place;
  const said = {
    given_name: p.given, family_name: p.family, full_name: source === "newsletter" ? `${p.family}, ${p.given}` : `${p.given} ${p.family}`,
    birth_date: source === "crm" ? p.born.replace(/(\d+)-(\d+)-(\d+)/, "$2/$3/$1") : p.born, email: source === "crm" ? p.email.replace(/^./, (c) => c.toUpperCase()) : p.email,
    phone: source === "shop" ? `(${p.phone.slice(2, 5)}) ${p.phone.slice(5, 8)}-${p.phone.slice(8)}` : source === "tickets" ? p.phone : p.phone.slice(2),
    street: p.street, city: source === "demographics" ? city.toUpperCase() : city, region, postcode, customer_id: p.card, gender: p.gender,
  };
  const key = { crm: () => `C-${10000 + records.length * 7}`, shop: () => `${40000 + records.length * 3}`, loyalty: () => p.card.slice(-6), tickets: () => `T${9000 + records.length}`,
    newsletter: () => `${300 + records.length}`, tills: () => `${p.card.slice(-4)}-${records.length}`, demographics: () => `d${records.length * 11}` }[source]();
  const row = {};
  const values = [];
  for (const [field, column] of Object.entries(COLUMNS[source])) {
    if (change.without?.includes(field) || ((person.id > 0 && random() < 0.06) && field !== "email")) continue;
    const original = said[field];
    row[column] = original;
    const push = (f, normal, from = original) => values.push({ field: f, normal, original: from, column });
    if (field === "full_name") {
      push("full_name", `${p.given} ${p.family}`.toLowerCase());
      push("given_name", p.given.toLowerCase());
      push("family_name", p.family.toLowerCase());
    } else if (field === "birth_date") push(field, p.born);
    else if (field === "phone") push(field, p.phone);
    else push(field, String(original).toLowerCase());
  }
  if (source === "crm") row.segment = pick(["B2C", "Gold", ""]);
  if (source === "tickets") Object.assign(row, { subject: pick(["Where is my parcel?", "Wrong size", "Refund"]), priority: pick(["low", "high"]) });
  if (source === "shop") Object.assign(row, { orders: 1 + Math.floor(random() * 30), "customer.newsletter": random() < 0.5 });
  position += 1 + Math.floor(random() * 40);
  const updated = source === "newsletter" ? null : new Date(NOW - Math.floor(random() * 900) * DAY).toISOString();
  records.push({ node_id: position, source, key, updated_at: updated, received_at: new Date(NOW - 3600000).toISOString(), row, values, truth: person.id });
}

function person(id, given, family) {
  const place = pick(CITIES);
  return {
    id, given, family, place, born: `19${55 + Math.floor(random() * 45)}-${String(1 + Math.floor(random() * 12)).padStart(2, "0")}-${String(1 + Math.floor(random() * 28)).padStart(2, "0")}`,
    email: `${given}.${family}@${pick(["example.org", "example.com", "mail.example.net"])}`.toLowerCase().normalize("NFKD").replace(/[^\w@.]/g, ""),
    phone: `+1${pick(["503", "208", "253"])}555${String(Math.floor(random() * 10000)).padStart(4, "0")}`, street: `${10 + Math.floor(random() * 900)} ${pick(STREETS)}`,
    card: `LC${String(10000000 + Math.floor(random() * 89999999))}`, gender: pick(["f", "m"]),
  };
}

/** The person of the pictures: seven records, a married name, a nickname, a move, a typo, a changed phone. */
function hero() {
  const kate = { ...person(0, "Katherine", "Moreau"), born: "1984-03-17", place: CITIES[0], street: "412 NW Lovejoy St", email: "katherine.moreau@example.org", phone: "+15035550142", gender: "f", card: "LC40217763" };
  add(kate, "crm", { email: "katherine.moreau@example.org" });
  add(kate, "shop", { given: "Kate" });
  add(kate, "loyalty", { email: "kate.moreau@mail.example.net" });
  add(kate, "tickets", { family: "Moraeu", phone: "+12085550187" });
  add(kate, "newsletter", { given: "Kate", email: "kate.moreau@mail.example.net" });
  add(kate, "tills");
  add(kate, "demographics", { family: "Castillo" });
  add({ ...kate, id: 1 }, "crm", { given: "Karl", born: "1979-11-02", email: "karl.moreau@example.com", phone: "+15035550199", gender: "m" });
}

hero();
const XSS = person(2, "<img src=x onerror=alert(1)>", "\"><script>window.__xss=1</script>");
XSS.email = "xss@example.org";
add(XSS, "crm");
add(XSS, "shop");
for (let id = 3; id < 260; id++) {
  const p = person(id, pick(GIVEN), pick(FAMILY));
  const times = 1 + Math.floor(random() * random() * 6);
  const sources = [...SOURCES].sort(() => random() - 0.5).slice(0, times);
  for (const source of sources) {
    const change = {};
    if (random() < 0.18) change.family = typo(p.family);
    if (random() < 0.2 && NICK[p.given]) change.given = NICK[p.given];
    if (random() < 0.1) change.place = pick(CITIES);
    if (random() < 0.1) change.email = `${p.given[0]}${p.family}@example.net`.toLowerCase().replace(/[^\w@.]/g, "");
    add(p, source.name, change);
  }
}

// ---- pairs, in the manner of the real model: levels with m and u, a rarity part, a prior ----

export const MODEL = {
  given_name: [["exact", 0.78, 0.021], ["nickname", 0.08, 0.0016], ["jaro_winkler_0.92", 0.06, 0.0024], ["jaro_winkler_0.80", 0.03, 0.02], ["different", 0.05, 0.955]],
  family_name: [["exact", 0.84, 0.0062], ["jaro_winkler_0.92", 0.09, 0.0018], ["jaro_winkler_0.80", 0.02, 0.012], ["different", 0.05, 0.98]],
  birth_date: [["exact", 0.9, 0.00011], ["day_month_swapped", 0.03, 0.0002], ["one_digit_off", 0.04, 0.0019], ["different", 0.03, 0.9978]],
  email: [["exact", 0.71, 0.000041], ["same_local_part", 0.07, 0.00031], ["similar", 0.06, 0.0012], ["different", 0.16, 0.9985]],
  phone: [["exact", 0.66, 0.00012], ["last_seven", 0.05, 0.0003], ["different", 0.29, 0.9996]],
  street: [["exact", 0.61, 0.0005], ["same_street", 0.08, 0.006], ["different", 0.31, 0.9935]],
  city: [["exact", 0.86, 0.17], ["different", 0.14, 0.83]],
  postcode: [["exact", 0.83, 0.16], ["different", 0.17, 0.84]],
  customer_id: [["exact", 0.97, 0.00002], ["different", 0.03, 0.99998]],
  gender: [["exact", 0.98, 0.5], ["different", 0.02, 0.5]],
};
const PRIOR = -11.4;

const seen = {};
for (const record of records) for (const value of record.values) {
  const table = (seen[value.field] ??= { total: 0, of: {} });
  table.total++;
  table.of[value.normal] = (table.of[value.normal] ?? 0) + 1;
}

function alike(a, b) {
  const bag = (text) => new Set(Array.from({ length: text.length - 1 }, (_, i) => text.slice(i, i + 2)));
  const [x, y] = [bag(a), bag(b)];
  let both = 0;
  for (const two of x) if (y.has(two)) both++;
  return (2 * both) / (x.size + y.size || 1);
}
const nick = new Set(Object.entries(NICK).flatMap(([a, b]) => [`${a}|${b}`, `${b}|${a}`].map((t) => t.toLowerCase())));

function level(field, a, b) {
  if (a === b) return "exact";
  const has = (name) => MODEL[field].some(([l]) => l === name);
  const s = alike(a, b);
  if (has("nickname") && nick.has(`${a}|${b}`)) return "nickname";
  if (has("jaro_winkler_0.92") && s > 0.55) return "jaro_winkler_0.92";
  if (has("jaro_winkler_0.80") && s > 0.35) return "jaro_winkler_0.80";
  if (has("same_local_part") && a.split("@")[0] === b.split("@")[0]) return "same_local_part";
  if (has("similar") && s > 0.6) return "similar";
  if (has("same_street") && a.replace(/^\d+ /, "") === b.replace(/^\d+ /, "")) return "same_street";
  return "different";
}

export function explain(a, b) {
  const fields = [];
  for (const [field, levels] of Object.entries(MODEL)) {
    const side = (record) => record.values.find((value) => value.field === field);
    const [left, right] = [side(a), side(b)];
    if (!left || !right) {
      fields.push({ field, label: field.replaceAll("_", " "), left: left?.normal ?? null, right: right?.normal ?? null, level: "missing", m: null, u: null, weight_bits: 0, term_frequency_bits: 0 });
      continue;
    }
    const name = level(field, left.normal, right.normal);
    const [, m, u] = levels.find(([l]) => l === name);
    const share = seen[field].of[left.normal] / seen[field].total;
    const rarity = name === "exact" && ["given_name", "family_name", "city"].includes(field) ? Math.max(-3, Math.min(3, Math.log2(u / share) * 0.8)) : 0;
    fields.push({ field, label: field.replaceAll("_", " "), left: left.normal, right: right.normal, level: name, m, u, weight_bits: Math.log2(m / u) + rarity, term_frequency_bits: rarity });
  }
  const weight_bits = fields.reduce((sum, f) => sum + f.weight_bits, PRIOR);
  return { a: bare(a), b: bare(b), prior_bits: PRIOR, fields, weight_bits, probability: 1 / (1 + 2 ** -weight_bits) };
}
export const bare = ({ truth, ...record }) => record;

// ---- clusters: average linkage within each invented person (and the hero's household) ----

export const components = [];
{
  const groups = new Map();
  for (const record of records) {
    const id = record.truth === 1 ? 0 : record.truth;
    groups.set(id, [...(groups.get(id) ?? []), record]);
  }
  for (const members of groups.values()) components.push(cluster(members));
}

function cluster(members) {
  const links = [];
  for (let i = 0; i < members.length; i++) for (let j = i + 1; j < members.length; j++) {
    const { weight_bits, probability } = explain(members[i], members[j]);
    if (weight_bits > -6) links.push({ a: members[i].node_id, b: members[j].node_id, weight: weight_bits, probability });
  }
  const weight = new Map(links.map((l) => [`${l.a} ${l.b}`, l.weight]));
  const between = (x, y) => {
    let sum = 0;
    for (const a of x) for (const b of y) sum += Math.min(14, weight.get(`${a} ${b}`) ?? weight.get(`${b} ${a}`) ?? -2);
    return sum / (x.length * y.length);
  };
  let groups = members.map((m) => [m.node_id]);
  const merges = [];
  let ceiling = Infinity;
  while (groups.length > 1) {
    let best = null;
    for (let i = 0; i < groups.length; i++) for (let j = i + 1; j < groups.length; j++) {
      const w = between(groups[i], groups[j]);
      if (!best || w > best.w) best = { i, j, w };
    }
    ceiling = Math.min(ceiling, best.w);
    const confidence = 1 / (1 + 2 ** -ceiling);
    if (confidence < 0.3) break;
    const [x, y] = [groups[best.i], groups[best.j]];
    merges.push({ a: Math.min(...x), b: Math.min(...y), confidence });
    groups = groups.filter((_, k) => k !== best.i && k !== best.j).concat([[...x, ...y]]);
  }
  return { members, links, merges };
}

const CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz";
export function profileId(node) {
  let text = "";
  for (let v = BigInt(node), i = 0; i < 13; i++, v >>= 5n) text = CROCKFORD[Number(v & 31n)] + text;
  return `p${text}`;
}

/** The groups of a component at a confidence. */
export function cut(component, confidence) {
  const of = new Map(component.members.map((m) => [m.node_id, [m.node_id]]));
  for (const merge of component.merges) {
    if (merge.confidence < confidence) continue;
    const [x, y] = [of.get(merge.a), of.get(merge.b)];
    if (x === y) continue;
    const both = [...x, ...y];
    for (const node of both) of.set(node, both);
  }
  return [...new Set(of.values())].map((nodes) => nodes.sort((a, b) => a - b));
}
export const columnsOf = COLUMNS;
export const now = NOW;
export const lastPosition = () => position;
