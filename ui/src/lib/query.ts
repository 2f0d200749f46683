// A query of the workbench: its rows as they come, up to as many as are wanted, and its end by us.

import { useEffect, useRef, useState } from "react";
import { api, ApiError } from "../api/client";
import type { Explained } from "../api/tables";
import type { SqlAnswer } from "../api/types";
import { exact } from "./exact";
import { asApiError } from "./load";

export interface Run {
  query: string;
  /** The roles that were tried; empty = one's own. */
  role: string;
  state: "running" | "done" | "failed" | "cancelled";
  /** In the order of the query. */
  columns: string[];
  rows: unknown[][];
  /** There are more, and they were not fetched. */
  more: boolean;
  ms: number;
  error: ApiError | null;
}

const NDJSON = "application/x-ndjson";
const SHOW_EVERY_MS = 120;

export interface Asking {
  run: Run | null;
  /** The plan of the query that was run, once it is known. */
  plan: Explained | null;
  start: (query: string, most: number, role?: string) => void;
  cancel: () => void;
}

/** One query at a time: a new one ends the one before. It ends at the server when the page is left. */
export function useQuery(): Asking {
  const [run, setRun] = useState<Run | null>(null);
  const [plan, setPlan] = useState<Explained | null>(null);
  const going = useRef<{ abort: AbortController; id: string | null } | null>(null);
  const planning = useRef<AbortController | null>(null);
  const end = () => {
    const { current } = going;
    if (!current) return;
    going.current = null;
    current.abort.abort();
    // Its client has left, which ends it too; by its name it ends also behind a proxy.
    if (current.id) api.endQuery(current.id).catch(() => undefined);
  };
  useEffect(
    () => () => {
      end();
      planning.current?.abort();
    },
    [],
  );
  const start = (query: string, most: number, role = "") => {
    end();
    const own = { abort: new AbortController(), id: null as string | null };
    going.current = own;
    const began = performance.now();
    const mine = () => going.current === own;
    const empty: Run = { query, role, state: "running", columns: [], rows: [], more: false, ms: 0, error: null };
    setRun(empty);
    setPlan(null);
    planning.current?.abort();
    const asked = (planning.current = new AbortController());
    // It says which columns are masked; without it the rows are shown all the same.
    api.explainSql(query, false, asked.signal, role).then(
      (found) => planning.current === asked && setPlan(found),
      () => undefined,
    );
    const show = (part: Partial<Run>) => mine() && setRun((now) => ({ ...(now ?? empty), ...part, ms: performance.now() - began }));
    fetched({ query, role }, most, own.abort.signal, (id) => (own.id = id), show).then(
      (more) => {
        show({ state: "done", more });
        if (more) end();
      },
      (cause: unknown) => show({ state: "failed", error: asApiError(cause) }),
    );
  };
  const cancel = () => {
    setRun((now) => (now?.state === "running" ? { ...now, state: "cancelled" } : now));
    end();
  };
  return { run, plan, start, cancel };
}

/** Reads rows until there are `most`. True where there are more. */
async function fetched({ query, role }: { query: string; role: string }, most: number, signal: AbortSignal, named: (id: string | null) => void, show: (part: Partial<Run>) => void): Promise<boolean> {
  const answer = await api.sqlAnswer(query, NDJSON, signal, false, role);
  named(answer.headers.get("kith-query-id"));
  const kind = answer.headers.get("content-type") ?? "";
  if (!kind.startsWith(NDJSON) || !answer.body) {
    const whole = exact<SqlAnswer>(await answer.text());
    show({ columns: whole.columns.map((column) => column.name), rows: whole.rows.slice(0, most) });
    return whole.truncated || whole.rows.length > most;
  }
  let columns: string[] = [];
  const rows: unknown[][] = [];
  let shown = 0;
  for await (const line of lines(answer.body)) {
    const row = exact<{ [name: string]: unknown }>(line);
    if (isError(row)) {
      show({ columns, rows });
      throw new ApiError(200, row.error.code, row.error.message, row.error.help ?? "");
    }
    if (rows.length === 0) columns = Object.keys(row);
    if (rows.length >= most) {
      show({ columns, rows: rows.slice() });
      return true;
    }
    rows.push(columns.map((name) => row[name]));
    const now = performance.now();
    if (now - shown > SHOW_EVERY_MS) {
      shown = now;
      show({ columns, rows: rows.slice() });
    }
  }
  show({ columns, rows });
  return false;
}

/** What ends an answer that failed on its way. A row can look alike only if its one column is called `error` and holds such a thing. */
function isError(row: object): row is { error: { code: string; message: string; help?: string } } {
  const { error } = row as { error?: { code?: unknown; message?: unknown } };
  return Object.keys(row).length === 1 && typeof error === "object" && error !== null && typeof error.code === "string" && typeof error.message === "string";
}

async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const parts = (rest + value).split("\n");
      rest = parts.pop() ?? "";
      yield* parts.filter(Boolean);
      // Whoever wants to cancel must be heard, however fast rows come.
      await new Promise((heard) => setTimeout(heard));
    }
    if (rest) yield rest;
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

/** Columns as they are named in an answer of objects: what comes twice gets a number. */
export function numbered(names: string[]): string[] {
  const own: string[] = [];
  for (const name of names) {
    let next = name;
    for (let n = 2; own.includes(next); n++) next = `${name}_${n}`;
    own.push(next);
  }
  return own;
}

export const FORMATS = {
  csv: { name: "CSV", accept: "text/csv", end: "csv" },
  ndjson: { name: "JSON", accept: NDJSON, end: "ndjson" },
  arrow: { name: "Arrow", accept: "application/vnd.apache.arrow.stream", end: "arrows" },
} as const;

/** All rows of a query as a file. */
export async function download({ query, role }: { query: string; role: string }, format: keyof typeof FORMATS): Promise<void> {
  const { accept, end } = FORMATS[format];
  const blob = await (await api.sqlAnswer(query, accept, undefined, format === "csv", role)).blob();
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `kith.${end}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
