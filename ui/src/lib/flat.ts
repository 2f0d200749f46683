// A JSON value as lines of path and text, for people: `properties.total  12.50`.

import { clipped, count } from "./format";
import { rawNumber } from "./exact";

export interface Line {
  path: string;
  text: string;
}

const LINES_MOST = 300;
const DEEP_MOST = 64;

export function flat(value: unknown, path = ""): Line[] {
  const lines: Line[] = [];
  walk(value, path, lines, 0);
  if (lines.length > LINES_MOST) return [...lines.slice(0, LINES_MOST), { path: "…", text: `and ${count(lines.length - LINES_MOST)} more; see the raw JSON` }];
  return lines;
}

function walk(value: unknown, path: string, lines: Line[], depth: number) {
  if (lines.length > LINES_MOST * 4) return;
  const inner = depth < DEEP_MOST && typeof value === "object" && value !== null && rawNumber(value) === null ? Object.entries(value) : [];
  const simple = Array.isArray(value) && value.every((one) => typeof one !== "object" || one === null || rawNumber(one) !== null);
  if (inner.length === 0 || simple) {
    lines.push({ path, text: said(value) });
    return;
  }
  for (const [name, one] of inner) walk(one, path ? `${path}.${name}` : name, lines, depth + 1);
}

/** A value in words: texts as they are, numbers as they were written. */
export function said(value: unknown): string {
  if (typeof value === "string") return clipped(value);
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return value.length === 0 ? "none" : clipped(value.map(said).join(", "));
  return rawNumber(value) ?? clipped(JSON.stringify(value) ?? "–");
}

/** What an event says, in one line: its first few simple properties, or else the page it is of. */
export function gist(body: { [member: string]: unknown }): string {
  const about = [body.properties, body.traits].find((one) => typeof one === "object" && one !== null) ?? {};
  const simple = Object.entries(about).filter(([, value]) => value !== null && (typeof value !== "object" || rawNumber(value) !== null));
  if (simple.length === 0) return pageOf(body);
  return simple.slice(0, 5).map(([name, value]) => `${name}: ${said(value).slice(0, 60)}`).join("  ·  ");
}

function pageOf({ context }: { [member: string]: unknown }): string {
  const page = (context as { page?: { path?: unknown; url?: unknown } } | null | undefined)?.page;
  const at = page?.path ?? page?.url;
  return typeof at === "string" ? clipped(at.replace(/^https?:\/\//, "")) : "";
}
