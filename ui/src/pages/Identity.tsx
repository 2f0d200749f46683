// The identity of the whole installation: how many records became how many people, whether that is as expected and as
// before, where sources overlap, and what is near the threshold. Every drawing is a table with bars in it.

import { api } from "../api/client";
import type { Identity, NearPair, PairSide } from "../api/types";
import { confidence, count, fieldName, percent, plural, probability } from "../lib/format";
import { useLoad } from "../lib/load";
import { to } from "../lib/router";
import { Bar, Chip, Scroll, Section, Stat } from "../parts/bits";
import { Benchmarks } from "../parts/Benchmarks";
import { Drift } from "../parts/Drift";
import { IdentityNav } from "../parts/IdentityNav";
import { Await, Empty, Heading } from "../parts/states";
import { TableHead, drawing, hidden, number } from "../parts/TableHead";

export function IdentityPage() {
  const loaded = useLoad("identity", (signal) => api.identity(signal));
  return (
    <div className="page">
      <Heading title="Identity" />
      <IdentityNav current="identity" />
      <Await loaded={loaded} what="the identity overview">
        {(identity) => (identity.records === 0 ? <Nothing /> : <Overview identity={identity} />)}
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

function Overview({ identity }: { identity: Identity }) {
  const { records, profiles } = identity;
  return (
    <>
      <p className="lead">
        <strong>{count(records)}</strong> records are <strong>{count(profiles)}</strong> people at confidence {confidence(identity.confidence)}.
      </p>
      <dl className="stats">
        <Stat label="Duplicates" value={percent(1 - profiles / records)} note={`${count(records - profiles)} records`} />
        <Stat label="Records per person" value={(records / profiles).toFixed(2)} />
        <Stat label="Known to several sources" value={percent(severalOf(identity) / profiles)} note={plural(severalOf(identity), "person", "people")} />
        <Stat label="Largest cluster" value={count(Math.max(...identity.cluster_sizes.map((one) => one.size), 0))} note="records" />
      </dl>
      <Benchmarks benchmarks={identity.benchmarks} />
      <Drift runs={identity.runs} />
      <div className="two-columns">
        <BySource identity={identity} />
        <Sizes identity={identity} />
      </div>
      <Overlap identity={identity} />
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
  return (
    <Section id="by-source" title="Records to people, by source" note="Duplicates: records of one source that are the same person.">
      <Scroll label="Records to people by source">
        <table className="chart-table">
          <TableHead columns={["Source", drawing, number("Records"), number("People"), number("Duplicates")]} />
          <tbody>
            {identity.by_source.map((row) => (
              <tr key={row.source}>
                <th scope="row">
                  <Chip source={row.source} />
                </th>
                <td className="drawing">
                  <Bar parts={[{ share: row.profiles / most, kind: "for" }, { share: Math.max(0, row.records - row.profiles) / most, kind: "for-rarity" }]} />
                </td>
                <td className="num">{count(row.records)}</td>
                <td className="num">{count(row.profiles)}</td>
                <td className="num">{row.records ? percent(row.duplicates / row.records) : "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Section>
  );
}

function Sizes({ identity }: { identity: Identity }) {
  const sizes = [...identity.cluster_sizes].sort((a, b) => a.size - b.size);
  const most = Math.max(...sizes.map((row) => row.profiles), 1);
  return (
    <Section id="sizes" title="Records per person" note="Bars are on a logarithmic scale, so that rare large clusters can be seen.">
      <Scroll label="Records per person">
        <table className="chart-table sizes">
          <TableHead columns={[number("Records"), drawing, number("People")]} />
          <tbody>
            {sizes.map((row) => (
              <tr key={row.size}>
                <th scope="row" className="num">
                  {row.size}
                </th>
                <td className="drawing">
                  <Bar share={Math.log1p(row.profiles) / Math.log1p(most)} kind="plain" />
                </td>
                <td className="num">{count(row.profiles)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Section>
  );
}

function Overlap({ identity }: { identity: Identity }) {
  const sources = identity.by_source.map((row) => row.source);
  const sets = [...identity.overlap].sort((a, b) => b.profiles - a.profiles).slice(0, 16);
  const most = Math.max(...sets.map((set) => set.profiles), 1);
  const hidden = identity.overlap.length - sets.length;
  return (
    <Section
      id="overlap"
      title="Which sources know the same people"
      note={`Each row is an exact combination of sources.${hidden > 0 ? ` The ${count(sets.length)} largest of ${count(identity.overlap.length)} are shown.` : ""}`}
    >
      <Scroll label="Source overlap">
        <table className="chart-table upset">
          <thead>
            <tr>
              {sources.map((source) => (
                <th key={source} scope="col" className="upset-source">
                  <Chip source={source} />
                </th>
              ))}
              <th scope="col" className="num">People</th>
              <th scope="col">
                <span className="sr">Drawing</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {sets.map((set) => (
              <tr key={set.sources.join()}>
                {sources.map((source) => (
                  <td key={source} className={set.sources.includes(source) ? "in" : "out"}>
                    <Dot filled={set.sources.includes(source)} />
                    <span className="sr">{set.sources.includes(source) ? "yes" : "no"}</span>
                  </td>
                ))}
                <td className="num">{count(set.profiles)}</td>
                <td className="drawing">
                  <Bar share={set.profiles / most} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Section>
  );
}

function Dot({ filled }: { filled: boolean }) {
  return (
    <svg className={filled ? "dot filled" : "dot"} viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
      <circle cx="6" cy="6" r="4.5" />
    </svg>
  );
}

/** How many records, and how many people, have a value of each field: what unifying them has gained. */
function Completeness({ identity }: { identity: Identity }) {
  const share = (of: number) => (of > 0 && of < 0.001 ? "< 0.1 %" : percent(of));
  return (
    <Section id="completeness" title="What is known" note="Records that have a value, and people of whom some record has one.">
      <Scroll label="Completeness by field">
        <table className="chart-table known">
          <TableHead columns={["Field", number("Records"), hidden("Drawing of records"), number("People"), hidden("Drawing of people")]} />
          <tbody>
            {identity.completeness.map((row) => (
              <tr key={row.field}>
                <th scope="row">{fieldName(row.field, row.label)}</th>
                <td className="num">{share(row.records_share)}</td>
                <td className="drawing">
                  <Bar share={row.records_share} />
                </td>
                <td className="num">{share(row.profiles_share)}</td>
                <td className="drawing">
                  <Bar share={row.profiles_share} kind="for" />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Section>
  );
}

function Near({ pairs, at }: { pairs: NearPair[]; at: number }) {
  const side = (record: PairSide) => (
    <>
      <span className="value">{record.name || "No name"}</span> <Chip source={record.source} record={record.key} />
    </>
  );
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
        <Scroll label="Pairs nearest to the threshold">
          <table className="near">
            <TableHead columns={["One record", "The other", number("Probability"), "Taken as", hidden("Open")]} />
            <tbody>
              {pairs.map((pair) => (
                <tr key={`${pair.a.node_id} ${pair.b.node_id}`}>
                  <td>{side(pair.a)}</td>
                  <td>{side(pair.b)}</td>
                  <td className="num">{probability(pair.probability)}</td>
                  <td>
                    <span className={pair.merged ? "tag tag-for" : "tag tag-against"}>{pair.merged ? "one person" : "two persons"}</span>
                  </td>
                  <td>
                    <a href={to(["pairs", pair.a.node_id, pair.b.node_id])}>
                      Weigh<span className="sr"> {pair.a.name} and {pair.b.name}</span>
                    </a>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </Section>
  );
}
