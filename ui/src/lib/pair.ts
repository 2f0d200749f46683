// What two records that stand side by side are called, and which values of the first the second is held against.

import type { RecordOf } from "../api/types";
import { asSaid } from "./format";

export function nameOf(record: RecordOf): string {
  const value = (field: string) => {
    const found = record.values.find((one) => one.field === field);
    return found && asSaid(field, { value: found.normal, original: found.original });
  };
  const parts = [value("given_name"), value("family_name")].filter(Boolean).join(" ");
  return parts || value("full_name") || value("company") || `${record.source} ${record.key}`;
}

export function normalsOf(record: RecordOf): Map<string, Set<string>> {
  const map = new Map<string, Set<string>>();
  for (const value of record.values) map.set(value.field, (map.get(value.field) ?? new Set()).add(value.normal));
  return map;
}
