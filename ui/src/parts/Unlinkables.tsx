// Records that say so little that even a perfect copy of them would not reach a confidence: as a curve over all weights, and
// as a table at the confidences that one asks for.

import type { Model } from "../api/types";
import { bits, confidence, count, percent, plural } from "../lib/format";
import { to } from "../lib/router";
import { Bar, Chip, Section } from "./bits";
import { Table } from "./TableHead";

export function Unlinkables({ model }: { model: Model }) {
  const { unlinkables: rows, self_match: curve, says_least: least, confidence: at } = model;
  const most = Math.max(...rows.map((row) => row.share), 0.01);
  const inForce = rows.find((row) => Math.abs(row.confidence - at) < 1e-9);
  return (
    <Section
      id="unlinkables" title="Unlinkable records"
      note="Records that say so little that even a perfect copy would not reach the confidence. Many of them: it asks for more than the data say."
    >
      {inForce && (
        <p className="unlinkable-now">
          <strong data-unlinkable={inForce.records}>{share(inForce.share)}</strong> of the records can not reach {confidence(at)}, whatever is compared with them.
        </p>
      )}
      <Curve curve={curve} at={inForce?.weight_bits ?? 0} />
      <Table
        label="Unlinkable records by confidence" className="chart-table" rows={rows} keyOf={(row) => row.confidence}
        columns={[
          { name: "Confidence", kind: "head", cell: (row) => <>{confidence(row.confidence)} {row === inForce && <span className="tag tag-for">in force</span>}</> },
          { name: "Bits", kind: "faint", cell: (row) => bits(row.weight_bits) },
          { name: "Drawing", kind: "drawing", cell: (row) => <Bar share={row.share / most} kind="against" /> },
          { name: "Records", kind: "number", cell: (row) => count(row.records) },
          { name: "Share", kind: "number", cell: (row) => share(row.share) },
        ]}
      />
      {least.length > 0 && (
        <details>
          <summary>The {plural(least.length, "record")} that say least</summary>
          <ul className="people">
            {least.map((one) => (
              <li key={one.node_id}>
                <a href={to(["records", one.source, one.key])}>{one.name || "No name"}</a>
                <Chip source={one.source} record={one.key} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </Section>
  );
}

const share = (of: number) => (of > 0 && of < 0.001 ? "< 0.1 %" : percent(of));
const [W, H] = [400, 110];

/** How the share of unlinkable records rises with the weight that is asked. */
function Curve({ curve, at }: { curve: Model["self_match"]; at: number }) {
  const [first, last] = [curve[0], curve.at(-1)];
  if (!first || !last || curve.length < 2) return null;
  const [from, end] = [Math.min(first.weight_bits, at - 1), Math.max(last.weight_bits, at + 1)];
  const x = (weight: number) => (W * (weight - from)) / (end - from);
  const y = (of: number) => H - 6 - (H - 12) * of;
  const points = curve.map((point) => `${x(point.weight_bits).toFixed(1)},${y(point.share).toFixed(1)}`);
  const beyond = curve.find((point) => point.share >= 0.5);
  return (
    <figure className="curves unlinkable-curve">
      <svg viewBox={`0 0 ${W} ${H}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
        <line className="grid" x1="0" x2={W} y1={y(1)} y2={y(1)} />
        <line className="grid" x1="0" x2={W} y1={y(0)} y2={y(0)} />
        <line className="in-force" x1={x(at)} x2={x(at)} y1="0" y2={H} />
        <polyline className="curve-against" points={points.join(" ")} />
      </svg>
      <figcaption className="note">
        Share of the records, 0 to 100 %, by the weight asked: {bits(from)} to {bits(end)} bits; dashed: in force.
        {beyond && ` Half of them reach no more than ${bits(beyond.weight_bits)} bits.`}
      </figcaption>
    </figure>
  );
}
