// The rules of matching as one would have them: each is a row; what is shown here stands instead of all of kith.toml.

import type { MatchRule, RuleWish } from "../api/types";

/** A row as it is typed: fields and numbers are texts until they are asked. */
export interface RuleRow {
  name: string;
  fields: string;
  verdict: RuleWish["verdict"];
  confidence: string;
  group_max: string;
}

export const rowsOf = (rules: MatchRule[]): RuleRow[] =>
  rules.map((rule) => ({ name: rule.name, fields: rule.fields.join(", "), verdict: rule.verdict, confidence: text(rule.confidence), group_max: text(rule.group_max) }));

const text = (number: number | null) => (number === null ? "" : String(number));

export const wishesOf = (rows: RuleRow[]): RuleWish[] =>
  rows.map((row) => ({
    name: row.name.trim(), verdict: row.verdict, fields: row.fields.split(",").map((field) => field.trim()).filter(Boolean),
    ...(row.verdict === "match" && row.confidence && { confidence: Number(row.confidence) }),
    ...(row.verdict === "match" && row.group_max && { group_max: Number(row.group_max) }),
  }));

export function RuleEditor({ rows, fields, onChange }: { rows: RuleRow[]; fields: string[]; onChange: (rows: RuleRow[]) => void }) {
  const change = (at: number, part: Partial<RuleRow>) => onChange(rows.map((row, i) => (i === at ? { ...row, ...part } : row)));
  return (
    <div className="rule-editor">
      {rows.map((row, i) => (
        <fieldset key={i} className="rule-row">
          <legend className="sr">Rule {i + 1}</legend>
          <label className="field">
            <span>Name</span>
            <input required value={row.name} onChange={(event) => change(i, { name: event.target.value })} />
          </label>
          <label className="field">
            <span>Equal fields</span>
            <input required value={row.fields} placeholder="phone, family_name" onChange={(event) => change(i, { fields: event.target.value })} />
          </label>
          <label className="field">
            <span>Means</span>
            <select value={row.verdict} onChange={(event) => change(i, { verdict: event.target.value as RuleRow["verdict"] })}>
              <option value="match">match</option>
              <option value="differ">differ</option>
            </select>
          </label>
          {row.verdict === "match" && (
            <>
              <label className="field">
                <span>Sure</span>
                <input type="number" min="0.01" max="1" step="any" value={row.confidence} placeholder="0.99" onChange={(event) => change(i, { confidence: event.target.value })} />
              </label>
              <label className="field">
                <span>Records at most</span>
                <input type="number" min="2" step="1" value={row.group_max} placeholder="50" onChange={(event) => change(i, { group_max: event.target.value })} />
              </label>
            </>
          )}
          <button type="button" className="button small" onClick={() => onChange(rows.filter((_, other) => other !== i))}>
            Remove<span className="sr"> rule {row.name}</span>
          </button>
        </fieldset>
      ))}
      <p className="note">
        <button type="button" className="button small" onClick={() => onChange([...rows, { name: "", fields: "", verdict: "match", confidence: "", group_max: "" }])}>
          Add a rule
        </button>{" "}
        <span>
          Fields: <code>{fields.join(", ")}</code>
        </span>
      </p>
    </div>
  );
}
