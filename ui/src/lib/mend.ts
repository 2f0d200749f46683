// What an error code means and how to mend it, from the generated reference page: one registry, and no second list here.

import { useLoad } from "./load";

export interface Mend {
  what: string;
  mend: string;
}

/** A row of the page: code, whose, retry, what happened, how to mend it. */
const ROW = /^\| `(K-[A-Z0-9-]+)` \| [^|]* \| [^|]* \| ([^|]+) \| ([^|]+) \|$/gm;

async function read(): Promise<Map<string, Mend>> {
  const { default: page } = await import("../../../docs/reference/errors.md?raw");
  return new Map([...page.matchAll(ROW)].map(([, code = "", what = "", mend = ""]) => [code, { what: what.trim(), mend: mend.trim() }]));
}

export function useMends(): Map<string, Mend> {
  return useLoad("mends", read).data ?? new Map();
}
