// What the drivers in JavaScript share: the arguments, the story of story.py, and the account of what was sent.
//   node DRIVER.mjs BASE_URL WRITE_KEY PEOPLE [PAUSE_MS]

import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";

export function args(client) {
  const [url, key, count, pause] = process.argv.slice(2);
  if (!count) throw new Error("usage: BASE_URL WRITE_KEY PEOPLE [PAUSE_MS]");
  const story = execFileSync(process.env.PYTHON ?? "python3", [new URL("../story.py", import.meta.url).pathname, client, count], { maxBuffer: 1 << 28 });
  return { url: url.replace(/\/+$/, ""), key, people: JSON.parse(story), pause: () => sleep(Number(pause ?? 0)) };
}

/** The version that is installed, from the package's own manifest. */
export function version(name) {
  const require = createRequire(import.meta.url);
  for (const folder of require.resolve.paths(name)) {
    try {
      return require(`${folder}/${name}/package.json`).version;
    } catch {
      /* not in this folder */
    }
  }
  throw new Error(`${name} is not installed: npm ci`);
}

/** In kill mode: small batches, so that a request is always under way. */
export const BUSY = Boolean(process.env.BUSY);

export const keyOf = (call) => [call.call, call.name].filter(Boolean).join(" ");
const cents = (call) => (keyOf(call) === "track Order Completed" ? Math.round(call.properties.total * 100) : 0);
const money = (amount) => (amount / 100).toFixed(2);

/** Which calls were made, and which of them the SDK never reported as delivered. */
export class Outcome {
  constructor(client, name) {
    Object.assign(this, { client, version: version(name), people: [], calls: {}, unconfirmed: 0, cents: 0, errors: [] });
  }
  person({ user_id, anonymous_id, previous_id }) {
    this.people.push({ user_id, anonymous_id, previous_id, sent: {}, unconfirmed: {}, cents: 0 });
    return this.people.at(-1);
  }
  sent(row, call) {
    this.calls[call.call] = (this.calls[call.call] ?? 0) + 1;
    row.sent[keyOf(call)] = (row.sent[keyOf(call)] ?? 0) + 1;
    row.cents += cents(call);
    this.cents += cents(call);
  }
  lost(row, call, error) {
    this.unconfirmed++;
    row.unconfirmed[keyOf(call)] = (row.unconfirmed[keyOf(call)] ?? 0) + 1;
    this.errors.push(String(error?.message ?? error).slice(0, 300));
  }
  print() {
    const { client, version, calls, unconfirmed, errors } = this;
    const people = this.people.map(({ cents, ...row }) => ({ ...row, total: money(cents) }));
    const events = Object.values(calls).reduce((sum, n) => sum + n, 0);
    console.log(JSON.stringify({ client, version, calls, events, unconfirmed, total: money(this.cents), errors: errors.slice(0, 5), people }));
  }
}
