// The head of a table: its columns by name; numbers stand to the right, and a column of drawings is named for readers only.

export type Column = string | { name: string; kind: "number" | "drawing" };

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
