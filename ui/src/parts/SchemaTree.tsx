// The tables and columns that one can ask, to look at and to put into a query.

import { useId, useMemo, useState } from "react";
import type { TableOf } from "../api/tables";
import type { Loaded } from "../lib/load";
import { to } from "../lib/router";
import { bySchema, compact, found, sqlName, sqlTable, typeName } from "../lib/tables";
import { Lock } from "./Masked";
import { Empty, Failure, Loading } from "./states";

export function SchemaTree({ loaded, onInsert }: { loaded: Loaded<{ tables: TableOf[] }>; onInsert: (text: string) => void }) {
  const [words, setWords] = useState("");
  const tables = loaded.data?.tables;
  const shown = useMemo(() => found(tables ?? [], words), [tables, words]);
  return (
    <section className="panel schema-tree" aria-labelledby="schema-title">
      <h2 id="schema-title">Tables</h2>
      <input type="search" className="text-filter" aria-label="Find a table or column" placeholder="Find a table or column" value={words} onChange={(event) => setWords(event.target.value)} />
      {loaded.error && <Failure error={loaded.error} retry={loaded.reload} />}
      {loaded.loading && !tables && <Loading what="the tables" />}
      {tables && shown.length === 0 && <Empty title={words ? "No table has this." : "There is no table yet."} />}
      {bySchema(shown).map(([schema, list]) => (
        <div key={schema} className="tree-schema" role="group" aria-label={`Schema ${schema}`}>
          <h3>
            {schema} <small>{list[0]?.connection_kind ?? ""}</small>
          </h3>
          <ul>
            {list.map((table) => (
              <TreeTable key={table.table} table={table} onInsert={onInsert} />
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}

function TreeTable({ table, onInsert }: { table: TableOf; onInsert: (text: string) => void }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const name = sqlTable(table);
  return (
    <li>
      <div className="tree-row">
        <button type="button" className="tree-open" aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
          <svg viewBox="0 0 10 10" width="9" height="9" aria-hidden="true">
            <path d="M3 1l4 4-4 4" />
          </svg>
          <span className="tree-name">{table.table}</span>
          {table.columns.some((column) => column.masked) && (
            <>
              <Lock />
              <span className="sr">with masked columns</span>
            </>
          )}
          {table.rows !== null && <small title={table.rows_exact ? undefined : "as the source guesses"}>{(table.rows_exact ? "" : "~") + compact(table.rows)}</small>}
        </button>
        <button type="button" className="tree-insert" onClick={() => onInsert(name)} aria-label={`Insert ${name}`} title="Insert the name">
          +
        </button>
      </div>
      <div id={id} hidden={!open}>
        {table.fault && <p className="inline-error">{table.fault.message}</p>}
        <ul className="tree-columns">
          {open &&
            table.columns.map((column) => (
              <li key={column.name}>
                <button type="button" onClick={() => onInsert(sqlName(column.name))} title={column.masked ? `Masked: ${column.masked.why}` : (column.description ?? "Insert the name")}>
                  <span>{column.name}</span>
                  {column.masked && (
                    <>
                      <Lock />
                      <span className="sr">masked: {column.masked.why}</span>
                    </>
                  )}
                  <small>{typeName(column.type)}</small>
                </button>
              </li>
            ))}
        </ul>
        <p className="tree-more">
          <a href={to(["catalogue", table.schema, table.table])}>What is in it</a>
        </p>
      </div>
    </li>
  );
}
