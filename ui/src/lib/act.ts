// One way to act: `useAct()` runs one change at a time, and keeps its error until the next one.

import { useRef, useState } from "react";
import { ApiError } from "../api/client";

export interface Act {
  busy: boolean;
  error: ApiError | null;
  /** Runs it, unless another runs already; its answer, or null where it failed. */
  run: <T>(act: () => Promise<T>) => Promise<T | null>;
  clear: () => void;
}

export function useAct(): Act {
  const [state, setState] = useState<{ busy: boolean; error: ApiError | null }>({ busy: false, error: null });
  const running = useRef(false);
  const run = async <T>(act: () => Promise<T>): Promise<T | null> => {
    if (running.current) return null;
    running.current = true;
    setState({ busy: true, error: null });
    try {
      const answer = await act();
      setState({ busy: false, error: null });
      return answer;
    } catch (cause) {
      const error = cause instanceof ApiError ? cause : new ApiError(0, "K-UI-ANSWER", "The answer could not be read.", cause instanceof Error ? cause.message : "");
      setState({ busy: false, error });
      return null;
    } finally {
      running.current = false;
    }
  };
  return { ...state, run, clear: () => setState({ busy: false, error: null }) };
}
