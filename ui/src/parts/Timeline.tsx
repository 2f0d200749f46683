// What one person did, by day and visit, live. Its frame scrolls inside, so the page stays where it is while events come in.

import { useContext, useState } from "react";
import type { EventOf, NameCount } from "../api/events";
import { gist } from "../lib/flat";
import { clock, count, day, iso, plural, words } from "../lib/format";
import type { LiveProfile } from "../lib/profile";
import { days, type Session } from "../lib/sessions";
import { takesEvents } from "../lib/sources";
import { useTimeline } from "../lib/timeline";
import { Chip, SourcesContext } from "./bits";
import { EventDrawer } from "./EventDrawer";
import { Empty, Failure, Loading } from "./states";

/** Items of one event that a line has room for; the drawer shows the event as it was sent. */
const ITEMS_SHOWN = 3;

interface Props {
  profile: string;
  confidence?: number;
  byName: NameCount[];
  name: string;
  onName: (name: string) => void;
  onNews: () => void;
  live: LiveProfile;
}

export function Timeline({ profile, confidence, byName, name, onName, onNews, live }: Props) {
  const [call, setCall] = useState("");
  const [channel, setChannel] = useState("");
  const [chosen, setChosen] = useState<EventOf | null>(null);
  const line = useTimeline({ profile, confidence, call, name }, onNews, live);
  const channels = [...new Set(line.events.map(channelOf).filter((one) => one !== null))].sort();
  const shown = channel ? line.events.filter((event) => channelOf(event) === channel) : line.events;
  const whole = !call && !name && !channel;
  const all = days(shown);
  return (
    <div className="timeline">
      <div className="tools timeline-tools">
        <Choice label="Call" chosen={call} onChoose={setCall} options={callsOf(byName)} />
        {channels.length > 0 && <Choice label="Channel" chosen={channel} onChoose={setChannel} options={channels.map((one) => ({ value: one }))} />}
        {name && (
          <button type="button" className="button small" aria-label={`Show all events, not only ${name}`} onClick={() => onName("")}>
            {name} ✕
          </button>
        )}
        <span className={`live-mark live-${line.lost ? "lost" : "on"}`} data-way={live.streamed ? "stream" : "asking"}>
          <i aria-hidden="true" />
          {line.lost ? "Kith does not answer; trying again" : live.streamed ? "Live" : "Live, asked each second"}
        </span>
      </div>
      <div className="timeline-frame" role="region" aria-label="Timeline, newest first" tabIndex={0} aria-busy={line.more === null && line.events.length > 0}>
        {line.error && <Failure error={line.error} />}
        {line.more === null && line.events.length === 0 && !line.error && <Loading what="the events" />}
        {line.more !== null && shown.length === 0 && <Empty title="No event is like that." />}
        {all.map(({ day: on, sessions }) => (
          <section key={on} className="timeline-day" aria-label={day(on)}>
            <h3>{day(on)}</h3>
            {sessions.map((session, i) => (
              <Visit
                key={session.events.at(-1)?.position} session={session} titled={whole} chosen={chosen?.position ?? null} onChoose={setChosen}
                open={line.more === true && on === all.at(-1)?.day && i === sessions.length - 1}
              />
            ))}
          </section>
        ))}
        {line.more && (
          <button type="button" className="button small" disabled={line.busy} onClick={line.earlier}>
            Show earlier events
          </button>
        )}
      </div>
      {chosen && <EventDrawer event={chosen} person={false} onClose={() => setChosen(null)} />}
    </div>
  );
}

interface Option {
  value: string;
  count?: number;
}

function Choice({ label, options, chosen, onChoose }: { label: string; options: Option[]; chosen: string; onChoose: (value: string) => void }) {
  return (
    <div className="choices" role="group" aria-label={label}>
      {[{ value: "" }, ...options].map((option: Option) => (
        <button key={option.value} type="button" className="choice-chip" aria-pressed={chosen === option.value} onClick={() => onChoose(option.value)}>
          {option.value || "all"}
          {option.count !== undefined && <span className="note"> {count(option.count)}</span>}
        </button>
      ))}
    </div>
  );
}

/** A visit: events at most thirty minutes apart. `open`: earlier pages may have more of it. */
function Visit({ session, titled, open, chosen, onChoose }: { session: Session; titled: boolean; open: boolean; chosen: number | null; onChoose: (event: EventOf) => void }) {
  const several = useContext(SourcesContext).filter(takesEvents).length > 1;
  const [from, to] = [clock(session.from, Date.parse(session.from)).slice(0, 5), clock(session.to, Date.parse(session.to)).slice(0, 5)];
  return (
    <div className="visit">
      {titled && (
        <p className="visit-head">
          <strong>{from === to ? from : `${from} – ${to}`}</strong>
          <span className="note">
            {open && "at least "}
            {plural(session.events.length, "event")}
          </span>
          {session.sources.map((source) => (
            <Chip key={source} source={source} />
          ))}
        </p>
      )}
      <ol>
        {session.events.map((event) => (
          <li key={event.position} className={event.position === chosen ? "chosen" : undefined} data-position={event.position}>
            <time dateTime={iso(event.timestamp)}>{clock(event.timestamp, Date.parse(event.timestamp))}</time>
            <span className="tag">{event.call}</span>
            <button type="button" className="row-opener" onClick={() => onChoose(event)}>
              {event.name || event.call}
            </button>
            <span className="visit-gist">{gist(event.body)}</span>
            {(event.items ?? []).slice(0, ITEMS_SHOWN).map((item) => (
              <span key={`${item.catalog} ${item.id}`} className="tag" title={`${item.catalog} ${item.id}${item.gone ? ", no longer there" : ""}`}>
                {item.name ?? item.id}
              </span>
            ))}
            {several && session.sources.length > 1 && <Chip source={event.source} />}
            {channelOf(event) && <span className="note visit-channel">{channelOf(event)}</span>}
          </li>
        ))}
      </ol>
    </div>
  );
}

/** How many events of each call: `by_name` has `track Order Completed`. */
function callsOf(byName: NameCount[]): Option[] {
  const calls = new Map<string, number>();
  for (const { name, count: times } of byName) {
    const call = name.split(" ", 1)[0] ?? "";
    calls.set(call, (calls.get(call) ?? 0) + times);
  }
  return [...calls].map(([value, times]) => ({ value, count: times })).sort((a, b) => b.count - a.count);
}

function channelOf(event: EventOf): string | null {
  const channel = event.derived?.channel;
  return typeof channel === "string" ? words(channel) : null;
}
