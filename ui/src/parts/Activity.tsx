// What a person did, over all their identities: declared traits, counts, contexts and what is derived, beside the live timeline.

import { useEffect, useRef, useState } from "react";
import type { Activity as Did } from "../api/events";
import { count, plural } from "../lib/format";
import { said } from "../lib/flat";
import type { LiveProfile } from "../lib/profile";
import { Ago, Soft } from "./bits";
import { Came } from "./Came";
import { Contexts } from "./Contexts";
import { Table } from "./TableHead";
import { Timeline } from "./Timeline";

const NAMES = 12;
/** Who an event belongs to may be resolved a moment after it has come. */
const RESOLVED_MS = 1_500;

interface Props {
  profile: string;
  activity: Did;
  confidence?: number;
  live: LiveProfile;
}

export function Activity({ profile, activity, confidence, live }: Props) {
  const [name, setName] = useState("");
  const later = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(later.current), []);
  const news = () => {
    // The stream has said it already.
    if (live.streamed) return;
    live.refresh();
    clearTimeout(later.current);
    later.current = setTimeout(live.refresh, RESOLVED_MS);
  };
  return (
    <div className="activity">
      <div className="activity-facts">
        <p className="note">
          {plural(activity.events, "event")} of {plural(activity.identities.length, "identity", "identities")}, the last one <Ago at={activity.last_at} />.
        </p>
        <Traits traits={activity.traits} />
        <Names activity={activity} chosen={name} onChoose={setName} />
        {activity.contexts && activity.contexts.length > 0 && <Contexts contexts={activity.contexts} counts={activity.context_counts ?? []} />}
        <Came activity={activity} />
      </div>
      <Timeline profile={profile} confidence={confidence} byName={activity.by_name} name={name} onName={setName} onNews={news} live={live} />
    </div>
  );
}

function Traits({ traits }: { traits: Did["traits"] }) {
  const known = Object.entries(traits).filter(([, value]) => value !== null);
  if (known.length === 0) return null;
  return (
    <Table label="Traits counted from events" className="household" rows={known} keyOf={([trait]) => trait}
      columns={[
        { name: "Trait", kind: "head", cell: ([trait]) => trait },
        { name: "Value", kind: "number", cell: ([, value]) => <Soft text={typeof value === "number" ? value.toLocaleString("en", { maximumFractionDigits: 4 }) : said(value)} /> },
      ]} />
  );
}

/** Events by name; a name chooses what the timeline shows. */
function Names({ activity, chosen, onChoose }: { activity: Did; chosen: string; onChoose: (name: string) => void }) {
  const rest = activity.by_name.length - NAMES;
  return (
    <>
      <Table label="Events by name" className="household" rows={activity.by_name.slice(0, NAMES)} keyOf={(row) => row.name}
        columns={[
          { name: "Event", kind: "head", cell: (row) => <Name row={row.name} chosen={chosen} onChoose={onChoose} /> },
          { name: "Times", kind: "number", cell: (row) => count(row.count) },
          { name: "Last", cell: (row) => <Ago at={row.last_at} /> },
        ]} />
      {rest > 0 && <p className="note">and {plural(rest, "other name")}</p>}
    </>
  );
}

/** `row`: call and name, `track Order Completed`; a call may have no name. */
function Name({ row, chosen, onChoose }: { row: string; chosen: string; onChoose: (name: string) => void }) {
  const [call = "", ...rest] = row.split(" ");
  const name = rest.join(" ");
  if (!name) return <>{call}</>;
  return (
    <>
      <span className="note">{call}</span>{" "}
      <button type="button" className="opener" aria-pressed={chosen === name} onClick={() => onChoose(chosen === name ? "" : name)}>
        {name}
      </button>
    </>
  );
}
