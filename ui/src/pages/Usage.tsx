// Who read which table, when and how often: from the audit log, which has no texts of queries.

import { useState } from "react";
import { api } from "../api/client";
import type { UsageOf } from "../api/tables";
import { count, plural } from "../lib/format";
import { useLoad } from "../lib/load";
import { go, to } from "../lib/router";
import { Bar, Section } from "../parts/bits";
import { DataNav } from "../parts/DataNav";
import { Await, Empty, Heading } from "../parts/states";
import { Table } from "../parts/TableHead";

const DAYS = [7, 30, 90, 365];
const LINES = 200;

export function Usage({ days }: { days: number }) {
  const from = new Date(Date.now() - (days - 1) * 86_400_000).toISOString().slice(0, 10);
  const loaded = useLoad(`usage ${from}`, (signal) => api.usage({ from }, signal));
  return (
    <div className="page">
      <DataNav current="usage" />
      <Heading title="Usage" />
      <p className="lead-note">Who read which table through SQL, whatever the door. It is counted from the audit log, which keeps no text of a query.</p>
      <div className="tools">
        <label className="pick">
          Last
          <select value={days} onChange={(event) => go(to(["usage"], { days: event.target.value }), "replace")}>
            {DAYS.map((one) => (
              <option key={one} value={one}>
                {one} days
              </option>
            ))}
          </select>
        </label>
      </div>
      <Await loaded={loaded} what="the usage">
        {({ usage }) => (usage.length === 0 ? <Empty title="Nobody has asked a table in these days." /> : <Report usage={usage} />)}
      </Await>
    </div>
  );
}

function Report({ usage }: { usage: UsageOf[] }) {
  const [words, setWords] = useState("");
  const wanted = words.toLowerCase();
  const shown = usage.filter((one) => [one.table, one.user, one.purpose ?? ""].some((text) => text.toLowerCase().includes(wanted)));
  const groups = new Map<string, UsageOf[]>();
  for (const one of shown) groups.set(one.table, [...(groups.get(one.table) ?? []), one]);
  const tables = [...groups].map(([table, list]) => ({
    table,
    queries: sum(list.map((one) => one.queries)),
    rows: sum(list.map((one) => one.rows)),
    users: new Set(list.map((one) => one.user)).size,
    last: list.map((one) => one.day).sort().at(-1) ?? "",
  }));
  tables.sort((a, b) => b.queries - a.queries || a.table.localeCompare(b.table));
  const most = Math.max(1, ...tables.map((one) => one.queries));
  const lines = [...shown].sort((a, b) => b.day.localeCompare(a.day) || b.queries - a.queries);
  return (
    <>
      <div className="tools">
        <input type="search" className="text-filter wide" aria-label="Find a table, a user or a purpose" placeholder="Find a table, a user or a purpose" value={words} onChange={(event) => setWords(event.target.value)} />
        <span className="note" role="status">
          {plural(sum(shown.map((one) => one.queries)), "reading")} of {plural(tables.length, "table")} by {plural(new Set(shown.map((one) => one.user)).size, "user")}
        </span>
      </div>
      {shown.length === 0 && <Empty title="Nothing fits these words." />}
      {shown.length > 0 && (
        <>
          <Section id="by-table" title="By table">
            <Table label="By table" className="runs chart-table usage" rows={tables} keyOf={(one) => one.table}
              columns={[
                { name: "Table", kind: "head", cell: (one) => <TableLink name={one.table} /> },
                { name: "Drawing", kind: "drawing", cell: (one) => <Bar share={one.queries / most} /> },
                { name: "Queries", kind: "number", cell: (one) => count(one.queries) },
                { name: "Rows given", kind: "number", cell: (one) => count(one.rows) },
                { name: "Users", kind: "number", cell: (one) => count(one.users) },
                { name: "Last", kind: "number", cell: (one) => one.last },
              ]} />
          </Section>
          <Section id="by-day" title="Day by day" note="A query that reads several tables is counted with each of them, and so are its rows.">
            <Table label="Day by day" className="runs" rows={lines.slice(0, LINES)} keyOf={(one) => `${one.day} ${one.table} ${one.user} ${one.purpose}`}
              columns={[
                { name: "Day", kind: "head", cell: (one) => one.day },
                { name: "Table", cell: (one) => <TableLink name={one.table} /> },
                { name: "User", cell: (one) => one.user },
                { name: "Purpose", cell: (one) => one.purpose ?? <span className="note">not said</span> },
                { name: "Queries", kind: "number", cell: (one) => count(one.queries) },
                { name: "Rows given", kind: "number", cell: (one) => count(one.rows) },
              ]} />
            {lines.length > LINES && <p className="note">The newest {LINES} lines; `kith audit usage` prints all.</p>}
          </Section>
        </>
      )}
    </>
  );
}

const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);

function TableLink({ name }: { name: string }) {
  const [schema = "", ...rest] = name.split(".");
  return <a href={to(["catalogue", schema, rest.join(".")])}>{name}</a>;
}
