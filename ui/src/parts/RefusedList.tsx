// The single events of a cause: when, where in the event, why, and as they came.

import { useEffect, useState } from "react";
import type { Cause, RefusedEvent } from "../api/events";
import { clock, count } from "../lib/format";
import { useLoad } from "../lib/load";
import { refusedOf } from "../lib/refused";
import { Copy, Marked } from "./bits";
import { Await } from "./states";
import { Table } from "./TableHead";

const ORIGINAL_SHOWN = 240;

export function RefusedList({ cause }: { cause: Cause }) {
  const { source, code, count: total } = cause;
  const [before, setBefore] = useState<number | undefined>();
  const [known, setKnown] = useState<RefusedEvent[]>([]);
  // `total` is in the key of the first page, so that new ones show.
  const loaded = useLoad(`refused ${source} ${code} ${cause.name ?? ""} ${cause.field ?? ""} ${before ?? `first ${total}`}`, (signal) => refusedOf(cause, before, signal));
  const page = loaded.data;
  useEffect(() => {
    if (page) setKnown((old) => joined(old, page.events));
  }, [page]);
  return (
    <div className="cause-events">
      {known.length > 0 && (
        <Table label={`Refused events of ${source}, ${code}`} className="rejects" rows={known} keyOf={(event) => event.position}
          columns={[
            { name: "Received, UTC", cell: (event) => <span className="nowrap">{clock(event.received_at)}</span> },
            { name: "Call", cell: (event) => event.call ?? "–" },
            { name: "Field", cell: (event) => (event.field ? <code>{event.field}</code> : "the event") },
            { name: "Reason", cell: (event) => <Marked text={event.reason} /> },
            { name: "As it came", cell: (event) => <Original event={event} /> },
          ]} />
      )}
      <Await loaded={loaded} what="the events">
        {({ next, gaveUp }) => (
          <p className="note">
            {count(known.length)} of {count(total)} shown. {gaveUp && "Many others lie between. "}
            {next !== null && (
              <button type="button" className="button small" onClick={() => setBefore(next)}>
                Show earlier ones
              </button>
            )}
          </p>
        )}
      </Await>
    </div>
  );
}

function Original({ event }: { event: RefusedEvent }) {
  const text = event.original;
  return (
    <span className="original">
      <code>{text.length > ORIGINAL_SHOWN ? `${text.slice(0, ORIGINAL_SHOWN)} …` : text}</code>
      <Copy text={text} label={`Copy the event at position ${event.position}`} />
    </span>
  );
}

function joined(old: RefusedEvent[], page: RefusedEvent[]): RefusedEvent[] {
  const all = new Map([...old, ...page].map((event) => [event.position, event]));
  return [...all.values()].sort((a, b) => b.position - a.position);
}
