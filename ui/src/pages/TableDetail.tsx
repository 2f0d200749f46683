// One table: its columns with what they hold, what the policy keeps back of them, their labels, and who reads it.

import { api, ApiError } from "../api/client";
import type { TableOf, TableProfile, UsageOf } from "../api/tables";
import { count, plural } from "../lib/format";
import { known, useLabels } from "../lib/labels";
import { useLoad } from "../lib/load";
import { to } from "../lib/router";
import { sqlTable } from "../lib/tables";
import { Marked, Section, Stat } from "../parts/bits";
import { ColumnCard } from "../parts/ColumnCard";
import { DataNav } from "../parts/DataNav";
import { Lock } from "../parts/Masked";
import { Await, Empty, Failure, Heading, Loading } from "../parts/states";
import { Table } from "../parts/TableHead";

export function TableDetail({ schema, table }: { schema: string; table: string }) {
  const name = `${schema}.${table}`;
  const loaded = useLoad(name, async (signal) => {
    const { tables } = await api.tables(signal);
    const found = tables.find((one) => one.schema === schema && one.table === table);
    if (!found) throw new ApiError(404, "K-SQL-PLAN", `There is no table ${name}, or not for you.`, "The catalogue lists the tables that you can read.");
    return found;
  });
  return (
    <div className="page">
      <DataNav />
      <Heading title={name} className="table-title" />
      <Await loaded={loaded} what="the table">
        {(found) => <Detail table={found} />}
      </Await>
    </div>
  );
}

function Detail({ table }: { table: TableOf }) {
  const profile = useLoad(table.fault ? null : `profile ${sqlTable(table)}`, (signal) => api.tableProfile(table.schema, table.table, signal));
  const usage = useLoad(`usage ${sqlTable(table)}`, (signal) => api.usage({ table: `${table.schema}.${table.table}` }, signal));
  const labels = useLabels();
  const own = (labels.data ?? []).filter((one) => one.schema === table.schema && one.table === table.table);
  const masked = table.columns.filter((column) => column.masked).length;
  const rows = profile.data?.rows ?? table.rows;
  const sure = profile.data ? profile.data.rows_exact : table.rows_exact;
  const readers = new Set(usage.data?.usage.map((one) => one.user)).size;
  return (
    <>
      {table.description && <p className="lead-note"><Marked text={table.description} /></p>}
      <p className="table-acts">
        <a className="button" href={to(["sql"], { table: sqlTable(table) })}>
          Ask it in SQL
        </a>
        <a className="button" href={to(["lineage"], { table: `${table.schema}.${table.table}` })}>
          Its lineage
        </a>
        {masked > 0 && (
          <span className="masked">
            <Lock /> {plural(masked, "column")} masked for you
          </span>
        )}
        {table.rows_filtered && (
          <span className="masked">
            <Lock /> you see only some rows
          </span>
        )}
      </p>
      {table.fault && <Failure error={new ApiError(0, table.fault.code, table.fault.message, table.fault.help)} />}
      <dl className="stats">
        <Stat label="Rows" value={rows === null || rows === undefined ? "–" : `${sure ? "" : "~ "}${count(rows)}`} note={sure ? (table.grain ?? undefined) : "as the source guesses"} />
        <Stat label="Columns" value={count(table.columns.length)} />
        <Stat label="Where" value={table.kind === "own" ? "Kith" : table.connection_kind} note={table.kind === "own" ? "kept here" : "read where it is, nothing is copied"} />
        <Stat label="Readers" value={usage.data ? count(readers) : "–"} note="in the last 30 days" />
      </dl>
      {table.pushed_down.length > 0 && (
        <p className="note pushed">
          Asked of the database itself:{" "}
          {table.pushed_down.map((what) => (
            <span key={what} className="tag tag-for">
              ↓ {what}
            </span>
          ))}
        </p>
      )}
      <Section id="columns" title="Columns" note={profile.data ? sampled(profile.data) : "What each column holds, as you see it."}>
        {profile.loading && <Loading what="what is in the columns" />}
        {profile.error && <Failure error={profile.error} retry={profile.reload} />}
        {table.columns.length === 0 && !table.fault && <Empty title="It has no column that you can read." />}
        <ul className="columns">
          {table.columns.map((column) => (
            <ColumnCard key={column.name} column={column} rows={profile.data?.rows_read ?? 0} profile={profile.data?.columns.find((one) => one.name === column.name)}
              labels={own.find((one) => one.column === column.name)} known={known(labels.data ?? [])} onLabelled={labels.refresh} />
          ))}
        </ul>
      </Section>
      <Section id="readers" title="Who reads it" note="Through SQL, in the last 30 days; from the audit log, which has no texts of queries.">
        <Await loaded={usage} what="who reads it">
          {({ usage: list }) => (list.length === 0 ? <Empty title="Nobody has asked it." /> : <Readers list={list} />)}
        </Await>
      </Section>
    </>
  );
}

function sampled(profile: TableProfile): string {
  const took = `${profile.took_ms} ms`;
  if (profile.sample === "all") return `Of all ${plural(profile.rows_read, "row")}, as you see them; ${took}.`;
  if (profile.sample === "random") return `Of a random part, ${plural(profile.rows_read, "row")}; shares hold for the whole, numbers of values are at least so many. ${took}.`;
  return `Of the first ${plural(profile.rows_read, "row")} that the database gave, which may be alike; ${took}.`;
}

function Readers({ list }: { list: UsageOf[] }) {
  const by = new Map<string, { user: string; purpose: string | null; queries: number; rows: number; last: string; days: number }>();
  for (const one of list) {
    const key = `${one.user}\n${one.purpose ?? ""}`;
    const sum = by.get(key) ?? { user: one.user, purpose: one.purpose, queries: 0, rows: 0, last: "", days: 0 };
    by.set(key, { ...sum, queries: sum.queries + one.queries, rows: sum.rows + one.rows, days: sum.days + 1, last: one.day > sum.last ? one.day : sum.last });
  }
  const rows = [...by.values()].sort((a, b) => b.queries - a.queries);
  return (
    <Table label="Who reads it" className="runs" rows={rows} keyOf={(one) => `${one.user} ${one.purpose}`}
      columns={[
        { name: "User", kind: "head", cell: (one) => one.user },
        { name: "Purpose", cell: (one) => one.purpose ?? <span className="note">not said</span> },
        { name: "Queries", kind: "number", cell: (one) => count(one.queries) },
        { name: "Rows given", kind: "number", cell: (one) => count(one.rows) },
        { name: "Days", kind: "number", cell: (one) => count(one.days) },
        { name: "Last", cell: (one) => one.last },
      ]} />
  );
}
