// The runs one after the other: what the last one changed against the one before, and the way of each figure.

import type { PastRun } from "../api/types";
import { ago, confidence, count, plural, time } from "../lib/format";
import { Scroll, Section } from "./bits";
import { Empty } from "./states";
import { TableHead, hidden, number } from "./TableHead";

const SHOWN = 8;
const share = (x: number) => `${(100 * x).toFixed(1)} %`;
const FIGURES: { name: string; of: (run: PastRun) => number | null; shown: (x: number) => string }[] = [
  { name: "Records", of: (run) => run.records, shown: count },
  { name: "People", of: (run) => run.profiles, shown: count },
  { name: "Duplicates", of: (run) => run.dedupe_rate, shown: share },
  { name: "Largest", of: (run) => run.largest, shown: count },
  { name: "Confidence", of: (run) => run.confidence, shown: confidence },
];

export function Drift({ runs }: { runs: PastRun[] }) {
  const [last, before] = [runs.at(-1), runs.at(-2)];
  if (!last) return null;
  return (
    <Section id="drift" title="Drift" note={before ? `The last of ${plural(runs.length, "run")} against the one before, ${ago(before.at)}.` : "How the figures move from run to run."}>
      {!before ? (
        <Empty title="One run so far: there is nothing to compare with yet." />
      ) : (
        <>
          <dl className="drift">
            {FIGURES.map((figure) => (
              <div key={figure.name}>
                <dt>{figure.name}</dt>
                <dd>
                  <strong>{said(figure.of(last), figure.shown)}</strong> <Change now={figure.of(last)} then={figure.of(before)} shown={figure.shown} />
                </dd>
                <dd>
                  <Sparkline values={runs.map(figure.of)} />
                </dd>
              </div>
            ))}
          </dl>
          <details>
            <summary>Runs as a table</summary>
            <Scroll label="Runs">
              <table className="runs">
                <TableHead columns={["When", ...FIGURES.map((figure) => number(figure.name)), hidden("Log position")]} />
                <tbody>
                  {runs
                    .slice(-SHOWN)
                    .reverse()
                    .map((run) => (
                      <tr key={run.position}>
                        <td className="nowrap">{time(run.at)}</td>
                        {FIGURES.map((figure) => (
                          <td key={figure.name} className="num">
                            {said(figure.of(run), figure.shown)}
                          </td>
                        ))}
                        <td className="num note">{count(run.position)}</td>
                      </tr>
                    ))}
                </tbody>
              </table>
            </Scroll>
          </details>
        </>
      )}
    </Section>
  );
}

const said = (x: number | null, shown: (x: number) => string) => (x === null ? "–" : shown(x));

function Change({ now, then, shown }: { now: number | null; then: number | null; shown: (x: number) => string }) {
  if (now === null || then === null) return null;
  const by = now - then;
  return <span className="note">{Math.abs(by) < 1e-9 ? "as before" : `${by > 0 ? "+" : "−"}${shown(Math.abs(by)).replace(" %", " points")}`}</span>;
}

function Sparkline({ values }: { values: (number | null)[] }) {
  const known = values.filter((value) => value !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const x = (i: number) => (values.length > 1 ? 2 + (96 * i) / (values.length - 1) : 50);
  const y = (value: number) => (high > low ? 22 - (20 * (value - low)) / (high - low) : 12);
  const points = values.flatMap((value, i) => (value === null ? [] : [`${x(i)},${y(value)}`]));
  return (
    <svg className="sparkline" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <polyline points={points.join(" ")} />
    </svg>
  );
}
