// How arrivals reach the page: the one place that knows. Today it asks once a second; a stream from the server can stand here
// instead, as another `Feed`.

import { api, type ApiError } from "../api/client";
import type { EventOf } from "../api/events";
import { repeat } from "./repeat";

export interface Batch {
  /** In order of arrival. */
  events: EventOf[];
  /** Up to which position of the log of events. */
  position: number;
  /** Entries of the log that were passed over, since more came than a person can read. */
  skipped: number;
  /** The last events of before, which are no news. */
  first: boolean;
}

/** Begins with the last events, goes on with what comes. Returns what ends it. */
export type Feed = (take: (batch: Batch) => void, failed: (error: ApiError | null) => void) => () => void;

const EVERY_MS = 1_000;
const MOST = 500;

export const arrivals: Feed = (take, failed) => {
  let after: number | undefined;
  let behind = false;
  const ask = async (signal: AbortSignal) => {
    const { events, next } = await api.arrivals({ after: behind ? undefined : after, limit: MOST }, signal);
    if (signal.aborted) return;
    const last = after;
    const [first] = events;
    const skipped = behind && last !== undefined && first ? Math.max(0, first.position - last - 1) : 0;
    // A full page: there may be more than can be caught up with. The next question is for the last ones again.
    behind = last !== undefined && !behind && next - last >= MOST;
    after = Math.max(next, last ?? 0);
    take({ events: last === undefined ? events : events.filter((event) => event.position > last), position: after, skipped, first: last === undefined });
  };
  return repeat(ask, EVERY_MS, failed);
};
