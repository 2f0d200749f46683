// The tracking plan: which events and properties are expected, which have come, and what does not fit.

import { useState } from "react";
import { api } from "../api/client";
import type { Noted, PlannedEvent, TrackingPlan } from "../api/events";
import { useOffers } from "../api/offers";
import { count, plural, words } from "../lib/format";
import { said } from "../lib/flat";
import { useLoad } from "../lib/load";
import { usePoll } from "../lib/repeat";
import { to } from "../lib/router";
import { Ago, Chip, Section } from "../parts/bits";
import { EventsNav } from "../parts/EventsNav";
import { Await, Empty, Failure, Heading, Loading } from "../parts/states";
import { Table } from "../parts/TableHead";

const EVERY_MS = 3_000;

export function TrackingPlanPage() {
  const offers = useOffers();
  const planned = offers.route("get", "/tracking-plan");
  const noted = offers.route("get", "/events/violations");
  const plan = useLoad(planned ? "tracking-plan" : null, (signal) => api.trackingPlan(signal));
  const violations = usePoll(noted ? "violations" : null, (signal) => api.violations(signal), EVERY_MS);
  return (
    <div className="page">
      <Heading title="Tracking plan" />
      <EventsNav current="tracking-plan" />
      {!planned && !noted && <Empty title="This server has no tracking plans." />}
      {planned && (
        <Await loaded={plan} what="the tracking plan">
          {(found) => <Plan plan={found} />}
        </Await>
      )}
      {noted && (violations.data ? <Violations noted={violations.data} /> : violations.error ? <Failure error={violations.error} /> : <Loading what="the violations" />)}
    </div>
  );
}

/** What was let through all the same. What a plan refuses is among the failed events. */
function Violations({ noted }: { noted: Noted }) {
  const rows = [...noted.violations].sort((a, b) => b.count - a.count);
  return (
    <Section
      id="noted" title="Let through although not as planned"
      note={<>Since the server started, {noted.since && <Ago at={noted.since} />}. What a plan refuses is among the <a href="#/failed">failed events</a>.</>}
    >
      {rows.length === 0 ? (
        <Empty title="Everything that was let through is as planned." />
      ) : (
        <Table label="Violations" className="runs" rows={rows} keyOf={(one) => `${one.source} ${one.event} ${one.kind} ${one.field}`}
          columns={[
            { name: "Event", kind: "head", cell: (one) => one.event || "several" },
            { name: "Source", cell: (one) => <Chip source={one.source} /> },
            { name: "Where", cell: (one) => (one.field ? <code>{one.field}</code> : "the event") },
            { name: "What", cell: (one) => words(one.kind) },
            { name: "Times", kind: "number", cell: (one) => count(one.count) },
            { name: "Look", cell: (one) => one.event && <a href={to(["events"], { source: one.source, name: one.event })} aria-label={`Live events of ${one.event}`}>live</a> },
          ]} />
      )}
    </Section>
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
