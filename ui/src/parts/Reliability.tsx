// Whether the model's word holds: what it states of pairs, against the share of them that people call one person. Both axes
// are in bits, so that what is near 1, where profiles are made, can be told apart; the table has the same figures.

import type { Reliability as Answer, ReliabilityBin } from "../api/types";
import { count, plural, probability } from "../lib/format";
import { to } from "../lib/router";
import { Side } from "./PairRow";
import { Table } from "./TableHead";

const TICKS = [0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 0.999];
/** The axes' ends, in bits; what lies beyond stands at the edge. */
const [LOW, HIGH] = [-6, 11];
const SIZE = 360;
const PAD = 46;

const inBits = (p: number) => Math.log2(p / (1 - p));
const place = (p: number) => (SIZE * (Math.min(HIGH, Math.max(LOW, inBits(p))) - LOW)) / (HIGH - LOW);
const x = (p: number) => PAD + place(p);
const y = (p: number) => 10 + SIZE - place(p);

export function Reliability({ answer }: { answer: Answer }) {
  const labels = answer.labels.always + answer.labels.never;
  const bins = answer.bins.filter((bin) => bin.pairs > 0 || bin.labelled > 0);
  return (
    <>
      <Verdict answer={answer} labels={labels} />
      <div className="reliability">
        <Diagram bins={bins} />
        <Table
          label="Reliability by stated probability" className="runs reliability-bins" rows={bins} keyOf={(bin) => bin.from} rowClass={(bin) => (bin.labelled > 0 && bin.few ? "few" : undefined)}
          columns={[
            { name: "Stated", kind: "head", cell: (bin) => `${ends(bin.from)} – ${ends(bin.to)}` },
            { name: "Scored pairs", kind: "number", cell: (bin) => count(bin.pairs) },
            { name: "Model says", kind: "number", cell: (bin) => shown(bin.labelled > 0 ? bin.stated_labelled : bin.stated) },
            { name: "Answers", kind: "number", cell: (bin) => count(bin.labelled) },
            { name: "People say", kind: "number", cell: (bin) => (bin.labelled > 0 ? shown(bin.share) : "no answer") },
            { name: "95 % interval", kind: "number", cell: (bin) => (bin.labelled > 0 ? `${shown(bin.low)} – ${shown(bin.high)}` : "–") },
          ]}
        />
      </div>
      <Furthest pairs={answer.furthest} />
    </>
  );
}

/** What may be concluded, said plainly. */
function Verdict({ answer, labels }: { answer: Answer; labels: number }) {
  const { calibration_error: error, learnt_from: learnt, labels_wanted: wanted } = answer;
  return (
    <p className="reliability-verdict" data-labels={labels} data-few={answer.few}>
      {labels === 0 ? (
        <>
          <strong>Nobody has decided about a pair yet.</strong> What stands here is only the model's own word. About {wanted} answers make it a measurement:{" "}
          <a href="#/review">review some pairs</a>.
        </>
      ) : answer.few ? (
        <>
          <strong>{plural(labels, "answer is", "answers are")} too few to judge the model.</strong> The intervals show how little they say; about {wanted} make them narrow.{" "}
          <a href="#/review">Review more pairs</a>.
        </>
      ) : (
        <>
          Over {plural(labels, "answer")}, what is stated and what people say lie <strong>{error === null ? "–" : error.toFixed(3)}</strong> apart in the mean.{" "}
          {labels < wanted && <>About {wanted} answers make the intervals narrow. </>}
          People answer the hard pairs, so easy ones count less here than they do in the data.
        </>
      )}
      {learnt > 0 && <> The model has learnt from {plural(learnt, "such answer")}, so it is judged kindly by these.</>}
    </p>
  );
}

const ends = (p: number) => (p === 0 || p === 1 ? String(p) : probability(p));
const shown = (p: number | null) => (p === null ? "–" : p === 0 ? "0" : p === 1 ? "1" : p > 0.999 ? p.toFixed(4) : p.toFixed(p > 0.985 || p < 0.015 ? 3 : 2));

function Diagram({ bins }: { bins: ReliabilityBin[] }) {
  const most = Math.max(...bins.map((bin) => bin.labelled), 1);
  return (
    <figure className="reliability-diagram">
      <svg viewBox={`0 0 ${PAD + SIZE + 12} ${SIZE + 48}`} role="img" aria-label="Reliability diagram: the table beside it has its figures">
        {TICKS.map((tick) => (
          <g key={tick}>
            <line className="grid" x1={x(tick)} x2={x(tick)} y1={y(0)} y2={y(1)} />
            <line className="grid" x1={x(0)} x2={x(1)} y1={y(tick)} y2={y(tick)} />
            <text x={x(tick)} y={SIZE + 26} textAnchor="middle">{tick}</text>
            <text x={PAD - 6} y={y(tick) + 4} textAnchor="end">{tick}</text>
          </g>
        ))}
        <text x={PAD + SIZE / 2} y={SIZE + 43} textAnchor="middle" className="axis">the model states</text>
        <text transform={`translate(11 ${10 + SIZE / 2}) rotate(-90)`} textAnchor="middle" className="axis">people say: one person</text>
        <line className="diagonal" x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} />
        {bins.map((bin) =>
          bin.labelled === 0 || bin.share === null || bin.low === null || bin.high === null ? (
            bin.stated !== null && <rect key={bin.from} className="own-word" x={x(bin.stated) - 4} y={y(bin.stated) - 4} width="8" height="8" />
          ) : (
            <g key={bin.from} className={bin.few ? "said few" : "said"} data-bin={bin.from}>
              <line x1={x(bin.stated_labelled ?? 0)} x2={x(bin.stated_labelled ?? 0)} y1={y(bin.low)} y2={y(bin.high)} />
              <circle cx={x(bin.stated_labelled ?? 0)} cy={y(bin.share)} r={4 + 5 * Math.sqrt(bin.labelled / most)}>
                <title>{`stated ${shown(bin.stated_labelled)}, people say ${shown(bin.share)} (${bin.same} of ${bin.labelled})`}</title>
              </circle>
            </g>
          ),
        )}
      </svg>
      <figcaption className="note">
        <span className="key-said">people's answers with their 95 % interval</span> <span className="key-few">too few answers</span> <span className="key-own">no answer: the model's own word</span>
      </figcaption>
    </figure>
  );
}

/** Answers against the model: either it is wrong there, or somebody has mistyped. */
function Furthest({ pairs }: { pairs: Answer["furthest"] }) {
  if (pairs.length === 0) return null;
  return (
    <details className="furthest">
      <summary>{plural(pairs.length, "answer")} that the model would not have given</summary>
      <Table
        label="Answers against the model" className="near" rows={pairs} keyOf={(pair) => `${pair.a.node_id} ${pair.b.node_id}`}
        columns={[
          { name: "One record", cell: (pair) => <Side record={pair.a} /> },
          { name: "The other", cell: (pair) => <Side record={pair.b} /> },
          { name: "Model says", kind: "number", cell: (pair) => probability(pair.probability) },
          { name: "People say", cell: (pair) => <span className={pair.same ? "tag tag-for" : "tag tag-against"}>{pair.same ? "one person" : "two persons"}</span> },
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
    </details>
  );
}
