// A shop's day for looking at the pages: visitors who read, log in, buy, send back and ask, from a site, an app and a desk.
// KITH_COLLECT=http://127.0.0.1:7778 KITH_WRITE_KEYS=wk_web,wk_app,wk_desk RATE=300 SECONDS=60 node dev/load.mjs

const COLLECT = process.env.KITH_COLLECT ?? "http://127.0.0.1:7778";
const KEYS = (process.env.KITH_WRITE_KEYS ?? "wk_web").split(",");
const RATE = Number(process.env.RATE ?? 300);
const SECONDS = Number(process.env.SECONDS ?? 60);
const PEOPLE = Number(process.env.PEOPLE ?? 400);
const EVERY_MS = 100;

const any = (list) => list[Math.floor(Math.random() * list.length)];
const CAME = ["?utm_source=newsletter&utm_medium=email&utm_campaign=spring", "?gclid=x1", "?utm_source=instagram&utm_medium=paid_social&utm_campaign=autumn", "", "", ""];
const AGENTS = [
  "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
  "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
];
const PLACES = [["AT", "Steiermark", "Graz"], ["AT", "Wien", "Wien"], ["DE", "Bayern", "München"], ["CH", "Zürich", "Zürich"]];

const FIRST = ["Ada", "Grace", "Alan", "Edith", "Oskar", "Yusuf", "Mei", "Ingrid", "Tomás", "Leila", "Bogdan", "Noor", "Sven", "Amara", "Kenji", "Olga"];
const SYLLABLES = ["ber", "lin", "mar", "kov", "sto", "fen", "gar", "wal", "dor", "hei", "rus", "tav", "zel", "pik", "nor", "qui"];
const lastOf = (n) => [n, n >> 3, n * 7, n >> 5].map((i) => SYLLABLES[i % SYLLABLES.length]).join("").replace(/^./, (letter) => letter.toUpperCase());
const RUN = Date.now().toString(36);

let orders = 0;
function event() {
  const n = Math.floor(Math.random() * PEOPLE);
  const [country, region, city] = PLACES[n % PLACES.length];
  const who = Math.random() < 0.6 ? { userId: `${RUN}-${n}`, anonymousId: `visitor-${RUN}-${n}` } : { anonymousId: `visitor-${RUN}-${n}` };
  const context = { userAgent: AGENTS[n % AGENTS.length], page: { url: `https://shop.example.com/${any(["lamps", "chairs", "desks"])}${any(CAME)}` }, location: { country, region, city } };
  const total = Math.round(Math.random() * 20_000) / 100;
  const roll = Math.random();
  if (roll < 0.45) return [0, { type: "page", ...who, context, name: any(["Home", "Lamps", "Chairs", "Checkout", "Imprint"]) }];
  if (roll < 0.7) return [0, { type: "track", ...who, context, event: "Product Viewed", properties: { sku: `LAMP-${n % 50}`, price: total, currency: "EUR" } }];
  if (roll < 0.78) return [1, { type: "screen", ...who, context: { ...context, app: { name: "Shop", version: "4.2.0" }, device: { type: "ios", model: "iPhone15,2" }, os: { name: "iOS", version: "17.4" } }, name: any(["Basket", "Wishlist"]) }];
  if (roll < 0.86) return [0, { type: "track", ...who, context, event: "Order Completed", properties: { order_id: `O-${n}-${orders++ % 7}`, total: Math.random() < 0.1 ? `${total}` : total, currency: "EUR", ...(Math.random() < 0.1 && { coupon: "SPRING" }) } }];
  if (roll < 0.9) return [0, { type: "track", ...who, context, event: "Order Refunded", properties: { order_id: `O-${n}-${orders % 7}`, total: total / 4 } }];
  if (roll < 0.94) return [KEYS.length - 1, { type: "track", userId: `${RUN}-${n}`, event: any(["Ticket Created", "Ticket Solved"]), properties: { ticket_id: n % 90, subject: any(["Where is it?", "It is broken", "An invoice, please"]) } }];
  if (roll < 0.97) return [0, { type: "identify", userId: `${RUN}-${n}`, anonymousId: `visitor-${RUN}-${n}`, traits: { email: `${lastOf(n).toLowerCase()}.${n}@example.org`, firstName: FIRST[n % FIRST.length], lastName: lastOf(n), city } }];
  if (roll < 0.985) return [0, { type: "track", event: "Nobody", properties: { total } }];
  return [0, { type: "track", ...who, event: any(["", "Ordr Completed"]), properties: { total } }];
}

async function send(key, batch) {
  const headers = { authorization: `Basic ${btoa(`${key}:`)}`, "content-type": "application/json" };
  const answer = await fetch(`${COLLECT}/v1/batch`, { method: "POST", headers, body: JSON.stringify({ batch }) });
  if (!answer.ok) console.error(answer.status, await answer.text());
}

console.log(`users are ${RUN}-0 to ${RUN}-${PEOPLE - 1}`);
const ends = Date.now() + SECONDS * 1000;
let sent = 0;
const began = Date.now();
while (Date.now() < ends) {
  const due = Math.floor(((Date.now() - began) / 1000) * RATE) - sent;
  const batches = KEYS.map(() => []);
  for (let i = 0; i < due; i++) {
    const [source, one] = event();
    batches[Math.min(source, KEYS.length - 1)].push(one);
  }
  sent += due;
  await Promise.all(batches.flatMap((batch, i) => (batch.length > 0 ? Array.from({ length: Math.ceil(batch.length / 200) }, (_, k) => send(KEYS[i], batch.slice(k * 200, (k + 1) * 200))) : [])));
  await new Promise((done) => setTimeout(done, EVERY_MS));
}
console.log(`run ${RUN}: ${sent} events in ${SECONDS} s`);
