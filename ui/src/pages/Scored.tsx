// All pairs that the last resolution has scored: how many of each weight, in which patterns their fields agree, and some of
// each to look at, weighed. The address holds what is chosen.

import { api } from "../api/client";
import type { ExamplePair, ScoredPairs } from "../api/types";
import { bits, confidence, count, plural, probability } from "../lib/format";
import { useLoad } from "../lib/load";
import { go, to } from "../lib/router";
import { Section } from "../parts/bits";
import { IdentityNav } from "../parts/IdentityNav";
import { Side, Taken } from "../parts/PairRow";
import { Patterns } from "../parts/Patterns";
import { Await, Empty, Heading } from "../parts/states";
import { Table } from "../parts/TableHead";
import { Waterfall } from "../parts/Waterfall";
import { WeightBands } from "../parts/WeightBands";

const EXAMPLES = 12;

export function ScoredPage({ query }: { query: URLSearchParams }) {
  const scored = useLoad("scored", (signal) => api.scored(signal));
  return (
    <div className="page">
      <Heading title="Scored pairs" />
      <IdentityNav current="scored" />
      <Await loaded={scored} what="the scored pairs">
        {(answer) => (answer.pairs === 0 ? <Nothing /> : <Viewer answer={answer} query={query} />)}
      </Await>
    </div>
  );
}

function Nothing() {
  return (
    <Empty title="No pair of records was worth scoring.">
      <p>
        No two records agree on what a blocking rule asks for: see <a href="#/model">the match model</a>.
      </p>
    </Empty>
  );
}

function Viewer({ answer, query }: { answer: ScoredPairs; query: URLSearchParams }) {
  const band = query.has("band") ? Number(query.get("band")) : undefined;
  const pattern = query.get("pattern") ?? undefined;
  const pair = query.get("pair") ?? undefined;
  const choose = (next: { band?: number; pattern?: string; pair?: string }) => go(to(["scored"], next), "replace");
  const merged = answer.bands.reduce((sum, one) => sum + one.merged, 0);
  return (
    <>
      <p className="lead">
        <strong>{count(answer.pairs)}</strong> pairs were worth keeping; <strong>{count(merged)}</strong> of them are in one profile at confidence {confidence(answer.confidence)}.{" "}
        <span className="note">Counted at log position {count(answer.position)}.</span>
      </p>
      <Section id="bands" title="By weight" note="One bar a bit: pairs whose records are in one profile, and others. Logarithmic, so that rare weights can be seen. Click a bar, or move the slider, to open its pairs.">
        <WeightBands answer={answer} band={band} choose={(next) => choose({ band: next, pattern })} />
      </Section>
      <Section
        id="patterns" title="By pattern of agreement"
        note={`Which fields agree, and how well. ${answer.sampled === answer.pairs ? "Counted on all pairs." : `Estimated from ${count(answer.sampled)} pairs, the same number of each weight, drawn by chance.`} ${answer.patterns_found > answer.patterns.length ? `The ${count(answer.patterns.length)} commonest of ${count(answer.patterns_found)} are shown.` : ""}`}
      >
        <Patterns answer={answer} chosen={pattern} choose={(next) => choose({ band, pattern: next })} />
      </Section>
      <Examples band={band} pattern={pattern} pair={pair} choose={choose} />
    </>
  );
}

function Examples({ band, pattern, pair, choose }: { band?: number; pattern?: string; pair?: string; choose: (next: { band?: number; pattern?: string; pair?: string }) => void }) {
  const loaded = useLoad(`examples ${band} ${pattern}`, (signal) => api.examples(band, pattern, EXAMPLES, signal));
  const of = band === undefined && pattern === undefined ? "of all weights" : [band !== undefined && `of ${bits(band)} to ${bits(band + 1)} bits`, pattern !== undefined && "of the chosen pattern"].filter(Boolean).join(" and ");
  return (
    <Section
      id="examples" title="Pairs to look at" note={`Drawn by chance, ${of}.`}
      aside={(band !== undefined || pattern !== undefined) && (
        <button type="button" className="button small" onClick={() => choose({})}>
          All pairs
        </button>
      )}
    >
      <Await loaded={loaded} what="some pairs">
        {({ pairs, found }) =>
          pairs.length === 0 ? (
            <Empty title="No such pair was drawn.">
              <p>Choose another weight, or another pattern.</p>
            </Empty>
          ) : (
            <>
              <Table
                label="Pairs to look at" className="near scored" rows={pairs} keyOf={idOf} rowClass={(one) => (idOf(one) === pair ? "chosen" : undefined)}
                columns={[
                  { name: "One record", cell: (one) => <Side record={one.a} /> },
                  { name: "The other", cell: (one) => <Side record={one.b} /> },
                  { name: "Bits", kind: "number", cell: (one) => bits(one.weight) },
                  { name: "Probability", kind: "number", cell: (one) => probability(one.probability) },
                  { name: "Taken as", cell: (one) => <Taken merged={one.merged} /> },
                  {
                    name: "Open",
                    cell: (one) => (
                      <button type="button" className="button small" aria-expanded={idOf(one) === pair} onClick={() => choose({ band, pattern, pair: idOf(one) === pair ? undefined : idOf(one) })}>
                        Waterfall<span className="sr"> of {one.a.name} and {one.b.name}</span>
                      </button>
                    ),
                  },
                ]}
              />
              <p className="note" data-found={found}>
                {count(pairs.length)} of {plural(found, "drawn pair")}.
              </p>
            </>
          )
        }
      </Await>
      {pair && <Weighed pair={pair} />}
    </Section>
  );
}

const idOf = (pair: ExamplePair) => `${pair.a.node_id}-${pair.b.node_id}`;

/** The waterfall of one pair, and the ways on from it. */
function Weighed({ pair }: { pair: string }) {
  const [a = "", b = ""] = pair.split("-");
  const loaded = useLoad(`explain ${a} ${b}`, (signal) => api.explain(a, b, signal));
  return (
    <section className="weighed" aria-label="The weighing of the pair">
      <Await loaded={loaded} what="the pair">
        {(explanation) => (
          <>
            <Waterfall explanation={explanation} />
            <p className="weighed-links">
              <a href={to(["review"], { pair })}>Decide in pair review</a>
              <a href={to(["clusters", a])}>Cluster studio</a>
              <a href={to(["pairs", a, b])}>Side by side</a>
              {explanation.decided !== null && explanation.decided !== undefined && <span className="tag">decided: {explanation.decided ? "one person" : "two persons"}</span>}
            </p>
          </>
        )}
      </Await>
    </section>
  );
}

