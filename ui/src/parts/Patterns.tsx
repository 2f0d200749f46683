// Patterns of agreement: one row a pattern, one column a comparison. The level is said in words; its ground only helps the eye.

import { useState } from "react";
import type { PairPattern, ScoredPairs } from "../api/types";
import { bits, count, percent, words } from "../lib/format";
import { Table, type Col } from "./TableHead";

const FIRST = 12;

export function Patterns({ answer, chosen, choose }: { answer: ScoredPairs; chosen?: string; choose: (pattern?: string) => void }) {
  const [all, setAll] = useState(false);
  const exact = answer.sampled === answer.pairs;
  const rows = all ? answer.patterns : answer.patterns.filter((one, i) => i < FIRST || one.id === chosen);
  const compared = answer.comparisons.map(
    (name, i): Col<PairPattern> => ({ name, cell: (one) => <Level level={one.levels[i] ?? ""} /> }),
  );
  return (
    <>
      <Table
        label="Patterns of agreement" className="patterns" rows={rows} keyOf={(one) => one.id} rowClass={(one) => (one.id === chosen ? "chosen" : undefined)}
        columns={[
          {
            name: "Open",
            cell: (one) => (
              <button type="button" className="button small" aria-pressed={one.id === chosen} data-pattern={one.id} onClick={() => choose(one.id === chosen ? undefined : one.id)}>
                Pairs<span className="sr"> of this pattern</span>
              </button>
            ),
          },
          { name: "Pairs", kind: "number", cell: (one) => `${exact ? "" : "≈ "}${count(Math.round(one.pairs_estimated))}` },
          { name: "Share", kind: "number", cell: (one) => share(one.share) },
          { name: "Bits", kind: "number", cell: (one) => (one.weight_high - one.weight_low < 0.1 ? bits(one.weight_low) : `${bits(one.weight_low)} … ${bits(one.weight_high)}`) },
          { name: "In one profile", kind: "number", cell: (one) => percent(one.merged_share) },
          ...compared,
        ]}
      />
      {answer.patterns.length > FIRST && (
        <button type="button" className="button small" onClick={() => setAll(!all)}>
          {all ? "Fewer patterns" : `All ${count(answer.patterns.length)} patterns`}
        </button>
      )}
    </>
  );
}

/** A field that a side lacks says nothing, so it is not shouted. */
function Level({ level }: { level: string }) {
  const missing = level === "missing";
  return (
    <span className={`agree agree-${kind(level)}`}>
      {missing ? <span aria-hidden="true">–</span> : words(level)}
      {missing && <span className="sr">missing</span>}
    </span>
  );
}

const share = (of: number) => (of > 0 && of < 0.001 ? "< 0.1 %" : percent(of));
const kind = (level: string) => (level === "missing" ? "none" : level === "exact" ? "full" : level === "different" ? "not" : "part");
