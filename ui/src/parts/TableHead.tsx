// The head of a table: its columns by name; numbers stand to the right, and a column of drawings is named for readers only.
// And whole tables of one row a thing, where no cell spans another.

import type { ReactNode } from "react";
import { Scroll } from "./bits";

export type Column = string | { name: string; kind: "number" | "drawing" | "text" };

export const number = (name: string): Column => ({ name, kind: "number" });
export const drawing: Column = { name: "Drawing", kind: "drawing" };
export const hidden = (name: string): Column => ({ name, kind: "drawing" });

export function TableHead({ columns }: { columns: Column[] }) {
  return (
    <thead>
      <tr>
        {columns.map((column) => {
          const { name, kind } = typeof column === "string" ? { name: column, kind: "text" } : column;
          return (
            <th key={name} scope="col" className={kind === "number" ? "num" : undefined}>
              {kind === "drawing" ? <span className="sr">{name}</span> : name}
            </th>
          );
        })}
      </tr>
    </thead>
  );
}

/** A column with what stands in it. `head` names the row. */
export interface Col<T> {
  name: string;
  kind?: "head" | "number" | "drawing" | "faint";
  cell: (row: T) => ReactNode;
}

const CLASSES = { head: undefined, number: "num", drawing: "drawing", faint: "num faint" };

/** A table that scrolls sideways inside its own frame. */
export function Table<T>({ label, className, rows, columns, keyOf, rowClass }: {
  label: string; className: string; rows: T[]; columns: Col<T>[]; keyOf: (row: T) => string | number; rowClass?: (row: T) => string | undefined;
}) {
  return (
    <Scroll label={label}>
      <table className={className}>
        <TableHead columns={columns.map(({ name, kind }) => ({ name, kind: kind === "drawing" ? "drawing" : kind === "number" || kind === "faint" ? "number" : "text" }))} />
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} className={rowClass?.(row)}>
              {columns.map(({ name, kind, cell }) =>
                kind === "head" ? (
                  <th key={name} scope="row">
                    {cell(row)}
                  </th>
                ) : (
                  <td key={name} className={kind && CLASSES[kind]}>
                    {cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
