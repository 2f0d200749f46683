// What a person did, over all their identities: counts, declared traits, and the events themselves, newest first.

import { useEffect, useState } from "react";
import { api } from "../api/client";
import type { Activity as Did, EventOf } from "../api/types";
import { plural } from "../lib/format";
import { useLoad } from "../lib/load";
import { Ago, Chip, Soft } from "./bits";
import { Await } from "./states";
import { Table } from "./TableHead";

const PAGE = 10;

export function Activity({ profile, activity, confidence }: { profile: string; activity: Did; confidence?: number }) {
  const traits = Object.entries(activity.traits).filter(([, value]) => value !== null);
  return (
    <>
      <p className="note">
        {plural(activity.events, "event")} of {plural(activity.identities.length, "identity", "identities")}, the last one <Ago at={activity.last_at} />.
      </p>
      {traits.length > 0 && (
        <Table label="Traits counted from events" className="household" rows={traits} keyOf={([name]) => name}
          columns={[
            { name: "Trait", kind: "head", cell: ([name]) => name },
            { name: "Value", kind: "number", cell: ([, value]) => <Soft text={said(value)} /> },
          ]} />
      )}
      <Table label="Events by name" className="household" rows={activity.by_name.slice(0, 12)} keyOf={(row) => row.name}
        columns={[
          { name: "Event", kind: "head", cell: (row) => <Soft text={row.name} /> },
          { name: "Times", kind: "number", cell: (row) => row.count.toLocaleString("en") },
          { name: "Last", cell: (row) => <Ago at={row.last_at} /> },
        ]} />
      <Timeline key={`${profile} ${confidence ?? ""}`} profile={profile} confidence={confidence} />
    </>
  );
}

function Timeline({ profile, confidence }: { profile: string; confidence?: number }) {
  const [before, setBefore] = useState<string | undefined>();
  const [shown, setShown] = useState<EventOf[]>([]);
  const loaded = useLoad(`events ${profile} ${confidence ?? ""} ${before ?? ""}`, (signal) =>
    api.profileEvents(profile, { confidence, before, limit: PAGE }, signal),
  );
  const page = loaded.data;
  useEffect(() => {
    if (page) setShown((known) => [...known, ...page.events.filter((event) => !known.some((k) => k.position === event.position))]);
  }, [page]);
  return (
    <>
      <Table label="Timeline, newest first" className="household" rows={shown} keyOf={(event) => event.position}
        columns={[
          { name: "When", cell: (event) => <Ago at={event.timestamp} /> },
          { name: "What", kind: "head", cell: (event) => <Soft text={[event.call, event.name].filter(Boolean).join(" ")} /> },
          { name: "Who", cell: (event) => <Soft text={event.user_id ?? event.anonymous_id ?? ""} /> },
          { name: "Source", cell: (event) => <Chip source={event.source} /> },
        ]} />
      <Await loaded={loaded} what="the events">
        {({ next }) =>
          next ? (
            <button type="button" className="button small" onClick={() => setBefore(next)}>
              Show earlier events
            </button>
          ) : null
        }
      </Await>
    </>
  );
}

function said(value: unknown): string {
  if (Array.isArray(value)) return value.map(said).join(", ");
  return typeof value === "number" ? value.toLocaleString("en") : typeof value === "string" ? value : JSON.stringify(value);
}
