// The catalogue: every table that one may ask, of Kith and of databases that are read in place, found by table, column or meaning.

import { useState } from "react";
import { api } from "../api/client";
import type { ConnectionOf, LabelsOf, TableOf } from "../api/tables";
import { useLabels } from "../lib/labels";
import { count, plural } from "../lib/format";
import { useLoad } from "../lib/load";
import { remembered, to } from "../lib/router";
import { bySchema, found } from "../lib/tables";
import { Marked, Section } from "../parts/bits";
import { DataNav } from "../parts/DataNav";
import { Lock } from "../parts/Masked";
import { Await, Empty, Heading } from "../parts/states";
import { Table } from "../parts/TableHead";

export function Catalogue() {
  const loaded = useLoad("catalogue", async (signal) => {
    const { tables } = await api.tables(signal);
    // What could not be reached shows after the tables were asked for, not before.
    const { connections } = await api.connections(signal);
    return { tables, failed: connections.filter((connection) => connection.fault) };
  });
  const labels = useLabels();
  return (
    <div className="page">
      <DataNav current="catalogue" />
      <Heading title="Catalogue" />
      <Await loaded={loaded} what="the tables">
        {({ tables, failed }) => <Tables tables={tables} failed={failed} labels={labels.data} />}
      </Await>
    </div>
  );
}

function Tables({ tables, failed, labels }: { tables: TableOf[]; failed: ConnectionOf[]; labels: LabelsOf[] | null }) {
  const [words, setWords] = useState(() => remembered.read("tables"));
  const shown = found(tables, words);
  const change = (next: string) => {
    setWords(next);
    remembered.write("tables", next);
  };
  const open = (labels ?? []).filter((one) => one.labels === null && one.proposed.length > 0).length;
  return (
    <>
      <div className="tools">
        <input type="search" className="text-filter wide" aria-label="Find a table, a column or a meaning" placeholder="Find a table, a column or a meaning" value={words} onChange={(event) => change(event.target.value)} />
        <span className="note" role="status">
          {plural(shown.length, "table")}
          {shown.length < tables.length && ` of ${count(tables.length)}`}
          {open > 0 && ` · ${plural(open, "column")} with a proposed label that nobody has confirmed`}
        </span>
      </div>
      {failed.map((connection) => (
        <p key={connection.name} className="notice" role="note">
          <strong>{connection.name}</strong> can not be looked at now: {connection.fault?.message}. <a href="#/connections">Look at the connection</a>
        </p>
      ))}
      {shown.length === 0 && <Empty title={words ? "No table has all of these words." : "There is no table yet: a run makes some, and a connection has its own."} />}
      {bySchema(shown).map(([schema, list]) => (
        <Section key={schema} id={`schema-${schema}`} title={schema} note={list[0]?.kind === "connection" ? `Read where it is: a database of the kind ${list[0].connection_kind}.` : undefined}>
          <Table label={schema} className="runs catalogue" rows={list} keyOf={(table) => table.table}
            columns={[
              { name: "Table", kind: "head", cell: (table) => <a href={to(["catalogue", table.schema, table.table])}>{table.table}</a> },
              { name: "What it is", cell: (table) => (table.fault ? <span className="inline-error">{table.fault.message}</span> : (table.description ? <Marked text={table.description} /> : <span className="note">columns: {table.columns.slice(0, 6).map((column) => column.name).join(", ")}{table.columns.length > 6 && " …"}</span>)) },
              { name: "Columns", kind: "number", cell: (table) => count(table.columns.length) },
              { name: "Rows", kind: "number", cell: (table) => (table.rows === null ? "–" : `${table.rows_exact ? "" : "~ "}${count(table.rows)}`) },
              { name: "Policy", cell: (table) => <Policy table={table} /> },
            ]} />
        </Section>
      ))}
    </>
  );
}

function Policy({ table }: { table: TableOf }) {
  const masked = table.columns.filter((column) => column.masked).length;
  if (masked === 0 && !table.rows_filtered) return <span className="note">shown as it is</span>;
  return (
    <span className="masked">
      <Lock /> {[masked > 0 && `${plural(masked, "column")} masked`, table.rows_filtered && "only some rows"].filter(Boolean).join(", ")}
    </span>
  );
}
