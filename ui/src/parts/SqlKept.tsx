// Queries to take up again: examples, saved ones, and those of this tab.

import { useState, type FormEvent } from "react";
import { api } from "../api/client";
import { useAct } from "../lib/act";
import { clock } from "../lib/format";
import type { Kept } from "../lib/kept";
import { to } from "../lib/router";

const EXAMPLES = [
  { name: "Golden records", query: "SELECT * FROM master.customer LIMIT 20" },
  {
    name: "People known to most sources",
    query: "SELECT profile_id, count(DISTINCT source) AS sources, count(*) AS records\nFROM identity.node\nGROUP BY profile_id\nORDER BY sources DESC, records DESC\nLIMIT 20",
  },
  {
    name: "Which source wins which field",
    query: "SELECT field, source, count(*) AS wins\nFROM master.customer_value\nWHERE won\nGROUP BY field, source\nORDER BY field, wins DESC",
  },
  { name: "Strongest links", query: "SELECT * FROM identity.link ORDER BY probability DESC LIMIT 20" },
];
export const FIRST = EXAMPLES[0]!.query;

const HISTORY_SHOWN = 12;

export function SqlKept({ kept, text, onTake }: { kept: Kept; text: string; onTake: (query: string) => void }) {
  const [name, setName] = useState("");
  const [view, setView] = useState("");
  const act = useAct();
  const keep = () =>
    act.run(async () => {
      setView("");
      setView((await api.saveView(name.trim(), text)).saved);
    });
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (!name.trim() || !text.trim()) return;
    kept.save(name.trim(), text);
    setName("");
  };
  return (
    <div className="sql-kept">
      <div className="examples" role="group" aria-label="Examples">
        {EXAMPLES.map((example) => (
          <button key={example.name} type="button" className="button small" onClick={() => onTake(example.query)}>
            {example.name}
          </button>
        ))}
      </div>
      <details>
        <summary>Saved queries ({kept.saved.length})</summary>
        <form className="save-query" onSubmit={save}>
          <input aria-label="Name of the query" placeholder="Name" value={name} maxLength={80} onChange={(event) => setName(event.target.value)} />
          <button type="submit" className="button small" disabled={!name.trim() || !text.trim()}>
            Save this one
          </button>
          <span className="note">In this browser only.</span>
          <button type="button" className="button small" disabled={act.busy || !name.trim() || !text.trim()} onClick={keep}>
            Save as a view
          </button>
          <span className="note" role="status">
            {view ? (
              <>
                It is the table <a href={to(["catalogue", "gold", view])}>gold.{view}</a> now.
              </>
            ) : (
              "A table of the schema gold, for everybody who may read what it reads."
            )}
          </span>
        </form>
        {act.error && (
          <p className="inline-error" role="alert">
            {act.error.message} {act.error.help}
          </p>
        )}
        <ul className="kept-list">
          {kept.saved.map((saved) => (
            <li key={saved.name}>
              <button type="button" className="row-link" onClick={() => onTake(saved.query)}>
                {saved.name}
              </button>
              <button type="button" className="quiet" onClick={() => kept.remove(saved.name)} aria-label={`Delete ${saved.name}`}>
                Delete
              </button>
            </li>
          ))}
        </ul>
      </details>
      <details>
        <summary>History ({kept.history.length})</summary>
        {kept.history.length === 0 ? (
          <p className="note">What you ask is listed here, in this tab, until you sign out.</p>
        ) : (
          <>
            <ul className="kept-list">
              {kept.history.slice(0, HISTORY_SHOWN).map((asked) => (
                <li key={asked.at}>
                  <button type="button" className="row-link" onClick={() => onTake(asked.query)} title={asked.query}>
                    <code>{asked.query.replace(/\s+/g, " ")}</code>
                  </button>
                  <span className="note">
                    {asked.outcome} · {clock(asked.at)}
                  </span>
                </li>
              ))}
            </ul>
            <button type="button" className="quiet" onClick={kept.clear}>
              Clear the history
            </button>
          </>
        )}
      </details>
    </div>
  );
}
