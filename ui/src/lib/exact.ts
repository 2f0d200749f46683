// JSON in, with numbers as they were written: an order's number of twenty digits, or a price of 12.50, must not change by being looked at.
// Where a browser can not keep them (before JSON.rawJSON), they are what JavaScript makes of them.

interface Raw {
  rawJSON: string;
}
const json = JSON as typeof JSON & { rawJSON?: (text: string) => Raw; isRawJSON?: (value: unknown) => value is Raw };

export function exact<T>(text: string): T {
  const keep = json.rawJSON;
  if (!keep) return JSON.parse(text) as T;
  const revived = (_: string, value: unknown, context?: { source?: string }) =>
    typeof value === "number" && context?.source !== undefined && String(value) !== context.source ? keep(context.source) : value;
  return JSON.parse(text, revived as (key: string, value: unknown) => unknown) as T;
}

/** The number's own writing, or null where it is no such number. */
export const rawNumber = (value: unknown): string | null => (json.isRawJSON?.(value) ? value.rawJSON : null);
