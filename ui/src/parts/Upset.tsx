// Which sources know the same people: an UpSet plot. Each column is an exact combination of sources; its bar counts the
// people, its dots name the sources. A chosen column opens some of its people. The table below has the same figures.

import { useContext } from "react";
import type { BySource, Overlap } from "../api/types";
import { count, plural } from "../lib/format";
import { Scroll, SourcesContext, hue } from "./bits";
import { People } from "./People";
import { Empty } from "./states";
import { Table } from "./TableHead";

const SHOWN = 24;
/** Pixels: columns and rows of dots, the bars above, the names and the bars of whole sources at the left. */
const [STEP, ROW, TALL, NAMES, WIDE] = [38, 26, 150, 130, 90];
const LEFT = NAMES + WIDE + 16;

export const idOf = (set: Overlap) => set.sources.join("+");

export function Upset({ overlap, sources, chosen, choose }: { overlap: Overlap[]; sources: BySource[]; chosen: string | null; choose: (id: string | null) => void }) {
  const sets = [...overlap].sort((a, b) => b.profiles - a.profiles).slice(0, SHOWN);
  const own = sources.filter((source) => source.profiles > 0);
  if (sets.length === 0) return <Empty title="There are no people yet." />;
  const open = sets.find((set) => idOf(set) === chosen);
  return (
    <>
      <Scroll label="UpSet plot of sources">
        <Plot sets={sets} sources={own} chosen={chosen} choose={choose} />
      </Scroll>
      <div className="chosen-set" aria-live="polite">
        {open ? (
          <>
            <h3>
              {plural(open.profiles, "person is", "people are")} known to exactly {open.sources.join(", ")}
              {open.examples.length < open.profiles && <small> {open.examples.length > 0 ? `${count(open.examples.length)} of them, drawn by chance` : "no examples are kept of so small a set"}</small>}
            </h3>
            <People people={open.examples} unit="records" />
          </>
        ) : (
          <p className="note">Choose a column to open some of its people.</p>
        )}
      </div>
      <details>
        <summary>Overlap as a table</summary>
        <Table
          label="Source overlap" className="chart-table upset" rows={overlap} keyOf={idOf}
          columns={[
            { name: "Known to exactly", kind: "head", cell: (set) => set.sources.join(", ") },
            { name: "Sources", kind: "number", cell: (set) => set.sources.length },
            { name: "People", kind: "number", cell: (set) => count(set.profiles) },
          ]}
        />
      </details>
    </>
  );
}

function Plot({ sets, sources, chosen, choose }: { sets: Overlap[]; sources: BySource[]; chosen: string | null; choose: (id: string | null) => void }) {
  const all = useContext(SourcesContext);
  const most = Math.max(...sets.map((set) => set.profiles), 1);
  const largest = Math.max(...sources.map((source) => source.profiles), 1);
  const width = LEFT + sets.length * STEP + 8;
  const height = TALL + 34 + sources.length * ROW;
  const rowY = (i: number) => TALL + 30 + i * ROW + ROW / 2;
  return (
    <svg className="upset-plot" width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="group" aria-label="Combinations of sources, to choose">
      <g aria-hidden="true">
        {sources.map((source, i) => (
          <g key={source.source} className={`hue-${hue(source.source, all)}`}>
            {i % 2 === 0 && <rect className="upset-stripe" x="0" y={rowY(i) - ROW / 2} width={width} height={ROW} />}
            <circle className="upset-hue" cx="7" cy={rowY(i)} r="4" />
            <text x="18" y={rowY(i) + 4}>{short(source.source, 16)}<title>{source.source}</title></text>
            <rect className="bar-plain" x={LEFT - 12 - (WIDE * source.profiles) / largest} y={rowY(i) - 6} width={(WIDE * source.profiles) / largest} height="12">
              <title>{`${source.source}: ${plural(source.profiles, "person", "people")}`}</title>
            </rect>
          </g>
        ))}
      </g>
      {sets.map((set, at) => (
        <Column key={idOf(set)} set={set} x={LEFT + at * STEP} height={height} share={set.profiles / most} rows={sources.map((source, i) => ({ name: source.source, y: rowY(i) }))} chosen={idOf(set) === chosen} choose={choose} />
      ))}
    </svg>
  );
}

function Column({ set, x, height, share, rows, chosen, choose }: {
  set: Overlap; x: number; height: number; share: number; rows: { name: string; y: number }[]; chosen: boolean; choose: (id: string | null) => void;
}) {
  const toggle = () => choose(chosen ? null : idOf(set));
  const tall = Math.max(2, (TALL - 18) * share);
  const inside = rows.filter((row) => set.sources.includes(row.name));
  const [first, last] = [inside[0], inside.at(-1)];
  const middle = x + STEP / 2;
  return (
    <g
      className={`upset-column${chosen ? " chosen" : ""}`} role="button" tabIndex={0} aria-pressed={chosen} data-set={idOf(set)}
      aria-label={`${set.sources.join(", ")}: ${plural(set.profiles, "person", "people")}`} onClick={toggle}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        toggle();
      }}
    >
      <rect className="upset-ground" x={x + 1} y="0" width={STEP - 2} height={height} rx="5" />
      <rect className="upset-bar" x={x + 9} y={TALL + 14 - tall} width={STEP - 18} height={tall} rx="2" />
      <text className="upset-count" x={middle} y={TALL + 9 - tall} textAnchor="middle">{compact(set.profiles)}</text>
      {rows.map((row) => (
        <circle key={row.name} className={set.sources.includes(row.name) ? "upset-dot in" : "upset-dot"} cx={middle} cy={row.y} r="6" />
      ))}
      {first && last && first !== last && <line className="upset-line" x1={middle} x2={middle} y1={first.y} y2={last.y} />}
    </g>
  );
}

const short = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
const compactly = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
const compact = (n: number) => (n < 10_000 ? count(n) : compactly.format(n));
