// The merge tree: records on the left, joined from right (unsure) to left (certain) on an axis of log-odds.
// Drawn for the eye and the mouse; the list of merges below it is its equal for keyboards and screen readers.

import type { Profile, RecordOf } from "../api/types";
import { confidence as asConfidence, probability } from "../lib/format";
import { samePair, type Joint, type Tree } from "../lib/merge-tree";
import { useWidth } from "../lib/width";
import { Chip } from "./bits";

const ROW = 30;
const FOOT = 26;
const TICKS = [0.9999, 0.99, 0.9, 0.5];
/** The axis ends where the next digit no longer matters. */
const SURE = 0.99999;
const UNSURE = 0.45;

interface Props {
  tree: Tree;
  profile: Profile;
  pair: [number, number];
  onChoose: (a: number, b: number) => void;
}

export function Dendrogram({ tree, profile, pair, onChoose }: Props) {
  const [frame, width] = useWidth();
  const by = new Map(profile.records.map((record) => [record.node_id, record]));
  const height = tree.leaves.length * ROW;
  const x = (confidence: number | null) => (confidence === null ? 1 : 8 + (width - 18) * place(confidence));
  const y = (row: number) => row * ROW + ROW / 2;
  const cut = x(profile.confidence);
  return (
    <div className="dendrogram">
      <ul className="leaves" aria-label="Records, in the order of the drawing">
        {tree.leaves.map((leaf) => (
          <li key={leaf.node} className={pair.includes(leaf.node) ? "in-pair" : ""}>
            <Label record={by.get(leaf.node)} />
          </li>
        ))}
        <li className="axis" aria-hidden="true">
          confidence
        </li>
      </ul>
      <div ref={frame} className="branches">
        <svg width={width} height={height + FOOT} aria-hidden="true" focusable="false">
          {TICKS.map((tick) => (
            <g key={tick} className="tick">
              <line x1={x(tick)} x2={x(tick)} y1="0" y2={height} />
              <text x={x(tick)} y={height + 17} textAnchor="middle">
                {tick}
              </text>
            </g>
          ))}
          <line className="cut" x1={cut} x2={cut} y1="0" y2={height + 4} />
          {[...tree.joints].reverse().map((joint) => (
            <Branch key={joint.index} joint={joint} x={x} y={y} chosen={samePair(joint.pair, pair)} onChoose={onChoose} />
          ))}
        </svg>
        <p className="sr">The cut is at confidence {asConfidence(profile.confidence)}.</p>
      </div>
    </div>
  );
}

function Branch({ joint, x, y, chosen, onChoose }: {
  joint: Joint; x: (confidence: number | null) => number; y: (row: number) => number; chosen: boolean; onChoose: Props["onChoose"];
}) {
  const at = x(joint.confidence);
  const [top, bottom] = [y(joint.top.row), y(joint.bottom.row)];
  return (
    <g className={chosen ? "joint chosen" : "joint"} onClick={() => onChoose(...joint.pair)}>
      <title>{`merged at ${probability(joint.confidence)}`}</title>
      <path d={`M${x(joint.top.confidence)} ${top}H${at}V${bottom}H${x(joint.bottom.confidence)}`} />
      <circle className="hit" cx={at} cy={(top + bottom) / 2} r="12" />
      <circle cx={at} cy={(top + bottom) / 2} r="4.5" />
    </g>
  );
}

function Label({ record }: { record: RecordOf | undefined }) {
  if (!record) return <span>record</span>;
  return <Chip source={record.source} record={record.key} />;
}

/** 0 = as good as certain, 1 = as likely as not; linear in the log-odds. */
function place(confidence: number): number {
  const odds = (p: number) => Math.log(p / (1 - p));
  const inside = Math.min(SURE, Math.max(UNSURE, confidence));
  return (odds(SURE) - odds(inside)) / (odds(SURE) - odds(UNSURE));
}
