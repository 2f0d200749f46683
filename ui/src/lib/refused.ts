// The refused events of one cause, newest first, page by page. A server that can not choose by cause is read through.

import { api } from "../api/client";
import type { RefusedEvent, RefusedWanted } from "../api/events";
import { offers } from "../api/offers";

const ROUTE = "/events/refused";
const SHOWN = 20;
const READ = 500;
const READS_MOST = 10;

export interface RefusedPage {
  events: RefusedEvent[];
  /** Give this as `before` for the next page; null: this was the last one. */
  next: number | null;
  /** So many were looked through and the rest was not. */
  gaveUp: boolean;
}

/** The cause as the server takes it: only what it says. */
export const wantedOf = ({ source, code, name, field }: RefusedWanted): RefusedWanted => ({ source, code, ...(name && { name }), ...(field && { field }) });

export async function refusedOf(cause: RefusedWanted, before: number | undefined, signal: AbortSignal): Promise<RefusedPage> {
  const can = await offers();
  if (["source", "code"].every((name) => can.parameter(ROUTE, name))) {
    const events = await api.refusedEvents({ ...wantedOf(cause), before, limit: SHOWN }, signal);
    return { events, next: events.length === SHOWN ? (events.at(-1)?.position ?? null) : null, gaveUp: false };
  }
  const found: RefusedEvent[] = [];
  for (let reads = 0; reads < READS_MOST; reads++) {
    const page = await api.refusedEvents({ before, limit: READ }, signal);
    for (const event of page) {
      if (event.source === cause.source && event.code === cause.code) found.push(event);
      if (found.length === SHOWN) return { events: found, next: event.position, gaveUp: false };
    }
    before = page.at(-1)?.position;
    if (page.length < READ || before === undefined) return { events: found, next: null, gaveUp: false };
  }
  return { events: found, next: before ?? null, gaveUp: true };
}
