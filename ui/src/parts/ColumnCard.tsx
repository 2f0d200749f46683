// One column: what it is, how complete, how many values, which come most often, how numbers and times are spread.

import type { Bin, ColumnOf, ColumnProfile, LabelsOf } from "../api/tables";
import { count, percent } from "../lib/format";
import { compact, typeName } from "../lib/tables";
import { Bar, Marked } from "./bits";
import { LabelChips } from "./LabelChips";
import { Masked } from "./Masked";
import { clippedAt } from "../lib/clip";

export function ColumnCard({ column, profile, rows, labels, known, onLabelled }: {
  column: ColumnOf; profile: ColumnProfile | undefined; rows: number; labels: LabelsOf | undefined; known: string[]; onLabelled: () => void;
}) {
  return (
    <li className="column" aria-label={column.name}>
      <div className="column-what">
        <h3>
          {column.name} <small title={column.type}>{typeName(column.type)}</small>
        </h3>
        {column.masked && <Masked of={column.masked} reason />}
        {column.description && <p className="note"><Marked text={column.description} /></p>}
        {column.null_means && profile?.missing !== 0 && <p className="note">Missing: <Marked text={column.null_means} /></p>}
        {column.compared_there === false && <p className="note">Conditions on it are looked at here, not at the database.</p>}
        {labels && <LabelChips of={labels} known={known} onChanged={onLabelled} />}
      </div>
      {profile && rows > 0 && <Held profile={profile} rows={rows} />}
    </li>
  );
}

function Held({ profile, rows }: { profile: ColumnProfile; rows: number }) {
  const full = 1 - profile.missing / rows;
  const values = rows - profile.missing;
  if (values === 0) return <p className="note">No row has a value.</p>;
  return (
    <>
      <dl className="column-facts">
        <div>
          <dt>Complete</dt>
          <dd>
            <Bar share={full} kind="for" /> {full > 0.995 && full < 1 ? "> 99 %" : percent(full)}
            {profile.blank > 0 && <span className="note"> · {count(profile.blank)} blank</span>}
          </dd>
        </div>
        <div>
          <dt>Values</dt>
          <dd>
            {count(profile.distinct)} different
            {values > 1 && profile.distinct === values && <span className="note"> · each once</span>}
          </dd>
        </div>
        {profile.least !== null && (
          <div>
            <dt>From – to</dt>
            <dd>
              {shorter(profile.least)} – {shorter(profile.greatest ?? "")}
              {profile.average !== null && <span className="note"> · average {figure(profile.average)}</span>}
            </dd>
          </div>
        )}
      </dl>
      {profile.histogram.length > 1 ? <Histogram profile={profile} /> : <Top profile={profile} rows={rows} />}
    </>
  );
}

function Top({ profile, rows }: { profile: ColumnProfile; rows: number }) {
  if (profile.top.length === 0) return <p className="note column-top">No value comes twice.</p>;
  return (
    <ol className="column-top" aria-label={`Most frequent values of ${profile.name}`}>
      {profile.top.slice(0, 5).map((top) => (
        <li key={top.value}>
          <span className="top-value" title={top.value}>
            {top.value.trim() === "" ? <em>blank</em> : clippedAt(top.value, 40)}
          </span>
          <Bar share={top.rows / rows} />
          <span className="num">{percent(top.rows / rows)}</span>
        </li>
      ))}
    </ol>
  );
}

const dayFormat = new Intl.DateTimeFormat("en", { year: "numeric", month: "short", day: "numeric", timeZone: "UTC" });

function Histogram({ profile: { name, histogram, histogram_unit: unit, top } }: { profile: ColumnProfile }) {
  const high = Math.max(...histogram.map((bin) => bin.rows));
  const end = (value: number) => (unit === "ms" ? dayFormat.format(new Date(value)) : figure(value));
  const between = (bin: Bin) => (bin.from === bin.to ? end(bin.from) : `${end(bin.from)} – ${end(bin.to)}`);
  const width = 100 / histogram.length;
  const peak = histogram.find((bin) => bin.rows === high);
  const [first, last] = [histogram[0]!, histogram[histogram.length - 1]!];
  const often = top[0] ? `, most often ${top[0].value}` : "";
  return (
    <figure className="histogram">
      <svg viewBox="0 0 100 40" preserveAspectRatio="none" role="img" aria-label={`Distribution of ${name}: most rows, ${count(high)}, at ${peak ? between(peak) : ""}${often}`}>
        {histogram.map((bin, i) => (
          <rect key={i} className="bar-for" x={i * width + 0.4} width={width - 0.8} y={40 - (bin.rows > 0 ? Math.max(1, (38 * bin.rows) / high) : 0)} height={bin.rows > 0 ? Math.max(1, (38 * bin.rows) / high) : 0}>
            <title>{`${between(bin)}: ${count(bin.rows)} rows`}</title>
          </rect>
        ))}
      </svg>
      <figcaption>
        <span>{end(first.from)}</span>
        <span>{end(last.to)}</span>
      </figcaption>
    </figure>
  );
}

const shorter = (text: string) => clippedAt(text.replace(/T00:00:00(\.0+)?Z?$/, ""), 24);

/** A number as one reads it: 0.0123, 12.5, 1.2M. */
function figure(value: number): string {
  if (Math.abs(value) >= 100_000) return compact(value);
  return String(Number(value.toPrecision(4)));
}
