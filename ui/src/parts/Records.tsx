// The member records side by side: one column a record, one row a field. What differs from the golden value is marked.

import { useState } from "react";
import type { FieldValue, Profile, RecordOf } from "../api/types";
import { asSaid, clipped, day, fieldName, fieldOrder, plural } from "../lib/format";
import { Chip, Scroll } from "./bits";

/** So many columns can be compared by eye. */
const COLUMNS_MOST = 16;

type Form = "original" | "normal";

export function Records({ profile }: { profile: Profile }) {
  const [form, setForm] = useState<Form>("original");
  const [all, setAll] = useState(false);
  const [most, setMost] = useState(COLUMNS_MOST);
  const rest = profile.records.length - most;
  return (
    <>
      <div className="tools">
        <fieldset className="choice">
          <legend className="sr">Form of the values</legend>
          {(["original", "normal"] as const).map((value) => (
            <label key={value} className={form === value ? "chosen" : ""}>
              <input type="radio" name="form" checked={form === value} onChange={() => setForm(value)} />
              {value === "original" ? "As the source says" : "Normal form"}
            </label>
          ))}
        </fieldset>
        <label className="check">
          <input type="checkbox" checked={all} onChange={(event) => setAll(event.target.checked)} />
          Columns without a meaning too
        </label>
      </div>
      <RecordTable records={profile.records.slice(0, most)} golden={goldenOf(profile)} form={form} all={all} />
      {rest > 0 && (
        <button type="button" className="button small show-all" onClick={() => setMost(Infinity)}>
          Show {plural(rest, "more record")}
        </button>
      )}
    </>
  );
}

/** Normal forms that count as agreement, by field: the winner, and those that rightly stand beside it. */
function goldenOf(profile: Profile): Map<string, Set<string>> {
  return new Map(profile.golden.map((golden) => [golden.field, new Set([golden.value, ...golden.also.map((also) => also.value)])]));
}

export function RecordTable({ records, golden, form, all, against = "the golden value" }: {
  records: RecordOf[]; golden: Map<string, Set<string>>; form: Form; all: boolean; against?: string;
}) {
  const fields = [...new Set(records.flatMap((record) => record.values.map((value) => value.field)))].sort(fieldOrder);
  const loose = all ? unmapped(records) : [];
  return (
    <Scroll label="Member records side by side">
      <table className="records">
        <thead>
          <tr>
            <th scope="col" className="corner">
              Field
            </th>
            {records.map((record) => (
              <th key={record.node_id} scope="col">
                <Chip source={record.source} record={record.key} />
                <span className="note">{record.updated_at ? `changed ${day(record.updated_at)}` : `read ${day(record.received_at)}`}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => (
            <tr key={field}>
              <th scope="row">{fieldName(field)}</th>
              {records.map((record) => (
                <Cell key={record.node_id} values={record.values.filter((value) => value.field === field)} golden={golden.get(field)} form={form} against={against} />
              ))}
            </tr>
          ))}
          {loose.map((column) => (
            <tr key={`column ${column}`} className="loose">
              <th scope="row">
                <code>{column}</code>
              </th>
              {records.map((record) => (
                <td key={record.node_id}>{plain(record.row[column])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Cell({ values, golden, form, against }: { values: FieldValue[]; golden: Set<string> | undefined; form: Form; against: string }) {
  if (values.length === 0) return <td className="missing">–</td>;
  const differs = golden !== undefined && values.some((value) => !golden.has(value.normal));
  return (
    <td className={differs ? "differs" : undefined}>
      {values.map((value, i) => (
        <span key={i} className="cell-value">
          {form === "normal" ? <code>{clipped(value.normal)}</code> : clipped(asSaid(value.field, { value: value.normal, original: value.original }))}
        </span>
      ))}
      {differs && <span className="sr"> differs from {against}</span>}
    </td>
  );
}

/** Columns of the rows that no field was made of. */
function unmapped(records: RecordOf[]): string[] {
  const columns = new Set<string>();
  for (const record of records) {
    const mapped = new Set(record.values.map((value) => value.column));
    for (const column of Object.keys(record.row ?? {})) if (!mapped.has(column)) columns.add(column);
  }
  return [...columns].sort();
}

export function plain(value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  return clipped(typeof value === "object" ? JSON.stringify(value) : String(value));
}
