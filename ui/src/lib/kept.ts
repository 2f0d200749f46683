// Queries that were asked: the last ones in this tab until one signs out, since they may name people; saved ones in this browser.

import { useState } from "react";

const HISTORY = "kith.sql.history";
const SAVED = "kith.sql.saved";
const HISTORY_MOST = 50;

export interface Asked {
  query: string;
  at: string;
  /** What came of it: "12 rows, 40 ms", or an error's code. */
  outcome: string;
}
export interface Saved {
  name: string;
  query: string;
}

function read<T>(store: Storage, key: string): T[] {
  try {
    const found: unknown = JSON.parse(store.getItem(key) ?? "[]");
    return Array.isArray(found) ? (found as T[]) : [];
  } catch {
    return [];
  }
}

function write(store: Storage, key: string, list: unknown[]) {
  try {
    if (list.length === 0) store.removeItem(key);
    else store.setItem(key, JSON.stringify(list));
  } catch {
    // A full store keeps what it has.
  }
}

export function useKept() {
  const [history, setHistory] = useState(() => read<Asked>(sessionStorage, HISTORY));
  const [saved, setSaved] = useState(() => read<Saved>(localStorage, SAVED));
  const put = (next: Saved[]) => {
    setSaved(next);
    write(localStorage, SAVED, next);
  };
  return {
    history,
    saved,
    remember: (query: string, outcome: string) => {
      const next = [{ query, outcome, at: new Date().toISOString() }, ...read<Asked>(sessionStorage, HISTORY).filter((one) => one.query !== query)].slice(0, HISTORY_MOST);
      setHistory(next);
      write(sessionStorage, HISTORY, next);
    },
    clear: () => {
      setHistory([]);
      write(sessionStorage, HISTORY, []);
    },
    save: (name: string, query: string) => put([...read<Saved>(localStorage, SAVED).filter((one) => one.name !== name), { name, query }].sort((a, b) => a.name.localeCompare(b.name))),
    remove: (name: string) => put(read<Saved>(localStorage, SAVED).filter((one) => one.name !== name)),
  };
}

export type Kept = ReturnType<typeof useKept>;
