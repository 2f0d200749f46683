// Where columns come from, and what a change of one would touch: as the server derives it from the configuration and from plans.

import { useMemo } from "react";
import { api } from "../api/client";
import type { EdgeOf, LineageOf } from "../api/tables";
import { plural } from "../lib/format";
import { edgeKey, union, within, type Spot } from "../lib/lineage";
import { useLoad } from "../lib/load";
import { go, to } from "../lib/router";
import { Section } from "../parts/bits";
import { DataNav } from "../parts/DataNav";
import { LineageGraph } from "../parts/LineageGraph";
import { Await, Empty, Failure, Heading } from "../parts/states";
import { Table } from "../parts/TableHead";

const DEPTHS = [1, 2, 3];

interface Wanted {
  /** The table in the middle; none = everything. */
  table?: string | undefined;
  depth?: number | undefined;
  /** The picked column, and its table. */
  of?: string | undefined;
  column?: string | undefined;
}

const address = ({ table, depth, of, column }: Wanted) => to(["lineage"], { table, depth, of, column });

export function Lineage(wanted: Wanted) {
  const all = useLoad("lineage", (signal) => api.lineage({}, signal));
  return (
    <div className="page">
      <DataNav current="lineage" />
      <Heading title="Lineage" />
      <p className="lead-note">
        What columns are made of: from sources to golden values as kith.toml maps them, and on through views by their plans. It is derived, never written by hand.
      </p>
      <Await loaded={all} what="the lineage">
        {({ made_of }) => (made_of.length === 0 ? <Empty title="No column is made of another, or none that you can read." /> : <Around all={made_of} wanted={wanted} />)}
      </Await>
    </div>
  );
}

function Around({ all, wanted }: { all: EdgeOf[]; wanted: Wanted }) {
  const { table } = wanted;
  const around = useLoad(table ? `lineage ${table}` : null, (signal) => api.lineage({ table }, signal));
  const tables = [...new Set(all.flatMap((edge) => [edge.from_table, edge.to_table]))].sort();
  const show = (change: Wanted) => go(address({ ...wanted, ...change }), "replace");
  return (
    <>
      <div className="tools">
        <label className="pick">
          Around
          <select value={table ?? ""} onChange={(event) => go(address({ table: event.target.value || undefined }))}>
            <option value="">all tables</option>
            {table && !tables.includes(table) && <option value={table}>{table}</option>}
            {tables.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
        {table && (
          <label className="pick">
            Steps
            <select value={wanted.depth ?? ""} onChange={(event) => show({ depth: Number(event.target.value) || undefined })}>
              {DEPTHS.map((one) => (
                <option key={one} value={one}>
                  {one}
                </option>
              ))}
              <option value="">as far as it goes</option>
            </select>
          </label>
        )}
      </div>
      {table ? (
        <Await loaded={around} what="the lineage of the table">
          {(found) => <Drawn edges={within(found.made_of, found.touches, table, wanted.depth ?? Infinity)} wanted={wanted} onPick={show} />}
        </Await>
      ) : (
        <Drawn edges={all} wanted={wanted} onPick={show} />
      )}
    </>
  );
}

function Drawn({ edges, wanted: { of, column, table }, onPick }: { edges: EdgeOf[]; wanted: Wanted; onPick: (change: Wanted) => void }) {
  const picked: Spot | null = of && column ? { table: of, column } : null;
  const way = useLoad(picked ? `way ${of} ${column}` : null, (signal) => api.lineage({ table: of, column }, signal));
  const path = useMemo(() => picked && way.data && new Set(union(way.data.made_of, way.data.touches).map(edgeKey)), [picked?.table, picked?.column, way.data]);
  const pick = (spot: Spot) => {
    const again = picked?.table === spot.table && picked.column === spot.column;
    onPick(again ? { of: undefined, column: undefined } : { of: spot.table, column: spot.column ?? undefined });
  };
  if (edges.length === 0) return <Empty title={`Nothing is known to go into ${table} or out of it.`} />;
  return (
    <>
      <Section id="drawing" title="Drawing" note="Choose a column to see its way; dashed lines only decide which rows there are.">
        <LineageGraph edges={edges} path={path} picked={picked} onPick={pick} />
      </Section>
      {picked && (
        <Section id="impact" title={`If ${of}.${column} changes`}>
          {way.error && <Failure error={way.error} retry={way.reload} />}
          {way.data && <Impact way={way.data} />}
        </Section>
      )}
      <Section id="edges" title="As a table" note={`${plural(edges.length, "edge")}: the same as in the drawing.`}>
        <p className="table-acts">
          <button type="button" className="button small" onClick={() => save(edges)}>
            Export as JSON
          </button>
        </p>
        <Table label="Edges of lineage" className="runs" rows={edges} keyOf={edgeKey} rowClass={(edge) => (path?.has(edgeKey(edge)) ? "on-way" : undefined)}
          columns={[
            { name: "From", kind: "head", cell: (edge) => `${edge.from_table}.${edge.from_column}` },
            { name: "To", cell: place },
            { name: "By", cell: (edge) => (edge.by === "mapping" ? "kith.toml" : edge.by) },
            ...(path ? [{ name: "On the way", cell: (edge: EdgeOf) => (path.has(edgeKey(edge)) ? "yes" : "") }] : []),
          ]} />
      </Section>
    </>
  );
}

const place = (edge: EdgeOf) => (edge.to_column === null ? `${edge.to_table}: which rows` : `${edge.to_table}.${edge.to_column}`);

function Impact({ way }: { way: LineageOf }) {
  const touched = [...new Set(way.touches.map(place))].sort();
  if (touched.length === 0) return <p className="note">Nothing that is known is made of it.</p>;
  return (
    <>
      <p>{plural(touched.length, "thing")} would change with it:</p>
      <ul className="impact" aria-label="What would change">
        {touched.map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
    </>
  );
}

function save(edges: EdgeOf[]) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([`${JSON.stringify(edges, null, 2)}\n`], { type: "application/json" }));
  link.download = "kith-lineage.json";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
