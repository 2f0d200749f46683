// One tracking plan: its file, whether that is in force as it is now, whom it judges, and what it expects.

import type { Fault, Noted, PlannedEvent, PlanOf } from "../api/events";
import { count, plural } from "../lib/format";
import { Ago, Chip, Section } from "./bits";
import { Empty } from "./states";
import { Table } from "./TableHead";

const OPEN_MOST = 3;

export function PlanFile({ plan, noted, busy, onReload }: { plan: PlanOf; noted: Noted | null; busy: boolean; onReload: () => void }) {
  const sources = plan.sources.map((one) => one.source);
  const faults = (noted?.violations ?? []).filter((one) => sources.includes(one.source));
  return (
    <Section
      id={`plan-${plan.file}`} title={plan.file}
      note={<>In force since it was read, <Ago at={plan.read_at} />. Kith looks at the file every two seconds.</>}
      aside={
        <button type="button" className="button small" disabled={busy} onClick={onReload}>
          {busy ? "Looking …" : "Look now"}
        </button>
      }
    >
      {plan.fault && <NotTaken fault={plan.fault} />}
      <Table label={`Sources under ${plan.file}`} className="runs plan-sources" rows={plan.sources} keyOf={(one) => one.source}
        columns={[
          { name: "Source", kind: "head", cell: (one) => <Chip source={one.source} /> },
          { name: "An event that is not planned", cell: (one) => <Treated how={one.unplanned_events} /> },
          { name: "A value that is not as planned", cell: (one) => <Treated how={one.invalid_events} /> },
          { name: "A property that is not planned", cell: (one) => <Treated how={one.unplanned_properties} /> },
        ]} />
      <div className="planned-list">
        {plan.events.length === 0 ? (
          <Empty title="The plan names no event." />
        ) : (
          plan.events.map((event) => <Planned key={`${event.call} ${event.name}`} event={event} open={plan.events.length <= OPEN_MOST} faults={faultsOf(event, faults)} />)
        )}
      </div>
    </Section>
  );
}

/** Also on the page of health. */
export function NotTaken({ fault, file }: { fault: Fault; file?: string }) {
  return (
    <div className="state failure plan-fault" role="alert">
      <p className="state-title">{file && <code>{file}</code>} The file as it is now can not be taken; the plan that was read before stays in force.</p>
      <p>{fault.message}</p>
      <p>{fault.help}</p>
      <p className="state-code">
        <code>{fault.code}</code> <span className="note">since <Ago at={fault.since} /></span>
      </p>
    </div>
  );
}

const TREATED: { [how: string]: string } = { allow: "taken and noted", omit: "cut out", block: "refused and kept aside" };

function Treated({ how }: { how: string }) {
  return (
    <>
      <code>{how}</code> <span className="note">{TREATED[how]}</span>
    </>
  );
}

const faultsOf = ({ call, name }: PlannedEvent, faults: Noted["violations"]): number =>
  faults.filter((one) => one.kind !== "unplanned_event" && one.event === (name || call)).reduce((sum, one) => sum + one.count, 0);

function Planned({ event, open, faults }: { event: PlannedEvent; open: boolean; faults: number }) {
  return (
    <details className="planned" open={open}>
      <summary>
        <span className="tag">{event.call}</span> <strong>{event.name || `every ${event.call}`}</strong> <span className="note">{plural(event.properties.length, "property", "properties")}</span>{" "}
        {faults > 0 && <span className="tag tag-against">✕ {count(faults)} not as planned</span>}
      </summary>
      {event.properties.length > 0 && (
        <Table label={`Properties of ${event.name || event.call}`} className="household plan-properties" rows={event.properties} keyOf={(one) => one.path}
          columns={[
            { name: "Property", kind: "head", cell: (one) => <code>{one.path}</code> },
            { name: "Type", cell: (one) => one.types.join(" or ") || "any" },
            { name: "Required", cell: (one) => (one.required ? "required" : "") },
          ]} />
      )}
    </details>
  );
}
