// The identity of the whole installation: how many records became how many people, where sources overlap, what is
// near the threshold, and what the model believes. Every drawing is a table with bars in it.

import { api } from "../api/client";
import type { Identity, ModelField, NearPair, PairSide } from "../api/types";
import { bits, confidence, count, fieldName, percent, plural, probability, rate, words } from "../lib/format";
import { useLoad } from "../lib/load";
import { to } from "../lib/router";
import { Bar, Chip, Scroll, Section, Stat } from "../parts/bits";
import { Await, Empty, Heading } from "../parts/states";

export function IdentityPage() {
  const loaded = useLoad("identity", (signal) => api.identity(signal));
  return (
    <div className="page">
      <Heading title="Identity" />
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
      <div className="two-columns">
        <BySource identity={identity} />
        <Sizes identity={identity} />
      </div>
      <Overlap identity={identity} />
      <Near pairs={identity.near_threshold} at={identity.confidence} />
      <Model fields={identity.model} />
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
          <thead>
            <tr>
              <th scope="col">Source</th>
              <th scope="col">
                <span className="sr">Drawing</span>
              </th>
              <th scope="col" className="num">Records</th>
              <th scope="col" className="num">People</th>
              <th scope="col" className="num">Duplicates</th>
            </tr>
          </thead>
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
          <thead>
            <tr>
              <th scope="col" className="num">Records</th>
              <th scope="col">
                <span className="sr">Drawing</span>
              </th>
              <th scope="col" className="num">People</th>
            </tr>
          </thead>
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

function Near({ pairs, at }: { pairs: NearPair[]; at: number }) {
  const side = (record: PairSide) => (
    <>
      <span className="value">{record.name || "No name"}</span> <Chip source={record.source} record={record.key} />
    </>
  );
  return (
    <Section id="near" title="Nearest to the threshold" note={`The pairs that ${confidence(at)} decides most narrowly. Open one to see what speaks for and against.`}>
      {pairs.length === 0 ? (
        <Empty title="No pair is near the threshold." />
      ) : (
        <Scroll label="Pairs nearest to the threshold">
          <table className="near">
            <thead>
              <tr>
                <th scope="col">One record</th>
                <th scope="col">The other</th>
                <th scope="col" className="num">Probability</th>
                <th scope="col">Taken as</th>
                <th scope="col">
                  <span className="sr">Open</span>
                </th>
              </tr>
            </thead>
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

function Model({ fields }: { fields: ModelField[] }) {
  const most = Math.max(...fields.flatMap((field) => field.levels.map((level) => Math.abs(level.weight_bits))), 1);
  return (
    <Section
      id="model"
      title="What the model has learnt"
      note="For each level of agreement: m, how often it is seen among true pairs; u, how often among others; and the weight, log2(m/u). Learnt without labels; the file is model.toml."
    >
      {fields.length === 0 ? (
        <Empty title="There is no model yet." />
      ) : (
        <div className="model">
          {fields.map((field) => (
            <table key={field.field} className="chart-table model-field">
              <caption>{fieldName(field.field, field.label)}</caption>
              <thead>
                <tr>
                  <th scope="col">Level</th>
                  <th scope="col" className="num">m</th>
                  <th scope="col" className="num">u</th>
                  <th scope="col">
                    <span className="sr">Drawing</span>
                  </th>
                  <th scope="col" className="num">Bits</th>
                </tr>
              </thead>
              <tbody>
                {field.levels.map((level) => (
                  <tr key={level.level}>
                    <th scope="row">{words(level.level)}</th>
                    <td className="num faint">{rate(level.m)}</td>
                    <td className="num faint">{rate(level.u)}</td>
                    <td className="drawing">
                      <Diverging share={level.weight_bits / most} />
                    </td>
                    <td className="num">{bits(level.weight_bits)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          ))}
        </div>
      )}
    </Section>
  );
}

/** A bar to the left (against) or to the right (for) of the middle. */
function Diverging({ share }: { share: number }) {
  const width = Math.max(0.6, Math.min(1, Math.abs(share)) * 50);
  return (
    <svg className="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <rect className={share < 0 ? "bar-against" : "bar-for"} x={share < 0 ? 50 - width : 50} y="0" width={width} height="10" />
      <rect className="zero" x="49.8" y="0" width="0.4" height="10" />
    </svg>
  );
}
