// A change to events, as it is typed: a JSON merge patch.

import { exact } from "./exact";

/** The object; null where nothing is to be changed; or in words why it is none. Numbers go as they were typed. */
export function patchOf(text: string): { [member: string]: unknown } | null | string {
  if (!text.trim()) return null;
  let value: unknown;
  try {
    value = exact(text);
  } catch (cause) {
    return `This is no JSON: ${cause instanceof Error ? cause.message : "it can not be read"}.`;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return 'The change must be an object, such as {"event": "Order Completed"}.';
  return value as { [member: string]: unknown };
}
