// One way to load: `useLoad(key, load)` gives loading, error or data; a newer key aborts the older request, and the old
// data stay visible (`stale`) until the new ones have come.

import { useCallback, useEffect, useRef, useState } from "react";
import { ApiError } from "../api/client";

export interface Loaded<T> {
  data: T | null;
  error: ApiError | null;
  loading: boolean;
  /** Data of an earlier key are shown while the new ones are on their way. */
  stale: boolean;
  reload: () => void;
  /** Asks again while the data stay as they are, also where the new answer fails. */
  refresh: () => void;
}

/** `key === null`: nothing to load. */
export function useLoad<T>(key: string | null, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ key: string | null; data: T | null; error: ApiError | null }>({ key: null, data: null, error: null });
  const [turn, setTurn] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  const quiet = useRef(false);
  useEffect(() => {
    if (key === null) return setState({ key: null, data: null, error: null });
    const abort = new AbortController();
    const keep = quiet.current;
    quiet.current = false;
    latest.current(abort.signal).then(
      (data) => !abort.signal.aborted && setState({ key, data, error: null }),
      (cause: unknown) => !abort.signal.aborted && !keep && setState({ key, data: null, error: asApiError(cause) }),
    );
    return () => abort.abort();
  }, [key, turn]);
  const settled = state.key === key;
  const reload = useCallback(() => {
    setState({ key: null, data: null, error: null });
    setTurn((n) => n + 1);
  }, []);
  const refresh = useCallback(() => {
    quiet.current = true;
    setTurn((n) => n + 1);
  }, []);
  return {
    data: key === null ? null : state.data,
    error: settled ? state.error : null,
    loading: key !== null && !settled,
    stale: !settled && state.data !== null,
    reload,
    refresh,
  };
}

export function asApiError(cause: unknown): ApiError {
  if (cause instanceof ApiError) return cause;
  return new ApiError(0, "K-UI-ANSWER", "The answer could not be read.", cause instanceof Error ? cause.message : "");
}
