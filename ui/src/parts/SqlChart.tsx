// A simple drawing of an answer: one column across, one of numbers up. The rows beside it are its text.

import { useState } from "react";
import { rawNumber } from "../lib/exact";
import { count } from "../lib/format";
import type { Run } from "../lib/query";
import { compact } from "../lib/tables";
import { plain } from "./Records";
import { Empty } from "./states";

const MOST = { bars: 60, line: 500 };
const [WIDTH, HEIGHT, LEFT, BOTTOM] = [900, 320, 64, 56];

export function SqlChart({ run }: { run: Run }) {
  const [kind, setKind] = useState<keyof typeof MOST>("bars");
  const numeric = run.columns.filter((_, i) => run.rows.some((row) => numberOf(row[i]) !== null));
  const [x, setX] = useState("");
  const [y, setY] = useState("");
  const up = numeric.includes(y) ? y : (numeric.find((name) => name !== run.columns[0]) ?? numeric[0]);
  const across = run.columns.includes(x) ? x : (run.columns.find((name) => name !== up) ?? run.columns[0]);
  if (up === undefined || across === undefined) return <Empty title="There is no column of numbers to draw." />;
  const [at, of] = [run.columns.indexOf(across), run.columns.indexOf(up)];
  const points = run.rows.slice(0, MOST[kind]).flatMap((row) => {
    const value = numberOf(row[of]);
    return value === null ? [] : [{ label: plain(row[at]), value }];
  });
  return (
    <>
      <div className="tools">
        <div className="choice" role="group" aria-label="Drawing">
          {(["bars", "line"] as const).map((one) => (
            <label key={one} className={one === kind ? "chosen" : undefined}>
              <input type="radio" name="chart" checked={one === kind} onChange={() => setKind(one)} />
              {one}
            </label>
          ))}
        </div>
        <Choice name="Across" value={across} among={run.columns} onChange={setX} />
        <Choice name="Up" value={up} among={numeric} onChange={setY} />
      </div>
      <Drawing points={points} kind={kind} name={`${up} by ${across}: ${points.length} values. The rows are beside, as a table.`} />
      {run.rows.length > MOST[kind] && <p className="note">The first {count(MOST[kind])} rows are drawn.</p>}
    </>
  );
}

function numberOf(value: unknown): number | null {
  const number = typeof value === "number" ? value : Number(rawNumber(value) ?? (typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value) ? value : NaN));
  return Number.isFinite(number) ? number : null;
}

function Choice({ name, value, among, onChange }: { name: string; value: string; among: string[]; onChange: (value: string) => void }) {
  return (
    <label className="pick">
      {name}
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {among.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </label>
  );
}

function Drawing({ points, kind, name }: { points: { label: string; value: number }[]; kind: "bars" | "line"; name: string }) {
  const low = Math.min(0, ...points.map((point) => point.value));
  const high = Math.max(0, ...points.map((point) => point.value)) || 1;
  const step = (WIDTH - LEFT - 12) / Math.max(1, points.length);
  const x = (i: number) => LEFT + step * (i + 0.5);
  const y = (value: number) => 12 + ((high - value) / (high - low)) * (HEIGHT - BOTTOM - 12);
  const every = Math.max(1, Math.ceil(points.length / 12));
  const ticks = Array.from({ length: 5 }, (_, i) => low + ((high - low) * i) / 4);
  const shorter = (label: string) => (label.length > 14 ? `${label.slice(0, 13)}…` : label);
  return (
    <div className="scroll" role="region" aria-label="Drawing of the answer" tabIndex={0}>
      <svg className="sql-chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={name}>
        {ticks.map((tick) => (
          <g key={tick} className="tick">
            <line x1={LEFT} x2={WIDTH - 8} y1={y(tick)} y2={y(tick)} />
            <text x={LEFT - 8} y={y(tick) + 4} textAnchor="end">
              {compact(tick)}
            </text>
          </g>
        ))}
        {kind === "bars" ? (
          points.map((point, i) => (
            <rect key={i} className="bar-for" x={x(i) - step * 0.38} width={step * 0.76} y={Math.min(y(0), y(point.value))} height={Math.max(1, Math.abs(y(point.value) - y(0)))}>
              <title>{`${point.label}: ${point.value}`}</title>
            </rect>
          ))
        ) : (
          <polyline className="chart-line" points={points.map((point, i) => `${x(i)},${y(point.value)}`).join(" ")} />
        )}
        {points.map((point, i) =>
          i % every === 0 ? (
            <g key={i} className="tick">
              <text x={x(i)} y={HEIGHT - BOTTOM + 18} textAnchor={points.length > 8 ? "end" : "middle"} transform={points.length > 8 ? `rotate(-28 ${x(i)} ${HEIGHT - BOTTOM + 18})` : undefined}>
                {shorter(point.label)}
              </text>
            </g>
          ) : null,
        )}
      </svg>
    </div>
  );
}
