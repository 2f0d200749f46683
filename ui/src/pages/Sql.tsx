// The workbench: one SQL over sources, databases and results. What there is to ask, the query, its rows as they come, its plan. Read only.

import { useEffect, useRef, useState } from "react";
import { api } from "../api/client";
import { useAct } from "../lib/act";
import { count, plural } from "../lib/format";
import { useKept } from "../lib/kept";
import { useLoad } from "../lib/load";
import { download, FORMATS, useQuery, type Asking, type Run } from "../lib/query";
import { remembered } from "../lib/router";
import { Masked } from "../parts/Masked";
import { SchemaTree } from "../parts/SchemaTree";
import { SqlChart } from "../parts/SqlChart";
import { inserted, SqlEditor } from "../parts/SqlEditor";
import { FIRST, SqlKept } from "../parts/SqlKept";
import { SqlPlan } from "../parts/SqlPlan";
import { SqlRows, SqlText } from "../parts/SqlRows";
import { Failure, Heading, Loading } from "../parts/states";
import { Tabs } from "../parts/Tabs";

/** The roles that a new project has; policies may know others. */
const ROLES = ["analyst", "agent", "steward"];
const MOST = [1_000, 10_000, 100_000];

export function Sql({ table }: { table?: string | undefined }) {
  const [text, setText] = useState(() => remembered.read("sql") || (table ? `SELECT *\nFROM ${table}\nLIMIT 100` : FIRST));
  const [most, setMost] = useState(MOST[0]!);
  const [role, setRole] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  const tables = useLoad("tables", (signal) => api.tables(signal));
  const kept = useKept();
  const asking = useQuery();
  const { run } = asking;
  const change = (next: string) => {
    setText(next);
    remembered.write("sql", next);
  };
  const start = () => {
    if (text.trim() && run?.state !== "running") asking.start(text, most, role);
  };
  const { remember } = kept;
  useEffect(() => {
    if (!run || run.state === "running") return;
    remember(run.query, outcome(run));
    // One entry when it has come to its end.
  }, [run?.state, run?.query]);
  return (
    <div className="page workbench">
      <Heading title="SQL" />
      <div className="workbench-columns">
        <SchemaTree loaded={tables} onInsert={(word) => field.current && change(inserted(field.current, word))} />
        <div className="workbench-main">
          <section className="panel" aria-label="Query">
            <SqlKept kept={kept} text={text} onTake={change} />
            <SqlEditor text={text} onChange={change} onRun={start} field={field} />
            <div className="run">
              {run?.state === "running" ? (
                <button type="button" className="button" onClick={asking.cancel}>
                  Cancel
                </button>
              ) : (
                <button type="button" className="button primary" onClick={start} disabled={!text.trim()}>
                  Run
                </button>
              )}
              <label className="pick">
                Rows at most
                <select value={most} onChange={(event) => setMost(Number(event.target.value))}>
                  {MOST.map((one) => (
                    <option key={one} value={one}>
                      {count(one)}
                    </option>
                  ))}
                </select>
              </label>
              <label className="pick">
                As
                <input list="roles" className="text-filter" size={10} placeholder="yourself" title="For owners: the answer as somebody with these roles would get it" value={role} onChange={(event) => setRole(event.target.value)} />
                <datalist id="roles">
                  {ROLES.map((one) => (
                    <option key={one} value={one} />
                  ))}
                </datalist>
              </label>
              <span className="note" id="sql-help">
                <kbd>Ctrl</kbd> + <kbd>Enter</kbd> asks. Read only.
              </span>
            </div>
          </section>
          {run && <Outcome asking={asking} run={run} />}
        </div>
      </div>
    </div>
  );
}

const seconds = (ms: number) => (ms < 1_000 ? `${ms.toFixed(0)} ms` : `${(ms / 1_000).toFixed(1)} s`);

function outcome(run: Run): string {
  if (run.state === "failed") return run.error?.code ?? "failed";
  return `${plural(run.rows.length, "row")}, ${run.state === "cancelled" ? "cancelled" : seconds(run.ms)}`;
}

function Outcome({ asking: { plan }, run }: { asking: Asking; run: Run }) {
  const [open, setOpen] = useState("rows");
  if (run.state === "failed" && run.rows.length === 0 && run.error) return <Failure error={run.error} />;
  const masked = plan?.tables.flatMap((table) => table.masked.map((one) => ({ table: table.table, ...one }))) ?? [];
  const waits = run.state === "running" && run.rows.length === 0;
  return (
    <section className="panel" aria-labelledby="answer">
      <header className="panel-head">
        <div>
          <h2 id="answer">{plural(run.rows.length, "row")}</h2>
          <p className="note" role="status">
            {said(run)}
          </p>
        </div>
        {run.state !== "running" && <Export run={run} />}
      </header>
      {run.error && <Failure error={run.error} />}
      {masked.length > 0 && (
        <ul className="notice masked-list" aria-label="What is masked">
          {masked.map((one) => (
            <li key={`${one.table}.${one.column}`}>
              <code>
                {one.table}.{one.column}
              </code>{" "}
              <Masked of={one} reason />
            </li>
          ))}
        </ul>
      )}
      {waits ? (
        <Loading what="the answer" />
      ) : (
        <Tabs
          label="The answer"
          open={open}
          onOpen={setOpen}
          tabs={[
            { id: "rows", name: "Rows", content: <SqlRows key={run.query} run={run} plan={plan} /> },
            { id: "chart", name: "Chart", content: <SqlChart run={run} /> },
            { id: "json", name: "JSON", content: <SqlText run={run} /> },
            { id: "plan", name: "Plan", content: <SqlPlan query={run.query} role={run.role} plan={plan} /> },
          ]}
        />
      )}
    </section>
  );
}

function said(run: Run): string {
  if (run.state === "running") return run.rows.length > 0 ? `… so far, ${seconds(run.ms)}` : "asked";
  if (run.state === "cancelled") return "Cancelled: the query was ended, these are the rows that had come.";
  if (run.state === "failed") return "It failed on its way; these are the rows that had come.";
  const more = run.more ? "There are more: add a LIMIT or a WHERE, fetch more, or export all. " : "";
  return `${more}${seconds(run.ms)}`;
}

/** The whole answer as a file: the query is asked anew, and every row comes. */
function Export({ run }: { run: Run }) {
  const act = useAct();
  return (
    <div className="exports" role="group" aria-label="Export all rows">
      <span className="note">{act.busy ? "Exporting …" : "Export all"}</span>
      {(Object.keys(FORMATS) as (keyof typeof FORMATS)[]).map((format) => (
        <button key={format} type="button" className="button small" disabled={act.busy} onClick={() => act.run(() => download(run, format))}>
          {FORMATS[format].name}
        </button>
      ))}
      {act.error && (
        <p className="inline-error" role="alert">
          {act.error.message}
        </p>
      )}
    </div>
  );
}
