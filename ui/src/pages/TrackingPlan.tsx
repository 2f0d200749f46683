// The tracking plan: which events and properties are expected, which have come, and what does not fit.

import { useState } from "react";
import { api } from "../api/client";
import type { PlannedEvent, TrackingPlan } from "../api/events";
import { useOffers } from "../api/offers";
import { count, plural, words } from "../lib/format";
import { said } from "../lib/flat";
import { useLoad } from "../lib/load";
import { Chip, Section } from "../parts/bits";
import { EventsNav } from "../parts/EventsNav";
import { Await, Empty, Heading } from "../parts/states";
import { Table } from "../parts/TableHead";

export function TrackingPlanPage() {
  const offered = useOffers().route("get", "/tracking-plan");
  const loaded = useLoad(offered ? "tracking-plan" : null, (signal) => api.trackingPlan(signal));
  return (
    <div className="page">
      <Heading title="Tracking plan" />
      <EventsNav current="tracking-plan" />
      {offered ? (
        <Await loaded={loaded} what="the tracking plan">
          {(plan) => <Plan plan={plan} />}
        </Await>
      ) : (
        <Empty title="This server has no tracking plans." />
      )}
    </div>
  );
}

function Plan({ plan }: { plan: TrackingPlan }) {
  if (plan.sources.length === 0) return <Empty title="No source of events is connected yet." />;
  return (
    <>
      {plan.sources.map((source) => (
        <Section
          key={source.source} id={`plan-${source.source}`} title={source.source}
          note={source.file ? <>Checked against <code>{source.file}</code>.</> : "No plan: every event is taken as it comes."}
          aside={<Chip source={source.source} />}
        >
          {source.events.length === 0 ? (
            <Empty title="Nothing is planned and nothing has come." />
          ) : (
            source.events.map((event) => <Planned key={`${event.call} ${event.name}`} event={event} />)
          )}
        </Section>
      ))}
    </>
  );
}

function Planned({ event }: { event: PlannedEvent }) {
  const faults = event.violations.reduce((sum, one) => sum + one.count, 0);
  const [open, setOpen] = useState(faults > 0);
  return (
    <details className="planned" open={open} onToggle={(toggled) => setOpen(toggled.currentTarget.open)}>
      <summary>
        <span className="tag">{event.call}</span> <strong>{event.name || event.call}</strong> <span className="note">{plural(event.count, "event")}</span>{" "}
        {!event.known && <span className="tag state-warn">! not in the plan</span>} {faults > 0 && <span className="tag tag-against">✕ {plural(faults, "violation")}</span>}
      </summary>
      {event.violations.length > 0 && (
        <Table label={`Violations of ${event.name}`} className="household" rows={event.violations} keyOf={(one) => `${one.path} ${one.kind}`}
          columns={[
            { name: "Where", kind: "head", cell: (one) => <code>{one.path || "the event"}</code> },
            { name: "What", cell: (one) => words(one.kind) },
            { name: "Times", kind: "number", cell: (one) => count(one.count) },
            { name: "Example", cell: (one) => <code className="original">{one.example === null || one.example === undefined ? "–" : said(one.example)}</code> },
          ]} />
      )}
      {event.properties.length > 0 && (
        <Table label={`Properties of ${event.name}`} className="household" rows={event.properties} keyOf={(one) => one.path}
          columns={[
            { name: "Property", kind: "head", cell: (one) => <code>{one.path}</code> },
            { name: "Type", cell: (one) => one.types.join(" or ") || "any" },
            { name: "Required", cell: (one) => (one.required ? "required" : "") },
            { name: "Seen", kind: "number", cell: (one) => count(one.seen) },
          ]} />
      )}
    </details>
  );
}
