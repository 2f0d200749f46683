// The identity of the whole installation: how many records became how many people, whether that is as expected and as
// before, where sources overlap, and what is near the threshold. Every drawing is a table with bars in it.

import { useState } from "react";
import { api } from "../api/client";
import type { ExampleProfile, Identity, NearPair } from "../api/types";
import { confidence, count, fieldName, percent, plural, probability } from "../lib/format";
import { useLoad } from "../lib/load";
import { go, to } from "../lib/router";
import { Bar, Chip, Section, Stat } from "../parts/bits";
import { Benchmarks } from "../parts/Benchmarks";
import { Drift } from "../parts/Drift";
import { IdentityNav } from "../parts/IdentityNav";
import { Side, Taken } from "../parts/PairRow";
import { People } from "../parts/People";
import { Await, Empty, Heading } from "../parts/states";
import { Table } from "../parts/TableHead";
import { Upset } from "../parts/Upset";

export function IdentityPage({ query }: { query: URLSearchParams }) {
  const loaded = useLoad("identity", (signal) => api.identity(signal));
  return (
    <div className="page">
      <Heading title="Identity" />
      <IdentityNav current="identity" />
      <Await loaded={loaded} what="the identity overview">
        {(identity) => (identity.records === 0 ? <Nothing /> : <Overview identity={identity} query={query} />)}
      </Await>
    </div>
  );
}

function Nothing() {
  return (
    <Empty title="No record has been resolved yet.">
      <p>
        Run <code>kith run</code>: it reads the sources and resolves their records.
      </p>
    </Empty>
  );
}

function Overview({ identity, query }: { identity: Identity; query: URLSearchParams }) {
  const { records, profiles } = identity;
  const keep = (name: string, value: string | null) => {
    const next = Object.fromEntries(query);
    go(to(["identity"], { ...next, [name]: value ?? undefined }), "replace");
  };
  return (
    <>
      <p className="lead">
        <strong>{count(records)}</strong> records are <strong>{count(profiles)}</strong> people at confidence {confidence(identity.confidence)}. <span className="note">Counted at log position {count(identity.position)}.</span>
      </p>
      <dl className="stats">
        <Stat label="Duplicates" value={percent(1 - profiles / records)} note={`${count(records - profiles)} records`} />
        <Stat label="Records per person" value={(records / profiles).toFixed(2)} />
        <Stat label="Known to several sources" value={percent(severalOf(identity) / profiles)} note={plural(severalOf(identity), "person", "people")} />
        <Stat label="Largest cluster" value={count(Math.max(...identity.cluster_sizes.map((one) => one.size), 0))} note="records" />
      </dl>
      <Benchmarks benchmarks={identity.benchmarks} />
      <Drift runs={identity.runs} benchmarks={identity.benchmarks} query={query} keep={keep} />
      <div className="two-columns">
        <BySource identity={identity} />
        <Sizes identity={identity} />
      </div>
      <Section
        id="overlap" title="Which sources know the same people"
        note={`Each column is an exact combination of sources, the commonest first; the bars at the left count the people of each source.${identity.overlap.length > 24 ? ` The 24 largest of ${count(identity.overlap.length)} are drawn.` : ""}`}
      >
        <Upset overlap={identity.overlap} sources={identity.by_source} chosen={query.get("sources")} choose={(id) => keep("sources", id)} />
      </Section>
      <Completeness identity={identity} />
      <Near pairs={identity.near_threshold} at={identity.confidence} />
    </>
  );
}

function severalOf(identity: Identity): number {
  return identity.overlap.filter((set) => set.sources.length > 1).reduce((sum, set) => sum + set.profiles, 0);
}

function BySource({ identity }: { identity: Identity }) {
  const most = Math.max(...identity.by_source.map((row) => row.records), 1);
  const [open, setOpen] = useState<string | null>(null);
  const chosen = identity.by_source.find((row) => row.source === open);
  return (
    <Section id="by-source" title="Duplicates, by source" note="Records of one source that are the same person; the source's own records stay as they are.">
      <Table
        label="Records to people by source" className="chart-table" rows={identity.by_source} keyOf={(row) => row.source}
        columns={[
          { name: "Source", kind: "head", cell: (row) => <Chip source={row.source} /> },
          { name: "Drawing", kind: "drawing", cell: (row) => <Bar parts={[{ share: row.profiles / most, kind: "for" }, { share: Math.max(0, row.records - row.profiles) / most, kind: "for-rarity" }]} /> },
          { name: "Records", kind: "number", cell: (row) => count(row.records) },
          { name: "People", kind: "number", cell: (row) => count(row.profiles) },
          { name: "Duplicates", kind: "number", cell: (row) => (row.records ? percent(row.duplicates_share) : "–") },
          { name: "Twice or more", kind: "number", cell: (row) => <Opener label={`people whom ${row.source} has several times`} count={row.repeated} open={open === row.source} toggle={() => setOpen(open === row.source ? null : row.source)} /> },
        ]}
      />
      {chosen && <Opened title={`The people whom ${chosen.source} has most often`} people={chosen.examples} />}
    </Section>
  );
}

/** A count that opens some of the people it counts. */
function Opener({ label, count: people, open, toggle }: { label: string; count: number; open: boolean; toggle: () => void }) {
  if (people === 0) return <>0</>;
  return (
    <button type="button" className="opener" aria-expanded={open} onClick={toggle}>
      {count(people)}
      <span className="sr"> {label}, examples</span>
    </button>
  );
}

function Opened({ title, people }: { title: string; people: ExampleProfile[] }) {
  return (
    <div className="chosen-set">
      <h3>{title}</h3>
      <People people={people} unit="records" />
    </div>
  );
}

function Sizes({ identity }: { identity: Identity }) {
  const sizes = [...identity.cluster_sizes].sort((a, b) => a.size - b.size);
  const most = Math.max(...sizes.map((row) => row.profiles), 1);
  const [open, setOpen] = useState<number | null>(null);
  const chosen = sizes.find((row) => row.size === open);
  return (
    <Section id="sizes" title="Records per person" note="Bars are on a logarithmic scale, so that rare large clusters can be seen. A number of people opens some of them.">
      <Table
        label="Records per person" className="chart-table sizes" rows={sizes} keyOf={(row) => row.size}
        columns={[
          { name: "Records", kind: "head", cell: (row) => row.size },
          { name: "Drawing", kind: "drawing", cell: (row) => <Bar share={Math.log1p(row.profiles) / Math.log1p(most)} kind="plain" /> },
          { name: "People", kind: "number", cell: (row) => <Opener label={`people of ${plural(row.size, "record")}`} count={row.profiles} open={open === row.size} toggle={() => setOpen(open === row.size ? null : row.size)} /> },
        ]}
      />
      {chosen && <Opened title={`Some of the ${plural(chosen.profiles, "person", "people")} of ${plural(chosen.size, "record")}`} people={chosen.examples} />}
    </Section>
  );
}

/** How many records, and how many people, have a value of each field: what unifying them has gained. */
function Completeness({ identity }: { identity: Identity }) {
  const share = (of: number) => (of > 0 && of < 0.001 ? "< 0.1 %" : percent(of));
  return (
    <Section id="completeness" title="What is known" note="Records that have a value, and people of whom some record has one.">
      <Table
        label="Completeness by field" className="chart-table known" rows={identity.completeness} keyOf={(row) => row.field}
        columns={[
          { name: "Field", kind: "head", cell: (row) => fieldName(row.field, row.label) },
          { name: "Records", kind: "number", cell: (row) => share(row.records_share) },
          { name: "Drawing of records", kind: "drawing", cell: (row) => <Bar share={row.records_share} /> },
          { name: "People", kind: "number", cell: (row) => share(row.profiles_share) },
          { name: "Drawing of people", kind: "drawing", cell: (row) => <Bar share={row.profiles_share} kind="for" /> },
        ]}
      />
    </Section>
  );
}

function Near({ pairs, at }: { pairs: NearPair[]; at: number }) {
  return (
    <Section
      id="near"
      title="Nearest to the threshold"
      aside={<a href="#/review">Review pairs by keyboard</a>}
      note={`The pairs that ${confidence(at)} decides most narrowly. Open one to see what speaks for and against.`}
    >
      {pairs.length === 0 ? (
        <Empty title="No pair is near the threshold." />
      ) : (
        <Table
          label="Pairs nearest to the threshold" className="near" rows={pairs} keyOf={(pair) => `${pair.a.node_id} ${pair.b.node_id}`}
          columns={[
            { name: "One record", cell: (pair) => <Side record={pair.a} /> },
            { name: "The other", cell: (pair) => <Side record={pair.b} /> },
            { name: "Probability", kind: "number", cell: (pair) => probability(pair.probability) },
            { name: "Taken as", cell: (pair) => <Taken merged={pair.merged} /> },
            {
              name: "Open",
              cell: (pair) => (
                <a href={to(["pairs", pair.a.node_id, pair.b.node_id])}>
                  Weigh<span className="sr"> {pair.a.name} and {pair.b.name}</span>
                </a>
              ),
            },
          ]}
        />
      )}
    </Section>
  );
}
