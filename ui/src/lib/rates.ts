// How fast events come, by source: two counts and the time between them.

import { useEffect, useState } from "react";
import { api } from "../api/client";
import type { EventCounts } from "../api/events";
import { usePoll, type Polled } from "./repeat";

const EVERY_MS = 2_000;
const MINUTE_MS = 60_000;

export interface Sample {
  at: number;
  received: Map<string, number>;
}
export interface Rate {
  /** Events a second between the last two counts; null until there are two. */
  now: number | null;
  minute: number | null;
  /** How many seconds the slower figure looks back: 60, once there are so many. */
  seconds: number;
  /** One figure for each two counts, oldest first. */
  past: number[];
}

export function useCounts(wanted = true): { counts: Polled<EventCounts>; samples: Sample[] } {
  const counts = usePoll(wanted ? "counts" : null, (signal) => api.eventCounts(signal), EVERY_MS);
  const [samples, setSamples] = useState<Sample[]>([]);
  const { data, at } = counts;
  useEffect(() => {
    if (!data) return;
    const sample = { at, received: new Map(data.sources.map((one) => [one.source, one.received])) };
    setSamples((before) => [...before.filter((one) => at - one.at <= MINUTE_MS + EVERY_MS), sample]);
  }, [data, at]);
  return { counts, samples };
}

export function rateOf(source: string, samples: Sample[]): Rate {
  const between = (a: Sample | undefined, b: Sample | undefined) =>
    a && b && b.at > a.at ? Math.max(0, (b.received.get(source) ?? 0) - (a.received.get(source) ?? 0)) / ((b.at - a.at) / 1000) : null;
  const last = samples.at(-1);
  const past = samples.slice(1).map((sample, i) => between(samples[i], sample) ?? 0);
  const seconds = last && samples[0] ? Math.min(60, Math.round((last.at - samples[0].at) / 1000)) : 0;
  return { now: between(samples.at(-2), last), minute: between(samples[0], last), seconds, past };
}

/** 0, 0.3, 12, 1,804. */
export const perSecond = (rate: number | null): string =>
  rate === null ? "–" : rate > 0 && rate < 10 ? Math.max(0.1, rate).toFixed(1) : new Intl.NumberFormat("en", { maximumFractionDigits: 0 }).format(rate);
