// The histogram of weights, one bar a bit, with the threshold. The mouse clicks bars; the slider does the same by keyboard;
// the table has the figures.

import type { PairBand, ScoredPairs } from "../api/types";
import { bits, confidence, count } from "../lib/format";
import { Table } from "./TableHead";

const [H, BAR] = [170, 18];

export function WeightBands({ answer, band, choose }: { answer: ScoredPairs; band?: number; choose: (band?: number) => void }) {
  const { bands } = answer;
  const at = bands.findIndex((one) => one.from_bits === band) + 1;
  const chosen = bands[at - 1];
  const said = chosen ? named(chosen) : "all weights";
  return (
    <div className="bands">
      <Bars answer={answer} band={band} choose={choose} />
      <div className="filter">
        <label htmlFor="band">Weight</label>
        <input id="band" type="range" min={0} max={bands.length} step={1} value={at} aria-valuetext={said} onChange={(event) => choose(bands[Number(event.target.value) - 1]?.from_bits)} />
        <output htmlFor="band" className="note" data-band={band ?? "all"}>
          <strong>{said}</strong>
          {chosen && `: ${count(chosen.pairs)} pairs, ${count(chosen.merged)} of them in one profile`}
        </output>
      </div>
      <details>
        <summary>Weights as a table</summary>
        <Table
          label="Scored pairs by weight" className="runs" rows={bands.filter((one) => one.pairs > 0)} keyOf={(one) => one.from_bits}
          columns={[
            { name: "Bits", kind: "head", cell: named },
            { name: "Pairs", kind: "number", cell: (one) => count(one.pairs) },
            { name: "In one profile", kind: "number", cell: (one) => count(one.merged) },
            { name: "Others", kind: "number", cell: (one) => count(one.pairs - one.merged) },
          ]}
        />
      </details>
    </div>
  );
}

const named = (band: PairBand) => `${bits(band.from_bits)} to ${bits(band.to_bits)} bits`;

function Bars({ answer, band, choose }: { answer: ScoredPairs; band?: number; choose: (band?: number) => void }) {
  const { bands } = answer;
  const most = Math.max(...bands.map((one) => one.pairs), 1);
  const first = bands[0]?.from_bits ?? 0;
  const width = bands.length * BAR;
  const tall = (n: number) => (n > 0 ? Math.max(2, ((H - 24) * Math.log1p(n)) / Math.log1p(most)) : 0);
  const threshold = (answer.weight_bits - first) * BAR;
  return (
    <figure className="band-bars">
      <svg viewBox={`0 0 ${width} ${H + 22}`} preserveAspectRatio="xMidYMid meet" aria-hidden="true" focusable="false">
        {bands.map((one, i) => {
          const [all, merged] = [tall(one.pairs), one.pairs > 0 ? (tall(one.pairs) * one.merged) / one.pairs : 0];
          return (
            <g key={one.from_bits} className={one.from_bits === band ? "band chosen" : "band"} data-bar={one.from_bits} onClick={() => choose(one.from_bits === band ? undefined : one.from_bits)}>
              <rect className="band-ground" x={i * BAR} y="0" width={BAR} height={H} />
              <rect className="bar-plain" x={i * BAR + 2} y={H - all} width={BAR - 4} height={Math.max(0, all - merged)} />
              <rect className="bar-for" x={i * BAR + 2} y={H - merged} width={BAR - 4} height={merged} />
              {one.from_bits % 5 === 0 && (
                <text x={i * BAR} y={H + 15} textAnchor="middle">
                  {one.from_bits}
                </text>
              )}
              <title>{`${named(one)}: ${count(one.pairs)} pairs, ${count(one.merged)} in one profile`}</title>
            </g>
          );
        })}
        <line className="in-force" x1={threshold} x2={threshold} y1="0" y2={H} />
      </svg>
      <figcaption className="note">
        <span className="key-one">in one profile</span> <span className="key-other">not</span> <span className="key-threshold">{confidence(answer.confidence)}, {bits(answer.weight_bits)} bits</span>
      </figcaption>
    </figure>
  );
}
