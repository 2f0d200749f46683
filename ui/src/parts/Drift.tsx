// The runs one after the other: any two of them side by side, and the way of each figure. What has left the range that it is
// expected in says so in words. The address holds which runs are compared.

import type { Benchmark, BenchmarkState, PastRun } from "../api/types";
import { ago, confidence, count, plural, time } from "../lib/format";
import { Section } from "./bits";
import { Sparkline } from "./Sparkline";
import { Empty } from "./states";
import { Table } from "./TableHead";

const SHOWN = 8;
const points = (x: number) => `${(100 * x).toFixed(x !== 0 && Math.abs(x) < 0.01 ? 2 : 1)} %`;

/** A figure of a run; `id` is that of the benchmark that gives it a range. */
interface Figure {
  name: string;
  id?: string;
  of: (run: PastRun) => number | null;
  shown: (x: number) => string;
  benchmark?: Benchmark;
}

const BASIC: Figure[] = [
  { name: "Records", of: (run) => run.records, shown: count },
  { name: "People", of: (run) => run.profiles, shown: count },
  { name: "Duplicates", id: "dedupe_rate", of: (run) => run.dedupe_rate, shown: points },
  { name: "Largest", id: "largest_profile", of: (run) => run.largest, shown: count },
  { name: "Confidence", of: (run) => run.confidence, shown: confidence },
];

interface Props {
  runs: PastRun[];
  benchmarks: Benchmark[];
  query: URLSearchParams;
  keep: (name: string, value: string | null) => void;
}

export function Drift({ runs, benchmarks, query, keep }: Props) {
  const last = runs.at(-1);
  if (!last) return null;
  const asked = (name: string, otherwise: PastRun | undefined) => runs.find((run) => String(run.position) === query.get(name)) ?? otherwise;
  const [now, then] = [asked("run", last), asked("against", runs.at(-2))];
  return (
    <Section id="drift" title="Drift" note={runs.length > 1 ? `The last of ${plural(runs.length, "run")} against the one before, or any two of them.` : "How the figures move from run to run."}>
      {!now || !then ? (
        <Empty title="One run so far: there is nothing to compare with yet." />
      ) : (
        <>
          <dl className="drift">
            {BASIC.map((figure) => (
              <div key={figure.name}>
                <dt>{figure.name}</dt>
                <dd>
                  <strong>{said(figure.of(now), figure.shown)}</strong> <Change now={figure.of(now)} then={figure.of(then)} shown={figure.shown} />
                </dd>
                <dd>
                  <Sparkline values={runs.map(figure.of)} />
                </dd>
              </div>
            ))}
          </dl>
          <Compared runs={runs} benchmarks={benchmarks} now={now} then={then} keep={keep} />
          <details>
            <summary>Runs as a table</summary>
            <Table
              label="Runs" className="runs" rows={runs.slice(-SHOWN).reverse()} keyOf={(run) => run.position}
              columns={[
                { name: "When", kind: "head", cell: (run) => <span className="nowrap">{time(run.at)}</span> },
                ...BASIC.map((figure) => ({ name: figure.name, kind: "number" as const, cell: (run: PastRun) => said(figure.of(run), figure.shown) })),
                { name: "Log position", kind: "faint", cell: (run) => count(run.position) },
              ]}
            />
          </details>
        </>
      )}
    </Section>
  );
}

/** Every figure of two runs, and whether it is in its range. */
function Compared({ runs, benchmarks, now, then, keep }: { runs: PastRun[]; benchmarks: Benchmark[]; now: PastRun; then: PastRun; keep: Props["keep"] }) {
  const ranged = (figure: Figure) => ({ ...figure, benchmark: benchmarks.find((one) => one.id === figure.id) });
  const figures = [...BASIC.map(ranged), ...counted(benchmarks, now, then)];
  const out = figures.filter((figure) => stateOf(figure, now) === "bad").length;
  const pick = (name: string, chosen: PastRun, label: string) => (
    <label className="pick">
      {label}
      <select value={chosen.position} onChange={(event) => keep(name, event.target.value)}>
        {[...runs].reverse().map((run, i) => (
          <option key={run.position} value={run.position}>
            {i === 0 ? "the last, " : ""}
            {run.at ? ago(run.at) : "no time"} (log {count(run.position)})
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <details className="compare" data-out={out}>
      <summary>
        Compare runs{out > 0 && <span className="tag state-bad">✕ {plural(out, "figure")} out of range</span>}
      </summary>
      <div className="tools">
        {pick("run", now, "Run")} {pick("against", then, "against")}
      </div>
      <Table
        label="Two runs compared" className="runs" rows={figures} keyOf={(figure) => figure.name} rowClass={(figure) => `compared-${stateOf(figure, now)}`}
        columns={[
          { name: "Figure", kind: "head", cell: (figure) => figure.name },
          { name: "Against", kind: "number", cell: (figure) => said(figure.of(then), figure.shown) },
          { name: "Run", kind: "number", cell: (figure) => said(figure.of(now), figure.shown) },
          { name: "Change", kind: "number", cell: (figure) => <Change now={figure.of(now)} then={figure.of(then)} shown={figure.shown} /> },
          { name: "Range", cell: (figure) => <InRange figure={figure} run={now} /> },
        ]}
      />
      {Object.keys(then.figures).length === 0 && <p className="note">The earlier run is of before benchmarks were kept.</p>}
    </details>
  );
}

const STATES: { [state in BenchmarkState]: string } = { ok: "✓ as expected", warn: "! worth a look", bad: "✕ out of range" };

function InRange({ figure, run }: { figure: Figure; run: PastRun }) {
  const state = stateOf(figure, run);
  if (!figure.benchmark || !state) return <span className="note">–</span>;
  return (
    <>
      <span className={`tag state-${state}`}>{STATES[state]}</span> <span className="note">at most {figure.shown(figure.benchmark.expected_high)}</span>
    </>
  );
}

function stateOf({ benchmark, of }: Figure, run: PastRun): BenchmarkState | null {
  const value = of(run);
  if (!benchmark || value === null) return null;
  if (value > benchmark.bad_above) return "bad";
  return value > benchmark.expected_high || value < benchmark.expected_low ? "warn" : "ok";
}

/** The benchmarks and the sources that either run has counted; those that "Duplicates" and "Largest" say already are left out. */
function counted(benchmarks: Benchmark[], now: PastRun, then: PastRun): Figure[] {
  const names = [...new Set([...Object.keys(now.figures), ...Object.keys(then.figures)])].filter((name) => !BASIC.some((figure) => figure.id === name));
  const of = (name: string) => (run: PastRun) => run.figures[name] ?? null;
  return names.map((name): Figure => {
    const benchmark = benchmarks.find((one) => one.id === name);
    const label = benchmark?.label ?? (name.startsWith("duplicates:") ? `Duplicates within ${name.slice("duplicates:".length)}` : name);
    return { name: label, of: of(name), shown: benchmark?.unit === "count" ? count : points, benchmark };
  });
}

const said = (x: number | null, shown: (x: number) => string) => (x === null ? "–" : shown(x));

function Change({ now, then, shown }: { now: number | null; then: number | null; shown: (x: number) => string }) {
  if (now === null || then === null) return null;
  const by = now - then;
  return <span className="note">{Math.abs(by) < 1e-9 ? "as before" : `${by > 0 ? "+" : "−"}${shown(Math.abs(by)).replace(" %", " points")}`}</span>;
}
