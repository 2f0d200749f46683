// How arrivals reach the page: the one place that knows. It asks once, then follows the server's stream; while there is none, it
// asks each second. Both go by positions of the log, so nothing is missed or shown twice where one takes over from the other.

import { api, type ApiError } from "../api/client";
import type { EventOf } from "../api/events";
import { exact } from "./exact";
import { repeat } from "./repeat";
import { follow, type Sent } from "./sse";

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

/** `stream`: the server says it; `asking`: it is asked, since no stream opens. */
export type Way = "stream" | "asking";

export interface Hears {
  take: (batch: Batch) => void;
  failed: (error: ApiError | null) => void;
  by: (way: Way) => void;
}

/** Begins with the last events, goes on with what comes. Returns what ends it. */
export type Feed = (hears: Hears) => () => void;

const EVERY_MS = 1_000;
/** The page keeps no more, so no more is read at once. */
const MOST = 500;
/** The server sends the newest so many of each quarter of a second. Measured: at 3,000 events/s a busy two-core machine draws 50 frames/s. */
const AT_ONCE = 200;
/** What comes together is shown together. */
const TOGETHER_MS = 100;

export const arrivals: Feed = ({ take, failed, by }) => {
  /** Up to where everything was taken. */
  let position: number | undefined;
  let streamed = false;
  let unfollow: (() => void) | undefined;

  const taken = (events: EventOf[], next: number, skipped: number) => {
    const last = position;
    position = Math.max(next, last ?? 0);
    take({ events: last === undefined ? events : events.filter((event) => event.position > last), position, skipped, first: last === undefined });
  };

  let behind = false;
  const ask = async (signal: AbortSignal) => {
    if (streamed) return;
    const { events, next } = await api.arrivals({ after: behind ? undefined : position, limit: MOST }, signal);
    if (signal.aborted) return;
    const last = position;
    const [first] = events;
    const skipped = behind && last !== undefined && first ? Math.max(0, first.position - last - 1) : 0;
    // A full page: there may be more than can be caught up with. The next question is for the last ones again.
    behind = last !== undefined && !behind && next - last >= MOST;
    taken(events, next, skipped);
    unfollow ??= stream();
  };
  const asking = repeat(ask, EVERY_MS, (error) => !streamed && failed(error));

  const stream = () => {
    let waiting: Sent[] = [];
    let passed = 0;
    let planned = false;
    let ended = false;
    const show = () => {
      planned = false;
      if (ended || (waiting.length === 0 && passed === 0)) return;
      const events = waiting.map((sent) => exact<EventOf>(sent.data));
      const skipped = passed;
      [waiting, passed] = [[], 0];
      taken(events, events.at(-1)?.position ?? 0, skipped);
    };
    const end = follow({
      path: () => `/stream?after=${position ?? 0}&most=${AT_ONCE}`,
      take: (sent) => {
        if (sent.event === "passed") passed += (JSON.parse(sent.data) as { count: number }).count;
        else if (sent.event === "arrival") waiting.push(sent);
        if (waiting.length > MOST) passed += waiting.splice(0, waiting.length - MOST).length;
        if (planned) return;
        planned = true;
        // No sooner than what was shown before is drawn: a slow machine shows less often, and goes on answering.
        setTimeout(() => requestAnimationFrame(show), TOGETHER_MS);
      },
      told: (open) => {
        show();
        if (open === streamed) return;
        streamed = open;
        behind = false;
        by(open ? "stream" : "asking");
        if (open) failed(null);
        else asking.now();
      },
    });
    return () => {
      ended = true;
      end();
    };
  };

  return () => {
    unfollow?.();
    asking.stop();
  };
};
