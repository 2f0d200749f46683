// Which sources bring events as they happen, and how those that follow a stream stand.

import { api } from "../api/client";
import type { SourceOf } from "../api/types";
import { usePoll } from "./repeat";

const EVERY_MS = 2_000;

export const takesEvents = (source: SourceOf): boolean => ["events", "nats", "kafka"].includes(source.kind);

/** The same sources as they stand now: asked again and again while one of them follows a stream. */
export function useStanding(sources: SourceOf[]): SourceOf[] {
  const streams = sources.some((source) => source.stream);
  const { data } = usePoll(streams ? "streams" : null, (signal) => api.sources(signal), EVERY_MS);
  return sources.map((source) => data?.find((one) => one.name === source.name) ?? source);
}
