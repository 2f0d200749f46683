// The rows of an answer: as a table, and as text. Masked columns say so in their head.

import { useState } from "react";
import type { Explained, MaskOf } from "../api/tables";
import { rawNumber } from "../lib/exact";
import { count } from "../lib/format";
import { numbered, type Run } from "../lib/query";
import { typeName } from "../lib/tables";
import { Copy, Scroll } from "./bits";
import { Masked } from "./Masked";
import { plain } from "./Records";
import { Empty } from "./states";

const AT_ONCE = 200;
const TEXT_MOST = 200;

/** The mask of a column of the answer that bears the name of a masked column of its tables. */
function maskOf(plan: Explained | null, name: string): MaskOf | undefined {
  return plan?.tables.flatMap((table) => table.masked).find((masked) => masked.column === name);
}

const isNumber = (value: unknown) => typeof value === "number" || rawNumber(value) !== null;
const cellText = (value: unknown) => rawNumber(value) ?? plain(value);

export function SqlRows({ run, plan }: { run: Run; plan: Explained | null }) {
  const [most, setMost] = useState(AT_ONCE);
  const planned = plan ? numbered(plan.columns.map((column) => column.name)) : [];
  const columns = run.columns.length > 0 ? run.columns : planned;
  const typeOf = (name: string) => plan?.columns[planned.indexOf(name)]?.type;
  const numeric = columns.map((_, i) => run.rows.some((row) => isNumber(row[i])));
  if (run.rows.length === 0 && run.state === "done") return <Empty title="The query ran, and no row fits it." />;
  return (
    <>
      <Scroll label="Rows of the answer">
        <table className="answer">
          <thead>
            <tr>
              {columns.map((name, i) => {
                const [type, mask] = [typeOf(name), maskOf(plan, name)];
                return (
                  <th key={i} scope="col" className={numeric[i] ? "num" : undefined}>
                    {name} {type && <small title={type}>{typeName(type)}</small>}
                    {mask && <Masked of={mask} />}
                  </th>
                );
              })}
            </tr>
          </thead>
          <tbody>
            {run.rows.slice(0, most).map((row, i) => (
              <tr key={i}>
                {columns.map((_, j) => (
                  <td key={j} className={isNumber(row[j]) ? "num" : undefined}>
                    {cellText(row[j])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {run.rows.length > most && (
        <p className="pager">
          <span className="note">
            {count(most)} of {count(run.rows.length)} rows are drawn.
          </span>
          <button type="button" className="button small" onClick={() => setMost(most + 5 * AT_ONCE)}>
            Draw more
          </button>
        </p>
      )}
    </>
  );
}

/** The first rows as JSON, one object a line. */
export function SqlText({ run }: { run: Run }) {
  const shown = run.rows.slice(0, TEXT_MOST);
  const text = shown.map((row) => JSON.stringify(Object.fromEntries(run.columns.map((name, i) => [name, row[i]])))).join("\n");
  if (shown.length === 0) return <Empty title="There is no row." />;
  return (
    <div className="raw">
      <Copy text={text} label="Copy the rows as JSON">
        Copy
      </Copy>
      <pre tabIndex={0} aria-label="Rows as JSON">
        {text}
      </pre>
      {run.rows.length > TEXT_MOST && <p className="note">The first {TEXT_MOST} rows.</p>}
    </div>
  );
}
