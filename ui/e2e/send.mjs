// Events for the tests, sent as a site would send them: to the collection port, with a source's write key.

import { ask } from "./browser.mjs";

export const COLLECT = (process.env.KITH_COLLECT ?? "").replace(/\/+$/, "");
export const KEY = process.env.KITH_WRITE_KEY ?? "";
/** Every id that a test invents ends in this, so that the tests can run again on the same data. */
export const RUN = Date.now().toString(36);

/** Sends one call, or a raw text; the position that it has in the log of events. */
export async function sendEvent(call, body, key = KEY) {
  if (!COLLECT || !key) throw new Error("set KITH_COLLECT and KITH_WRITE_KEY: the collection port of `kith serve` and the write key of a source of events");
  const headers = { authorization: `Basic ${btoa(`${key}:`)}`, "content-type": "application/json" };
  const response = await fetch(`${COLLECT}/v1/${call}`, { method: "POST", headers, body: typeof body === "string" ? body : JSON.stringify(body) });
  if (!response.ok) throw new Error(`${call}: ${response.status} ${await response.text()}`);
  return Number(response.headers.get("kith-position"));
}

export const track = (userId, event, properties = {}, more = {}, key = KEY) => sendEvent("track", { userId, event, properties, ...more }, key);

/** The profile of a user, once all that was sent is in it. */
export const profileOf = (userId, position) => ask(`/profiles/user_id:${userId}?position=${position}`);
