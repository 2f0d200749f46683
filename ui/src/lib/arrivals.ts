// The live list: the newest events that were chosen, at most 500 of them. While it is held, what comes waits, and is counted.

import { useEffect, useReducer } from "react";
import type { ApiError } from "../api/client";
import type { EventOf } from "../api/events";
import { arrivals, type Batch, type Way } from "./feed";

export const KEPT = 500;

export interface Wanted {
  source: string;
  call: string;
  name: string;
}

export interface Arrived {
  /** Newest first. */
  events: EventOf[];
  /** Came while held, newest first; `waits` counts also those that are kept no more. */
  waiting: EventOf[];
  waits: number;
  skipped: number;
  /** Null until the first answer. */
  position: number | null;
  error: ApiError | null;
  held: boolean;
  way: Way;
}

type Step =
  | { do: "take"; batch: Batch; wanted: Wanted }
  | { do: "choose"; wanted: Wanted }
  | { do: "hold"; held: boolean }
  | { do: "fail"; error: ApiError | null }
  | { do: "come"; way: Way };

const EMPTY: Arrived = { events: [], waiting: [], waits: 0, skipped: 0, position: null, error: null, held: false, way: "asking" };

export const isWanted = (event: EventOf, { source, call, name }: Wanted): boolean =>
  (!source || event.source === source) && (!call || event.call === call) && (!name || event.name === name);

/** Each event once, newest first. */
function joined(fresh: EventOf[], known: EventOf[]): EventOf[] {
  const newest = known[0]?.position ?? 0;
  const oldest = fresh.at(-1)?.position ?? Infinity;
  if (oldest > newest) return [...fresh, ...known].slice(0, KEPT);
  const all = new Map([...known, ...fresh].map((event) => [event.position, event]));
  return [...all.values()].sort((a, b) => b.position - a.position).slice(0, KEPT);
}

function next(state: Arrived, step: Step): Arrived {
  if (step.do === "fail") return step.error === state.error ? state : { ...state, error: step.error };
  if (step.do === "come") return { ...state, way: step.way };
  if (step.do === "choose") {
    const chosen = (events: EventOf[]) => events.filter((event) => isWanted(event, step.wanted));
    return { ...state, events: chosen(joined(state.waiting, state.events)), waiting: [], waits: 0 };
  }
  if (step.do === "hold") {
    if (step.held) return { ...state, held: true };
    return { ...state, held: false, events: joined(state.waiting, state.events), waiting: [], waits: 0 };
  }
  const { batch, wanted } = step;
  const fresh = batch.events.filter((event) => isWanted(event, wanted)).reverse();
  const now = { ...state, position: batch.position, skipped: state.skipped + batch.skipped };
  if (fresh.length === 0) return now;
  if (state.held && !batch.first) return { ...now, waiting: joined(fresh, state.waiting), waits: state.waits + fresh.length };
  return { ...now, events: joined(fresh, state.events) };
}

export function useArrivals(wanted: Wanted, held: boolean): Arrived {
  const [state, step] = useReducer(next, EMPTY);
  const { source, call, name } = wanted;
  useEffect(() => {
    const chosen = { source, call, name };
    step({ do: "choose", wanted: chosen });
    return arrivals({
      take: (batch) => step({ do: "take", batch, wanted: chosen }),
      failed: (error) => step({ do: "fail", error }),
      by: (way) => step({ do: "come", way }),
    });
  }, [source, call, name]);
  useEffect(() => step({ do: "hold", held }), [held]);
  return state;
}
