// Contexts: the orders, tickets, subscriptions of a person, each one thing made of several events, with its state now.

import type { Activity, ContextOf } from "../api/events";
import { count, plural, words } from "../lib/format";
import { Ago } from "./bits";
import { Table } from "./TableHead";

export function Contexts({ contexts, counts }: { contexts: ContextOf[]; counts: NonNullable<Activity["context_counts"]> }) {
  const all = counts.map((one) => `${one.name}: ${one.count === null ? "too many" : count(one.count)}${one.open ? `, ${count(one.open)} open` : ""}`);
  return (
    <div>
      <Table label="Orders, tickets and the like" className="household" rows={contexts} keyOf={(one) => `${one.name} ${one.id}`}
        columns={[
          { name: "What", kind: "head", cell: (one) => <>{one.name} <code>{one.id}</code>{one.label && <span className="note context-label">{one.label}</span>}</> },
          { name: "State", cell: (one) => <span className={one.open ? "tag tag-for" : "tag"}>{words(one.state ?? (one.open ? "open" : "over"))}</span> },
          { name: "Worth", kind: "number", cell: (one) => one.value !== null && [worth(one.value), one.currency].filter(Boolean).join(" ") },
          { name: "Changed", cell: (one) => <><Ago at={one.changed_at} /><span className="note context-label">{plural(one.events, "event")}</span></> },
        ]} />
      {all.length > 0 && <p className="note">{all.join(" · ")}</p>}
    </div>
  );
}

const worth = (value: number) => value.toLocaleString("en", { maximumFractionDigits: 2 });
