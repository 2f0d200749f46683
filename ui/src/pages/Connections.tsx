// Databases that SQL reads where they are: what each is, whether it can be read now, what it does itself, and what one scan may take.

import { useState } from "react";
import { api } from "../api/client";
import type { ConnectionOf, ConnectionTest, TableOf } from "../api/tables";
import { useAct } from "../lib/act";
import { count, lasting, plural } from "../lib/format";
import { useLoad } from "../lib/load";
import { to } from "../lib/router";
import { compact } from "../lib/tables";
import { Marked } from "../parts/bits";
import { DataNav } from "../parts/DataNav";
import { Await, Empty, Heading } from "../parts/states";

export function Connections() {
  const loaded = useLoad("connections", async (signal) => {
    // Tables are asked for first, so that each connection has been looked at.
    const { tables } = await api.tables(signal);
    const { connections } = await api.connections(signal);
    return { tables, connections };
  });
  return (
    <div className="page">
      <DataNav current="connections" />
      <Heading title="Connections" />
      <Await loaded={loaded} what="the connections">
        {({ connections, tables }) =>
          connections.length === 0 ? (
            <Empty title="No database is connected.">
              <p>
                Add a <code>[[connection]]</code> to <code>kith.toml</code> and start <code>kith serve</code> again: its tables are then read where they are.
              </p>
            </Empty>
          ) : (
            <ul className="cards connections">
              {connections.map((connection) => (
                <ConnectionCard key={connection.name} connection={connection} tables={tables.filter((table) => table.schema === connection.name)} />
              ))}
            </ul>
          )
        }
      </Await>
    </div>
  );
}

const TABLES_SHOWN = 8;
const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function ConnectionCard({ connection, tables }: { connection: ConnectionOf; tables: TableOf[] }) {
  const [tested, setTested] = useState<ConnectionTest | null>(null);
  const [all, setAll] = useState(false);
  const act = useAct();
  const test = () => act.run(async () => setTested(await api.testConnection(connection.name)));
  const fault = tested ? tested.fault : connection.fault;
  const state = tested ? (tested.good ? "good" : "failed") : connection.state;
  const shown = all ? tables : tables.slice(0, TABLES_SHOWN);
  return (
    <li className="panel card connection">
      <header className="card-head">
        <h2>{connection.name}</h2>
        <State state={state} />
      </header>
      <p className="connection-place">
        <span className="tag">{connection.kind}</span> {connection.place && <code>{connection.place}</code>}
      </p>
      <div className="connection-test">
        <button type="button" className="button small" onClick={test} disabled={act.busy} aria-label={`Test ${connection.name}`}>
          {act.busy ? "Testing …" : "Test"}
        </button>
        <span className="note" role="status">
          {tested && `${tested.good ? plural(tested.tables ?? 0, "table") : "It can not be read"}, after ${lasting(tested.took_ms / 1_000)}`}
          {!tested && connection.looked_ms_ago !== null && `looked at ${lasting(connection.looked_ms_ago / 1_000)} ago`}
          {!tested && connection.looked_ms_ago === null && "nobody has looked yet"}
        </span>
      </div>
      {fault && (
        <div className="state failure" role="alert">
          <p className="state-title">{sentence(fault.message)}.</p>
          <p>
            <Marked text={fault.help} />
          </p>
          <p className="state-code">
            <code>{fault.code}</code>
          </p>
        </div>
      )}
      {act.error && (
        <p className="inline-error" role="alert">
          {act.error.message}
        </p>
      )}
      <h3>Tables{tables.length > 0 && ` (${count(tables.length)})`}</h3>
      {tables.length === 0 ? (
        <p className="note">{connection.wanted.length > 0 ? `Wanted: ${connection.wanted.join(", ")}` : "None is known."}</p>
      ) : (
        <ul className="connection-tables">
          {shown.map((table) => (
            <li key={table.table}>
              <a href={to(["catalogue", table.schema, table.table])}>{table.table}</a>
              {table.rows !== null && <small>{(table.rows_exact ? "" : "~ ") + compact(table.rows)} rows</small>}
              {table.fault && <small className="inline-error">{table.fault.code}</small>}
            </li>
          ))}
          {tables.length > TABLES_SHOWN && (
            <li>
              <button type="button" className="quiet" onClick={() => setAll(!all)}>
                {all ? "Fewer" : `All ${count(tables.length)}`}
              </button>
            </li>
          )}
        </ul>
      )}
      <h3>It is asked to do itself</h3>
      {connection.pushed_down.length === 0 && <p className="note">Nothing: each query reads a stream from its beginning. A copy makes that fast.</p>}
      <p className="pushed">
        {connection.pushed_down.map((what) => (
          <span key={what} className="tag tag-for">
            ↓ {what}
          </span>
        ))}
      </p>
      <details>
        <summary>Limits of one scan</summary>
        <dl className="lines">
          <Line name="Rows" value={count(connection.limits.rows)} />
          <Line name="Waiting" value={`${count(connection.limits.seconds)} s`} />
          <Line name="One value" value={`${compact(connection.limits.cell_bytes)} bytes`} />
          <Line name="Columns" value={count(connection.limits.columns)} />
          <Line name="At the same time" value={plural(connection.limits.scans, "scan")} />
        </dl>
      </details>
    </li>
  );
}

function Line({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function State({ state }: { state: ConnectionOf["state"] }) {
  if (state === "good") return <span className="tag state-ok">✓ can be read</span>;
  if (state === "failed") return <span className="tag tag-against">✕ can not be read</span>;
  return <span className="tag">not tried</span>;
}
