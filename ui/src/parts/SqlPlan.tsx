// What a query does: what each database is asked and what came back, what the policy does to each table, and the plan itself.

import { useState } from "react";
import { api } from "../api/client";
import type { Explained, RemoteAsk } from "../api/tables";
import { useAct } from "../lib/act";
import { plural } from "../lib/format";
import { pushedDown } from "../lib/tables";
import { Copy } from "./bits";
import { Lock, Masked } from "./Masked";
import { Empty, Failure, Loading } from "./states";

export function SqlPlan({ query, role, plan }: { query: string; role: string; plan: Explained | null }) {
  const [measured, setMeasured] = useState<{ query: string; plan: Explained } | null>(null);
  const act = useAct();
  const shown = measured?.query === query ? measured.plan : plan;
  if (!shown) return <Loading what="the plan" />;
  const measure = () => act.run(async () => setMeasured({ query, plan: await api.explainSql(query, true, undefined, role) }));
  return (
    <div className="sql-plan">
      <div className="tools">
        <button type="button" className="button small" onClick={measure} disabled={act.busy}>
          {act.busy ? "Measuring …" : "Measure it"}
        </button>
        <span className="note" role="status">
          {shown.ran_ms === null ? "Asks again, and says how many rows each source gave." : `It took ${shown.ran_ms} ms, rows and all.`}
        </span>
      </div>
      {act.error && <Failure error={act.error} />}
      <h3>What the policy does</h3>
      <ul className="plan-tables">
        {shown.tables.map((table) => (
          <li key={table.table}>
            <code>{table.table}</code>
            {table.rows_filtered && (
              <span className="masked">
                <Lock /> only some rows
              </span>
            )}
            {table.masked.length === 0 && !table.rows_filtered && <span className="tag">shown as it is</span>}
            {table.masked.map((masked) => (
              <span key={masked.column} className="plan-mask">
                <code>{masked.column}</code> <Masked of={masked} reason />
              </span>
            ))}
          </li>
        ))}
        {shown.tables.length === 0 && <li className="note">It reads no table.</li>}
      </ul>
      <h3>What databases are asked</h3>
      {shown.scans.length === 0 ? (
        <p className="note">None is asked{shown.tables.some((table) => table.masked.length > 0 || table.rows_filtered) ? ", or what is asked is kept back by the policy" : ""}.</p>
      ) : (
        <ol className="plan-scans">
          {shown.scans.map((scan, i) => (
            <Scan key={i} scan={scan} />
          ))}
        </ol>
      )}
      <details className="plan-text">
        <summary>The plan, step by step</summary>
        <PlanText text={shown.physical} />
      </details>
      <details className="plan-text">
        <summary>What is to be computed</summary>
        <PlanText text={shown.logical} />
      </details>
    </div>
  );
}

function Scan({ scan }: { scan: RemoteAsk }) {
  const done = pushedDown(scan);
  return (
    <li>
      <p className="plan-scan-head">
        <code>{scan.table}</code>
        {done.map((what) => (
          <span key={what} className="tag tag-for">
            ↓ {what}
          </span>
        ))}
        {scan.here && (
          <span className="tag tag-against" title={scan.here}>
            left to Kith: conditions
          </span>
        )}
        {done.length === 0 && !scan.here && <span className="tag">all its rows</span>}
        {scan.rows !== null && (
          <strong className="plan-rows">
            {scan.rows} {scan.rows === "1" ? "row" : "rows"}
            {scan.bytes !== null && <span className="note"> · {scan.bytes} bytes of values</span>}
          </strong>
        )}
      </p>
      <pre tabIndex={0} aria-label={`What is asked of ${scan.table}`}>
        {scan.asked}
      </pre>
      {scan.here && (
        <p className="note">
          Kith looks at <code>{scan.here}</code> itself.
        </p>
      )}
    </li>
  );
}

function PlanText({ text }: { text: string }) {
  if (!text.trim()) return <Empty title="There is no plan." />;
  return (
    <div className="raw">
      <Copy text={text} label="Copy the plan">
        Copy
      </Copy>{" "}
      <span className="note">{plural(text.trim().split("\n").length, "line")}</span>
      <pre tabIndex={0} aria-label="Plan">
        {text}
      </pre>
    </div>
  );
}
