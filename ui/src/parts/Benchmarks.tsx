// Figures that should stay in a range: the value, the range, and the people who stand out most. The state is said in words
// beside its colour.

import type { Benchmark, BenchmarkState } from "../api/types";
import { count, plural } from "../lib/format";
import { Section } from "./bits";
import { Sparkline } from "./Sparkline";
import { People } from "./People";

const STATES: { [state in BenchmarkState]: string } = { ok: "✓ as expected", warn: "! worth a look", bad: "✕ out of range" };
const WORST_FIRST: BenchmarkState[] = ["bad", "warn", "ok"];

export function Benchmarks({ benchmarks }: { benchmarks: Benchmark[] }) {
  const sorted = [...benchmarks].sort((a, b) => WORST_FIRST.indexOf(a.state) - WORST_FIRST.indexOf(b.state));
  const odd = benchmarks.filter((one) => one.state !== "ok").length;
  return (
    <Section
      id="benchmarks"
      title="Benchmarks"
      note={odd === 0 ? "All figures are in the range that one expects of people." : `${plural(odd, "figure is", "figures are")} out of the range that one expects of people: look at the examples.`}
    >
      <ul className="benchmarks">
        {sorted.map((one) => (
          <Card key={one.id} benchmark={one} />
        ))}
      </ul>
    </Section>
  );
}

function Card({ benchmark }: { benchmark: Benchmark }) {
  const { label, text, state, unit, value, expected_low: low, expected_high: high, examples } = benchmark;
  const shown = (x: number) => (unit === "share" ? share(x) : count(x));
  return (
    <li className={`benchmark ${state}`} data-benchmark={benchmark.id} data-state={state}>
      <h3>{label}</h3>
      <p className="benchmark-value">
        <strong>{shown(value)}</strong> <span className={`tag state-${state}`}>{STATES[state]}</span>
      </p>
      <Range benchmark={benchmark} />
      {benchmark.past.length > 0 && (
        <div className="benchmark-past">
          <span className="note">
            {benchmark.past.length > 1 ? `last ${benchmark.past.length + 1} runs` : "since the run before"}: {shown(benchmark.past.at(-1) ?? 0)} → {shown(value)}
          </span>
          <Sparkline values={[...benchmark.past, value]} />
        </div>
      )}
      <p className="note">
        expected {low > 0 ? `${shown(low)} to ${shown(high)}` : `at most ${shown(high)}`}, bad above {shown(benchmark.bad_above)}
        {benchmark.profiles > 0 && <>; {plural(benchmark.profiles, "person", "people")}</>}
      </p>
      <details>
        <summary>{examples.length > 0 ? plural(examples.length, "example") : "What it means"}</summary>
        <p className="note">{text}</p>
        <People people={examples} unit={unit === "share" ? "different values" : "records"} />
      </details>
    </li>
  );
}

export function share(x: number): string {
  const percents = 100 * x;
  return `${percents === 0 || percents >= 10 ? percents.toFixed(0) : percents.toPrecision(2).replace(/\.0$/, "")} %`;
}

/** The expected range as a band, and where the value stands: the axis ends at twice "bad", or at the value. */
function Range({ benchmark }: { benchmark: Benchmark }) {
  const { value, expected_low: low, expected_high: high, bad_above: bad } = benchmark;
  const end = Math.max(bad * 1.25, value * 1.05) || 1;
  const x = (of: number) => (100 * of) / end;
  return (
    <svg className="range" viewBox="0 0 100 14" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <rect className="range-rest" x="0" y="4" width="100" height="6" />
      <rect className="range-bad" x={x(bad)} y="4" width={100 - x(bad)} height="6" />
      <rect className="range-good" x={x(low)} y="4" width={x(high) - x(low)} height="6" />
      <rect className="range-value" x={Math.min(99, Math.max(0, x(value) - 0.6))} y="0" width="1.2" height="14" />
    </svg>
  );
}
