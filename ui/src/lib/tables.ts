// Names of tables in SQL, finding them by words, and what a question to a database leaves to it.

import type { RemoteAsk, TableOf } from "../api/tables";

/** As SQL writes a name: quoted where it is not plain. */
export const sqlName = (name: string): string => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);
export const sqlTable = ({ schema, table }: { schema: string; table: string }): string => `${sqlName(schema)}.${sqlName(table)}`;

/** Tables in which every word is found: in the name, a column's name, or what is said of them. */
export function found(tables: TableOf[], words: string): TableOf[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return tables;
  return tables.filter((table) => {
    const text = [table.schema, `${table.schema}.${table.table}`, table.description ?? "", ...table.columns.map((column) => column.name)].join("\n").toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

/** By schema, in the order in which they come. */
export function bySchema(tables: TableOf[]): [string, TableOf[]][] {
  const groups = new Map<string, TableOf[]>();
  for (const table of tables) groups.set(table.schema, [...(groups.get(table.schema) ?? []), table]);
  return [...groups];
}

/** What a database does itself, by the words of the question. What stands in quotes is a name. */
export function pushedDown({ asked, keys_of_a_join }: RemoteAsk): string[] {
  const words = asked.replace(/"(?:[^"]|"")*"|`(?:[^`]|``)*`/g, "x").toUpperCase();
  const has = (pattern: RegExp) => pattern.test(words);
  return [
    has(/\bWHERE\b/) && "conditions",
    (has(/\bGROUP BY\b/) || has(/\b(COUNT|SUM|MIN|MAX)\s*\(/)) && "aggregates",
    has(/\bDISTINCT\b/) && "distinct",
    has(/\bJOIN\b/) && "join",
    has(/\bORDER BY\b/) && "order",
    has(/\bLIMIT\b/) && "limit",
    keys_of_a_join && "keys of a join",
  ].filter((one): one is string => one !== false);
}

const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
export const compact = (n: number): string => short.format(n);

/** A type as people say it: Utf8View is text. */
export function typeName(type: string): string {
  if (/^(Large)?Utf8(View)?$/.test(type)) return "text";
  if (/^U?Int\d+$/.test(type)) return "whole number";
  if (/^Float\d+$/.test(type)) return "number";
  if (/^Decimal/.test(type)) return "decimal";
  if (type === "Boolean") return "true or false";
  if (/^Date/.test(type)) return "date";
  if (/^Timestamp/.test(type)) return "time";
  if (/Binary/.test(type)) return "bytes";
  if (/^(Large)?List/.test(type)) return "list";
  if (/^Struct/.test(type)) return "structure";
  return type;
}
