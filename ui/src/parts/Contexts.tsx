// Contexts: the orders, tickets, subscriptions of a person, each one thing made of several events, with its state now.

import type { Json } from "../api/events";
import { said } from "../lib/flat";
import { Ago } from "./bits";
import { Table } from "./TableHead";

interface Context {
  [member: string]: Json;
}

const text = (context: Context, ...names: string[]): string => {
  const value = names.map((name) => context[name]).find((one) => one !== undefined && one !== null);
  return value === undefined ? "" : said(value);
};

export function Contexts({ contexts }: { contexts: Context[] }) {
  return (
    <Table label="Orders, tickets and the like" className="household" rows={contexts.map((context, i) => ({ context, i }))} keyOf={({ i }) => i}
      columns={[
        { name: "What", kind: "head", cell: ({ context }) => <>{text(context, "name", "context", "kind")} <code>{text(context, "id", "key")}</code></> },
        { name: "State", cell: ({ context }) => <span className="tag">{text(context, "state")}</span> },
        { name: "Value", kind: "number", cell: ({ context }) => [text(context, "value", "label"), text(context, "currency")].filter(Boolean).join(" ") },
        { name: "Changed", cell: ({ context }) => <Ago at={text(context, "changed_at", "updated_at", "opened_at") || null} /> },
      ]} />
  );
}
