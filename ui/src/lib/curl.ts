// An event as a command that sends it again. It is data of strangers on its way into a shell: one quoted word, no control character.

import type { EventOf } from "../api/events";

/** Where `kith serve` takes events, unless it was told otherwise. */
export const COLLECT = (): string => `http://${location.hostname || "127.0.0.1"}:7778`;
export const KEY = "$KITH_WRITE_KEY";

/** One word of a POSIX shell, whatever the text holds. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** JSON without characters that a terminal would act on: DEL, C1, line separators and marks of direction as escapes. */
export function plainJson(value: unknown, indent?: number): string {
  const acts = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]/g;
  const escaped = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value, null, indent).replace(acts, escaped);
}

/** Without its message id, so that it counts as a new one; the key is a name to fill in. */
export function curl(event: Pick<EventOf, "call" | "body">): string {
  const { messageId: _, ...body } = event.body;
  return `curl -u "${KEY}:" ${COLLECT()}/v1/${event.call.replace(/[^a-z]/g, "")} -H 'content-type: application/json' -d ${quoted(plainJson(body))}`;
}
