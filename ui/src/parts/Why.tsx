// Why these records are one person: the merge tree, and the weighing of any two of them.

import { useState } from "react";
import { api } from "../api/client";
import type { Profile, RecordOf } from "../api/types";
import { confidence, plural, probability } from "../lib/format";
import { useLoad } from "../lib/load";
import { to } from "../lib/router";
import { layOut, samePair, type Joint, type Tree } from "../lib/merge-tree";
import { Chip, Section } from "./bits";
import { Dendrogram } from "./Dendrogram";
import { Await, Empty } from "./states";
import { Waterfall } from "./Waterfall";

/** More leaves than this can not be told apart in a drawing; the list has them all. */
const DRAWN_MOST = 80;

interface Props {
  profile: Profile;
  chosen: [number, number] | null;
  onChoose: (a: number, b: number) => void;
}

export function Why({ profile, chosen, onChoose }: Props) {
  const nodes = profile.records.map((record) => record.node_id);
  const tree = layOut(nodes, profile.merges, profile.links);
  const weakest = tree.joints.reduce<Joint | null>((low, joint) => (!low || joint.confidence < low.confidence ? joint : low), null);
  const pair = chosen ?? weakest?.pair ?? null;
  return (
    <div className="why">
      <Section id="why" title="Why one person" note={weakest ? `${plural(tree.joints.length, "merge")}, each made of pairs that were weighed. The dashed line is the confidence asked, ${confidence(profile.confidence)}.` : undefined} aside={nodes[0] !== undefined && <a href={to(["clusters", nodes[0]])}>Split or join</a>}>
        {weakest && pair ? (
          <>
            {tree.leaves.length <= DRAWN_MOST && <Dendrogram tree={tree} profile={profile} pair={pair} onChoose={onChoose} />}
            <Steps tree={tree} records={profile.records} pair={pair} onChoose={onChoose} />
          </>
        ) : (
          <Empty title="One record: nothing was merged.">
            <p>At a looser confidence there may be more.</p>
          </Empty>
        )}
      </Section>
      {pair && <Weighing records={profile.records} pair={pair} onChoose={onChoose} />}
    </div>
  );
}

/** The same merges as a list, for those who do not see or click the drawing. */
function Steps({ tree, records, pair, onChoose }: { tree: Tree; records: RecordOf[]; pair: [number, number]; onChoose: Props["onChoose"] }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="steps" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Merges as a list</summary>
      <ol>
        {tree.joints.map((joint) => (
          <li key={joint.index}>
            <button type="button" className="step" aria-pressed={samePair(joint.pair, pair)} onClick={() => onChoose(...joint.pair)}>
              <Who records={records} node={joint.pair[0]} />
              <span aria-hidden="true">+</span>
              <span className="sr">and</span>
              <Who records={records} node={joint.pair[1]} />
              <span className="number">{probability(joint.confidence)}</span>
              <span className="note">{plural(joint.size, "record")} so far</span>
            </button>
          </li>
        ))}
      </ol>
    </details>
  );
}

function Who({ records, node }: { records: RecordOf[]; node: number }) {
  const record = records.find((one) => one.node_id === node);
  return record ? <Chip source={record.source} record={record.key} /> : <span>record {node}</span>;
}

function Weighing({ records, pair, onChoose }: { records: RecordOf[]; pair: [number, number]; onChoose: Props["onChoose"] }) {
  const [a, b] = pair;
  const loaded = useLoad(`explain ${a} ${b}`, (signal) => api.explain(a, b, signal));
  const pick = (label: string, value: number, other: number, choose: (node: number) => void) => (
    <label className="pick">
      <span className="sr">{label}</span>
      <select value={value} onChange={(event) => choose(Number(event.target.value))}>
        {records.map((record) => (
          <option key={record.node_id} value={record.node_id} disabled={record.node_id === other}>
            {record.source} {record.key}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <Section
      id="weighing"
      title="The weighing of a pair"
      note="Each field speaks for (+) or against (−) one person, in bits: one bit doubles the odds."
      aside={
        <div className="picks">
          {pick("First record", a, b, (node) => onChoose(node, b))}
          <span aria-hidden="true">↔</span>
          {pick("Second record", b, a, (node) => onChoose(a, node))}
        </div>
      }
    >
      <Await loaded={loaded} what="the pair">
        {(explanation) => <Waterfall explanation={explanation} />}
      </Await>
    </Section>
  );
}
