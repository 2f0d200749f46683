// The threshold tool: moving the slider shows at once what each confidence would give, against the one in force; nothing
// is changed. The curves are for the eye, the figures beside them are the same at the slider's place.

import { useState, type ReactNode } from "react";
import type { Confusion, Threshold, Thresholds as Answer } from "../api/types";
import { bits, confidence as asConfidence, count, plural } from "../lib/format";
import { to } from "../lib/router";
import { TableHead, number } from "./TableHead";

export function Thresholds({ answer }: { answer: Answer }) {
  const { thresholds } = answer;
  const inForce = Math.max(0, thresholds.findIndex((one) => Math.abs(one.confidence - answer.confidence) < 1e-9));
  const [at, setAt] = useState(inForce);
  const [chosen, current] = [thresholds[at], thresholds[inForce]];
  if (!chosen || !current) return null;
  const said = `${shownConfidence(chosen.confidence)}, ${bits(chosen.weight_bits)} bits`;
  return (
    <div className="threshold">
      <div className="threshold-left">
        <label htmlFor="threshold-slider">Confidence</label>
        <output htmlFor="threshold-slider" className="threshold-value">
          <strong>{shownConfidence(chosen.confidence)}</strong>{" "}
          <span className="note">
            {bits(chosen.weight_bits)} bits{at === inForce && ", in force"}
          </span>
        </output>
        <input
          id="threshold-slider" type="range" min={0} max={thresholds.length - 1} step={1} value={at}
          aria-valuetext={said} onChange={(event) => setAt(Number(event.target.value))}
        />
        <div className="threshold-ends note">
          <span>looser</span>
          <span>stricter</span>
        </div>
        <Curves thresholds={thresholds} at={at} inForce={inForce} />
        <p className="threshold-links">
          {at === inForce ? (
            <span className="note">This is in force.</span>
          ) : (
            <>
              <a className="button primary" href={to(["preview"], { confidence: Number(chosen.confidence.toFixed(6)) })}>
                Preview {shownConfidence(chosen.confidence)}
              </a>
              <button type="button" className="quiet" onClick={() => setAt(inForce)}>
                Back to {asConfidence(answer.confidence)}
              </button>
            </>
          )}
        </p>
      </div>
      <div>
        <dl className="figures" aria-live="polite">
          <Figure name="People" id="clusters" value={count(chosen.clusters)} change={chosen.clusters - current.clusters} />
          <Figure name="Merged records" id="merged" value={count(chosen.merged_records)} change={chosen.merged_records - current.merged_records} />
          <Figure name="Joined pairs" id="pairs" value={count(chosen.pairs)} change={chosen.pairs - current.pairs} />
          <Figure name="Largest" id="largest" value={count(chosen.largest)} change={chosen.largest - current.largest} />
          <Figure name="Precision, estimated" id="precision" value={share(chosen.precision_estimated)} note="of joined pairs, right ones" />
          <Figure name="Recall, estimated" id="recall" value={share(chosen.recall_estimated)} note="of true pairs, joined ones" />
        </dl>
        <Labelled confusion={chosen.labelled} labels={answer.labels} />
      </div>
    </div>
  );
}

/** Thresholds lie evenly in bits; near 1 they need their digits. */
const shownConfidence = (c: number) => (c > 0.9999 ? c.toFixed(6) : asConfidence(Number(c.toFixed(4))));
export const share = (x: number | null) => (x === null ? "–" : `${(100 * x).toFixed(1)} %`);

function Figure({ name, id, value, change, note }: { name: string; id: string; value: string; change?: number; note?: string }) {
  const by = change === undefined ? note : change === 0 ? "as now" : `${change > 0 ? "+" : "−"}${count(Math.abs(change))}`;
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <strong data-figure={id}>{value}</strong> <span className="note">{by}</span>
      </dd>
    </div>
  );
}

function Labelled({ confusion, labels }: { confusion: Confusion | null; labels: Answer["labels"] }) {
  if (!confusion) {
    return (
      <p className="note labelled">
        True precision and recall need pairs that people have decided. <a href="#/review">Review some</a>, and they stand here.
      </p>
    );
  }
  const cell = (id: string, value: number, right: boolean, text: string): ReactNode => (
    <td className={`num ${right ? "right" : "wrong"}`}>
      <strong data-figure={id}>{count(value)}</strong>
      <span>{text}</span>
    </td>
  );
  return (
    <div className="labelled">
      <table className="confusion">
        <caption>
          Against {plural(labels.always + labels.never, "decided pair")} <small>the model alone, as if nobody had decided</small>
        </caption>
        <TableHead columns={["People say", number("Model: one person"), number("Model: two")]} />
        <tbody>
          <tr>
            <th scope="row">one person</th>
            {cell("tp", confusion.true_positives, true, "right")}
            {cell("fn", confusion.false_negatives, false, "missed")}
          </tr>
          <tr>
            <th scope="row">two persons</th>
            {cell("fp", confusion.false_positives, false, "wrongly joined")}
            {cell("tn", confusion.true_negatives, true, "right")}
          </tr>
        </tbody>
      </table>
      <p className="note">
        Precision <strong data-figure="true-precision">{share(confusion.precision)}</strong>, recall <strong data-figure="true-recall">{share(confusion.recall)}</strong> of
        these pairs. Reviewed pairs are the hard ones, so all pairs do better.
      </p>
    </div>
  );
}

const [W, H] = [400, 130];

function Curves({ thresholds, at, inForce }: { thresholds: Threshold[]; at: number; inForce: number }) {
  const shares = thresholds.flatMap((one) => [one.precision_estimated, one.recall_estimated]);
  const floor = Math.max(0, Math.floor(Math.min(...shares) * 20) / 20);
  const x = (i: number) => (W * i) / Math.max(1, thresholds.length - 1);
  const y = (value: number) => 4 + ((H - 8) * (1 - value)) / (1 - floor || 1);
  const line = (of: (one: Threshold) => number) => thresholds.map((one, i) => `${x(i).toFixed(1)},${y(of(one)).toFixed(1)}`).join(" ");
  return (
    <figure className="curves">
      <svg viewBox={`0 0 ${W} ${H}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
        <line className="grid" x1="0" x2={W} y1={y(1)} y2={y(1)} />
        <line className="grid" x1="0" x2={W} y1={y(floor)} y2={y(floor)} />
        <line className="in-force" x1={x(inForce)} x2={x(inForce)} y1="0" y2={H} />
        <line className="cursor" x1={x(at)} x2={x(at)} y1="0" y2={H} />
        <polyline className="curve-precision" points={line((one) => one.precision_estimated)} />
        <polyline className="curve-recall" points={line((one) => one.recall_estimated)} />
      </svg>
      <figcaption className="note">
        <span className="key-precision">precision</span> <span className="key-recall">recall</span> from {share(floor)} to 100 %; dashed: in force
      </figcaption>
    </figure>
  );
}
