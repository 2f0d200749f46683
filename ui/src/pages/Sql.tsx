// Ask anything: one SQL over the sources, the identity and the golden records. Read only.

import { useState, type KeyboardEvent } from "react";
import { api, ApiError } from "../api/client";
import type { SqlAnswer } from "../api/types";
import { plural } from "../lib/format";
import { remembered } from "../lib/router";
import { Copy, Scroll } from "../parts/bits";
import { Empty, Failure, Heading, Loading } from "../parts/states";
import { plain } from "../parts/Records";

const EXAMPLES = [
  { name: "Golden records", query: "SELECT * FROM master.customer LIMIT 20" },
  {
    name: "People known to most sources",
    query: "SELECT profile_id, count(DISTINCT source) AS sources, count(*) AS records\nFROM identity.node\nGROUP BY profile_id\nORDER BY sources DESC, records DESC\nLIMIT 20",
  },
  {
    name: "Which source wins which field",
    query: "SELECT field, source, count(*) AS wins\nFROM master.customer_value\nWHERE won\nGROUP BY field, source\nORDER BY field, wins DESC",
  },
  { name: "Strongest links", query: "SELECT * FROM identity.link ORDER BY probability DESC LIMIT 20" },
  { name: "Tables", query: "SELECT table_schema, table_name\nFROM information_schema.tables\nORDER BY table_schema, table_name" },
];

interface State {
  answer: SqlAnswer | null;
  error: ApiError | null;
  running: boolean;
  ms: number;
}

export function Sql() {
  const [text, setText] = useState(() => remembered.read("sql") || EXAMPLES[0]!.query);
  const [state, setState] = useState<State>({ answer: null, error: null, running: false, ms: 0 });
  const change = (next: string) => {
    setText(next);
    remembered.write("sql", next);
  };
  const run = async (query: string) => {
    if (!query.trim() || state.running) return;
    setState({ answer: null, error: null, running: true, ms: 0 });
    const began = performance.now();
    try {
      const answer = await api.sql(query);
      setState({ answer, error: null, running: false, ms: performance.now() - began });
    } catch (cause) {
      const error = cause instanceof ApiError ? cause : new ApiError(0, "K-UI-ANSWER", "The answer could not be read.", "");
      setState({ answer: null, error, running: false, ms: 0 });
    }
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run(text);
  };
  return (
    <div className="page">
      <Heading title="SQL" />
      <p className="lead-note">
        One query over <code>source.…</code>, <code>identity.…</code>, <code>master.…</code> and <code>land.…</code>. Read only.
      </p>
      <section className="panel" aria-label="Query">
        <div className="examples" role="group" aria-label="Examples">
          {EXAMPLES.map((example) => (
            <button key={example.name} type="button" className="button small" onClick={() => change(example.query)}>
              {example.name}
            </button>
          ))}
        </div>
        <label htmlFor="sql" className="sr">
          SQL query
        </label>
        <textarea id="sql" rows={6} spellCheck={false} value={text} onChange={(event) => change(event.target.value)} onKeyDown={keys} aria-describedby="sql-help" />
        <div className="run">
          <button type="button" className="button primary" onClick={() => run(text)} disabled={state.running || !text.trim()}>
            Run
          </button>
          <span className="note" id="sql-help">
            <kbd>Ctrl</kbd> + <kbd>Enter</kbd> runs it
          </span>
        </div>
      </section>
      {state.running && <Loading what="the answer" />}
      {state.error && <Failure error={state.error} />}
      {state.answer && <Answer answer={state.answer} ms={state.ms} />}
    </div>
  );
}

function Answer({ answer, ms }: { answer: SqlAnswer; ms: number }) {
  const { columns, rows, truncated } = answer;
  return (
    <section className="panel" aria-labelledby="answer">
      <header className="panel-head">
        <div>
          <h2 id="answer">{plural(rows.length, "row")}</h2>
          <p className="note" role="status">
            {truncated ? "There are more: add a LIMIT or a WHERE. " : ""}
            {ms.toFixed(0)} ms
          </p>
        </div>
        <Copy text={csv(answer)} label="Copy the rows as CSV">
          CSV
        </Copy>
      </header>
      {rows.length === 0 ? (
        <Empty title="The query ran, and no row fits it." />
      ) : (
        <Scroll label="Rows of the answer">
          <table className="answer">
            <thead>
              <tr>
                {columns.map((column, i) => (
                  <th key={i} scope="col" className={rows.some((row) => typeof row[i] === "number") ? "num" : undefined}>
                    {column.name} <small>{column.type}</small>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row, i) => (
                <tr key={i}>
                  {columns.map((_, j) => (
                    <td key={j} className={typeof row[j] === "number" ? "num" : undefined}>
                      {plain(row[j])}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
}

/** RFC 4180; a leading = + - @ is kept harmless for spreadsheets by a quote mark. */
function csv({ columns, rows }: SqlAnswer): string {
  const cell = (value: unknown) => {
    const text = value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
    const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return [columns.map((column) => cell(column.name)), ...rows.map((row) => row.map(cell))].map((line) => line.join(",")).join("\r\n");
}
