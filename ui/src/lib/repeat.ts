// To ask again and again: one request at a time, none while the tab is hidden, and slower while the server does not answer.

import { useEffect, useRef, useState } from "react";
import type { ApiError } from "../api/client";
import { asApiError } from "./load";

const SLOWEST_MS = 10_000;

export interface Repeated {
  stop: () => void;
  /** Once more at once, or as soon as the one that runs has ended. */
  now: () => void;
}

/** Runs `work` now and every `everyMs`, measured from its start. `failed` hears of each fault, and null when it is over. */
export function repeat(work: (signal: AbortSignal) => Promise<void>, everyMs: number, failed: (error: ApiError | null) => void): Repeated {
  const abort = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let faults = 0;
  let running = false;
  let again = false;
  const turn = async () => {
    clearTimeout(timer);
    timer = undefined;
    if (document.hidden || running || abort.signal.aborted) return;
    running = true;
    again = false;
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
    timer = setTimeout(turn, again && faults === 0 ? 0 : Math.max(0, wait - (performance.now() - began)));
  };
  const seen = () => {
    if (!document.hidden && timer === undefined) void turn();
  };
  document.addEventListener("visibilitychange", seen);
  void turn();
  return {
    stop: () => {
      abort.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    },
    now: () => {
      if (running) again = true;
      else void turn();
    },
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

/** The newest answer, asked every `everyMs` and whenever `news` is another one. `key === null`: nothing to ask. Data of an earlier key stay until the first answer. */
export function usePoll<T>(key: string | null, load: (signal: AbortSignal) => Promise<T>, everyMs: number, news = 0): Polled<T> {
  const [state, setState] = useState<Omit<Polled<T>, "again">>({ data: null, error: null, at: 0 });
  const [turn, setTurn] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  const asking = useRef<Repeated | null>(null);
  useEffect(() => {
    if (key === null) return;
    const work = async (signal: AbortSignal) => {
      const data = await latest.current(signal);
      if (!signal.aborted) setState({ data, error: null, at: performance.now() });
    };
    asking.current = repeat(work, everyMs, (error) => error && setState((before) => ({ ...before, error })));
    return () => asking.current?.stop();
  }, [key, everyMs, turn]);
  useEffect(() => {
    if (news > 0) asking.current?.now();
  }, [news]);
  return { ...state, again: () => setTurn((n) => n + 1) };
}
