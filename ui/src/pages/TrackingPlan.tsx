// The tracking plan: which events and properties are expected, whether the file as it is now is in force, and what does not fit.

import { api } from "../api/client";
import type { Noted } from "../api/events";
import { useOffers } from "../api/offers";
import { useAct } from "../lib/act";
import { count, words } from "../lib/format";
import { usePoll } from "../lib/repeat";
import { to } from "../lib/router";
import { Ago, Chip, Section } from "../parts/bits";
import { EventsNav } from "../parts/EventsNav";
import { PlanFile } from "../parts/PlanFile";
import { Snippet } from "../parts/FirstEvent";
import { Empty, Failure, Heading, Loading } from "../parts/states";
import { Table } from "../parts/TableHead";

const EVERY_MS = 3_000;

export function TrackingPlanPage() {
  const offers = useOffers();
  const planned = offers.route("get", "/tracking-plan");
  const noted = offers.route("get", "/events/violations");
  const plans = usePoll(planned ? "tracking-plan" : null, (signal) => api.trackingPlan(signal), EVERY_MS);
  const violations = usePoll(noted ? "violations" : null, (signal) => api.violations(signal), EVERY_MS);
  const act = useAct();
  const reload = async () => {
    if (await act.run(() => api.reloadPlans())) plans.again();
  };
  const files = plans.data?.plans ?? [];
  return (
    <div className="page">
      <Heading title="Tracking plan" />
      <EventsNav current="tracking-plan" />
      {!planned && !noted && <Empty title="This server has no tracking plans." />}
      {planned && !plans.data && (plans.error ? <Failure error={plans.error} retry={plans.again} /> : <Loading what="the tracking plan" />)}
      {act.error && <Failure error={act.error} />}
      {plans.data && files.length === 0 && <NoPlan />}
      {files.map((plan) => (
        <PlanFile key={plan.file} plan={plan} noted={violations.data} busy={act.busy} onReload={reload} />
      ))}
      {noted && (violations.data ? <Violations noted={violations.data} planned={files.length > 0} /> : violations.error ? <Failure error={violations.error} /> : <Loading what="the violations" />)}
    </div>
  );
}

function NoPlan() {
  return (
    <Empty title="No source has a tracking plan: every event is taken as it comes.">
      <div className="how">
        <p>A first plan is made from what has come. Name it in <code>kith.toml</code>, under the source, and start <code>kith serve</code> again.</p>
        <Snippet title="Make one" text="kith events plan --source web > plan.json" />
        <Snippet title="Name it" text={'tracking_plan = "plan.json"\nunplanned_events = "allow"        # or "block"'} />
      </div>
    </Empty>
  );
}

/** What was let through all the same. What a plan refuses is among the failed events. */
function Violations({ noted, planned }: { noted: Noted; planned: boolean }) {
  const rows = [...noted.violations].sort((a, b) => b.count - a.count);
  if (!planned && rows.length === 0) return null;
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
