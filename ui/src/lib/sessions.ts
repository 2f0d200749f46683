// A timeline cut into days and sessions: events that lie at most thirty minutes apart are one visit.

import type { EventOf } from "../api/events";

export const GAP_MS = 30 * 60_000;

export interface Session {
  /** Newest first, as the events are. */
  events: EventOf[];
  from: string;
  to: string;
  sources: string[];
}
export interface DayOf {
  /** `2026-11-22`, UTC. */
  day: string;
  sessions: Session[];
}

/** `events`: newest first. A session belongs to the day on which it ends. */
export function days(events: EventOf[]): DayOf[] {
  const all: DayOf[] = [];
  let last: EventOf | null = null;
  for (const event of events) {
    const apart = last ? Date.parse(last.timestamp) - Date.parse(event.timestamp) : Infinity;
    const session = all.at(-1)?.sessions.at(-1);
    last = event;
    if (apart <= GAP_MS && session) {
      session.events.push(event);
      session.from = event.timestamp;
      if (!session.sources.includes(event.source)) session.sources.push(event.source);
      continue;
    }
    const day = event.timestamp.slice(0, 10);
    const begun = { events: [event], from: event.timestamp, to: event.timestamp, sources: [event.source] };
    if (all.at(-1)?.day === day) all.at(-1)?.sessions.push(begun);
    else all.push({ day, sessions: [begun] });
  }
  return all;
}
