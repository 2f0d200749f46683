// Single keys that act, with their legend. They rest while one types, and can be switched off: speech input and slips of
// the hand press keys too.

import { useEffect, useRef, useState } from "react";

export interface Key {
  key: string;
  /** How the legend writes it, where not as `key`. */
  shown?: string;
  does: string;
  run: () => void;
}
export interface KeySet {
  keys: Key[];
  on: boolean;
  setOn: (on: boolean) => void;
}

const TYPED_IN = "input:not([type=radio]):not([type=checkbox]), textarea, select";

export function useKeys(keys: Key[]): KeySet {
  const [on, setOn] = useState(true);
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    if (!on) return;
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      if ((event.target as HTMLElement | null)?.closest?.(TYPED_IN)) return;
      // A scrolled table keeps its own arrows.
      if (event.key.startsWith("Arrow") && (event.target as HTMLElement | null)?.closest?.(".scroll")) return;
      const found = latest.current.find((key) => key.key === event.key);
      if (!found) return;
      event.preventDefault();
      found.run();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [on]);
  return { keys, on, setOn };
}

export function Keys({ keys: { keys, on, setOn } }: { keys: KeySet }) {
  return (
    <div className={on ? "keys" : "keys off"}>
      <dl aria-label="Keys">
        {keys.map((key) => (
          <div key={key.key}>
            <dt>
              <kbd>{key.shown ?? key.key}</kbd>
            </dt>
            <dd>{key.does}</dd>
          </div>
        ))}
      </dl>
      <label className="check">
        <input type="checkbox" checked={on} onChange={(event) => setOn(event.target.checked)} />
        Keys
      </label>
    </div>
  );
}
