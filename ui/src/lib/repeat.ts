// To ask again and again: one request at a time, none while the tab is hidden, and slower while the server does not answer.

import { useEffect, useRef, useState } from "react";
import type { ApiError } from "../api/client";
import { asApiError } from "./load";

const SLOWEST_MS = 10_000;

/** Runs `work` now and every `everyMs`, measured from its start. `failed` hears of each fault, and null when it is over. Ends when called. */
export function repeat(work: (signal: AbortSignal) => Promise<void>, everyMs: number, failed: (error: ApiError | null) => void): () => void {
  const abort = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let faults = 0;
  let running = false;
  const turn = async () => {
    timer = undefined;
    if (document.hidden || running) return;
    running = true;
    const began = performance.now();
    try {
      await work(abort.signal);
      faults = 0;
    } catch (cause) {
      if (abort.signal.aborted) return;
      faults += 1;
      failed(asApiError(cause));
    }
    running = false;
    if (abort.signal.aborted) return;
    if (faults === 0) failed(null);
    const wait = Math.min(SLOWEST_MS, everyMs * 2 ** Math.min(faults, 8));
    timer = setTimeout(turn, Math.max(0, wait - (performance.now() - began)));
  };
  const seen = () => {
    if (!document.hidden && timer === undefined) void turn();
  };
  document.addEventListener("visibilitychange", seen);
  void turn();
  return () => {
    abort.abort();
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", seen);
  };
}

export interface Polled<T> {
  data: T | null;
  /** The last try failed; the data are those of before. */
  error: ApiError | null;
  /** When the data came, milliseconds of the page's clock. */
  at: number;
  again: () => void;
}

/** The newest answer, asked every `everyMs`. `key === null`: nothing to ask. Data of an earlier key stay until the first answer. */
export function usePoll<T>(key: string | null, load: (signal: AbortSignal) => Promise<T>, everyMs: number): Polled<T> {
  const [state, setState] = useState<Omit<Polled<T>, "again">>({ data: null, error: null, at: 0 });
  const [turn, setTurn] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    if (key === null) return;
    const work = async (signal: AbortSignal) => {
      const data = await latest.current(signal);
      if (!signal.aborted) setState({ data, error: null, at: performance.now() });
    };
    return repeat(work, everyMs, (error) => error && setState((before) => ({ ...before, error })));
  }, [key, everyMs, turn]);
  return { ...state, again: () => setTurn((n) => n + 1) };
}
