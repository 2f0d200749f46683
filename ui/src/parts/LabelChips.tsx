// The labels of a column: confirmed ones, or what is proposed and why. A steward accepts, changes, or says that it is not personal.

import { useId, useState, type FormEvent } from "react";
import { api } from "../api/client";
import type { LabelsOf } from "../api/tables";
import { useAct } from "../lib/act";

export function LabelChips({ of, known, onChanged }: { of: LabelsOf; known: string[]; onChanged: () => void }) {
  const [editing, setEditing] = useState(false);
  const act = useAct();
  const set = (labels: string[]) =>
    act.run(async () => {
      await api.setLabels(of.schema, of.table, of.column, labels);
      setEditing(false);
      onChanged();
    });
  const proposed = of.labels === null ? of.proposed : [];
  return (
    <div className="labels" role="group" aria-label={`Labels of ${of.column}`}>
      {of.labels?.map((label) => (
        <span key={label} className="tag tag-for">
          {label}
        </span>
      ))}
      {of.labels?.length === 0 && <span className="tag">not personal</span>}
      {proposed.map(({ label, why }) => (
        <span key={label} className="tag label-proposed" title={why}>
          {label}? <span className="sr">proposed: {why}</span>
        </span>
      ))}
      {of.labels === null && proposed.length === 0 && <span className="note">not labelled</span>}
      {editing ? (
        <Edit of={of} known={known} busy={act.busy} onSet={set} onLeave={() => setEditing(false)} />
      ) : (
        <span className="label-acts">
          {proposed.length > 0 && (
            <button type="button" className="button small" disabled={act.busy} onClick={() => set(proposed.slice(0, 1).map((one) => one.label))} aria-label={`Accept the labels of ${of.column}`}>
              Accept
            </button>
          )}
          <button type="button" className="quiet" disabled={act.busy} onClick={() => setEditing(true)} aria-label={`Change the labels of ${of.column}`}>
            Change
          </button>
          {of.labels === null && (
            <button type="button" className="quiet" disabled={act.busy} onClick={() => set([])} aria-label={`${of.column} is not personal`}>
              Not personal
            </button>
          )}
        </span>
      )}
      {act.error && (
        <p className="inline-error" role="alert">
          {act.error.message}
        </p>
      )}
    </div>
  );
}

function Edit({ of, known, busy, onSet, onLeave }: { of: LabelsOf; known: string[]; busy: boolean; onSet: (labels: string[]) => void; onLeave: () => void }) {
  const [text, setText] = useState((of.labels ?? of.proposed.map((one) => one.label)).join(", "));
  const list = useId();
  const save = (event: FormEvent) => {
    event.preventDefault();
    onSet([...new Set(text.split(",").map((label) => label.trim()).filter(Boolean))]);
  };
  return (
    <form className="label-edit" onSubmit={save}>
      <input aria-label={`Labels of ${of.column}, with commas between`} list={list} value={text} autoFocus onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && onLeave()} />
      <datalist id={list}>
        {known.map((label) => (
          <option key={label} value={label} />
        ))}
      </datalist>
      <button type="submit" className="button small" disabled={busy}>
        Save
      </button>
      <button type="button" className="quiet" onClick={onLeave}>
        Leave
      </button>
    </form>
  );
}
