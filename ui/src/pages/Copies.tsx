// The register of copies: which tables are read from a copy, how old it is, who answers for it, and whether both sides are the same.

import { useState } from "react";
import { api } from "../api/client";
import type { CopyChecked, CopyOf } from "../api/tables";
import { useAct } from "../lib/act";
import { ago, count, lasting, plural, time } from "../lib/format";
import { useLoad } from "../lib/load";
import { to } from "../lib/router";
import { compact } from "../lib/tables";
import { Section } from "../parts/bits";
import { DataNav } from "../parts/DataNav";
import { Await, Empty, Heading } from "../parts/states";
import { Table } from "../parts/TableHead";

export function Copies() {
  const [made, setMade] = useState(0);
  const loaded = useLoad(`copies ${made}`, (signal) => api.copies(signal));
  return (
    <div className="page">
      <DataNav current="copies" />
      <Heading title="Copies" />
      <p className="lead-note">Tables of connections that are read from a copy, and the records that sources have landed. One line of kith.toml, mode, moves a table, and no query changes.</p>
      <Await loaded={loaded} what="the copies">
        {({ copies }) => {
          const tables = copies.filter((copy) => copy.kind === "copy");
          const landed = copies.filter((copy) => copy.kind === "landed");
          return (
            <>
              {tables.length === 0 ? (
                <Empty title="No table has a copy.">
                  <p>
                    Add a <code>[[copy]]</code> with table, mode, owner, purpose and expires to <code>kith.toml</code> and start <code>kith serve</code> again.
                  </p>
                </Empty>
              ) : (
                <ul className="cards connections">
                  {tables.map((copy) => (
                    <CopyCard key={copy.table} copy={copy} changed={() => setMade(made + 1)} />
                  ))}
                </ul>
              )}
              {landed.length > 0 && (
                <Section id="landed" title="Landed records" note="Sources that are loaded are copies, too: their records are in the log and in the lake.">
                  <Table label="Landed records" className="runs" rows={landed} keyOf={(copy) => copy.table}
                    columns={[
                      { name: "Table", kind: "head", cell: (copy) => <TableLink name={copy.table} /> },
                      { name: "Rows", kind: "number", cell: (copy) => count(copy.rows ?? 0) },
                      { name: "Purpose", cell: (copy) => copy.purpose ?? "" },
                      { name: "Last pull", cell: (copy) => (copy.taken_at ? ago(copy.taken_at) : "sent by others") },
                    ]} />
                </Section>
              )}
            </>
          );
        }}
      </Await>
    </div>
  );
}

const WORDS = { virtual: "virtual", accelerated: "accelerated", migrated: "migrated", left: "not in kith.toml any more", landed: "landed" } as const;

function TableLink({ name }: { name: string }) {
  const [schema = "", ...table] = name.split(".");
  return <a href={to(["catalogue", schema, table.join(".")])}>{name}</a>;
}

function From({ copy }: { copy: CopyOf }) {
  if (copy.read_from === "copy") return <span className="tag state-ok">✓ queries read the copy</span>;
  if (copy.read_from === "refused") return <span className="tag tag-against">✕ queries are refused</span>;
  return <span className="tag">queries read it where it is</span>;
}

function CopyCard({ copy, changed }: { copy: CopyOf; changed: () => void }) {
  const [told, setTold] = useState("");
  const [checked, setChecked] = useState<CopyChecked | null>(null);
  const act = useAct();
  const refresh = (whole: boolean) =>
    act.run(async () => {
      const done = await api.refreshCopy(copy.table, whole);
      setChecked(null);
      setTold(`${plural(done.fetched, "row")} fetched${done.whole ? "" : " by the cursor"}, after ${lasting(done.took_ms / 1_000)}`);
      changed();
    });
  const check = () =>
    act.run(async () => {
      const found = await api.checkCopy(copy.table);
      setChecked(found);
      setTold(`${found.equal ? "Both sides are equal" : "They differ"}, after ${lasting(found.took_ms / 1_000)}`);
    });
  const copied = copy.mode !== "virtual" && copy.mode !== "left";
  return (
    <li className="panel card connection" aria-label={copy.table}>
      <header className="card-head">
        <h2>
          <TableLink name={copy.table} />
        </h2>
        <span className="tag tag-for">{WORDS[copy.mode]}</span>
      </header>
      <p className="connection-place">
        <From copy={copy} />
      </p>
      <dl className="lines">
        <Line name="Rows" value={copy.rows === null ? "nothing was copied yet" : `${count(copy.rows)}, ${compact(copy.bytes ?? 0)} bytes`} />
        <Line name="Taken" value={copy.taken_at ? `${time(copy.taken_at)}, ${lasting(copy.age_s ?? 0)} ago` : "never"} />
        {copy.max_age_s !== null && <Line name="May be" value={`${lasting(copy.max_age_s)} old`} />}
        <Line name="Owner" value={copy.owner ?? "nobody"} />
        <Line name="Purpose" value={copy.purpose ?? "none"} />
        <Line name="Expires" value={copy.expires ? `${copy.expires}${copy.expired ? ": over" : ""}` : "never"} />
        <Line name="Compared" value={copy.checked_at ? `${ago(copy.checked_at)}: ${copy.rows_differed === 0 ? "equal" : plural(copy.rows_differed ?? 0, "difference")}` : "never"} />
      </dl>
      {copied && (
        <div className="connection-test">
          <button type="button" className="button small" onClick={() => refresh(false)} disabled={act.busy} aria-label={`Refresh ${copy.table}`}>
            {act.busy ? "Working …" : "Refresh"}
          </button>
          <button type="button" className="button small" onClick={check} disabled={act.busy || copy.rows === null} aria-label={`Compare ${copy.table}`}>
            Compare
          </button>
          <span className="note" role="status">
            {told}
          </span>
        </div>
      )}
      {act.error && (
        <p className="inline-error" role="alert">
          {act.error.message} {act.error.help}
        </p>
      )}
      {checked && !checked.equal && <Differences checked={checked} />}
    </li>
  );
}

function Differences({ checked }: { checked: CopyChecked }) {
  return (
    <section aria-label="Differences">
      <p className="note">
        {count(checked.rows_source)} rows at the source, {count(checked.rows_copy)} in the copy.
      </p>
      {checked.columns_differ.length > 0 && (
        <ul>
          {checked.columns_differ.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
      {checked.rows.length > 0 && (
        <Table label="Rows that differ" className="runs" rows={checked.rows} keyOf={(row) => `${row.kind} ${row.key.join(" ")}`}
          columns={[
            { name: "Key", kind: "head", cell: (row) => row.key.map((cell) => cell ?? "NULL").join(", ") },
            { name: "In the copy it is", cell: (row) => row.kind },
            { name: "Columns", cell: (row) => row.columns.join(", ") },
          ]} />
      )}
    </section>
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
