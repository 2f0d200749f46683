// Live events: what comes in, newest first, a moment after it came. It can be paused, filtered and looked at closely.

import { useCallback, useContext, useEffect, useMemo, useState } from "react";
import type { EventOf } from "../api/events";
import { KEPT, useArrivals, type Wanted } from "../lib/arrivals";
import type { Way } from "../lib/feed";
import { count, plural } from "../lib/format";
import { perSecond, rateOf, useCounts } from "../lib/rates";
import { go, to } from "../lib/router";
import { takesEvents } from "../lib/sources";
import { SourcesContext } from "../parts/bits";
import { EventDrawer } from "../parts/EventDrawer";
import { EventsNav } from "../parts/EventsNav";
import { FirstEvent } from "../parts/FirstEvent";
import { Heading, Loading, Failure, Empty } from "../parts/states";
import { Stream } from "../parts/Stream";

const CALLS = ["track", "identify", "page", "screen", "group", "alias"];

export function Events({ query }: { query: URLSearchParams }) {
  const wanted = { source: query.get("source") ?? "", call: query.get("call") ?? "", name: query.get("name") ?? "" };
  const [paused, setPaused] = useState(false);
  const [reading, setReading] = useState(false);
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<EventOf | null>(null);
  const [top, setTop] = useState(0);
  const came = useArrivals(wanted, paused || reading);
  const sources = useContext(SourcesContext).filter(takesEvents);
  const shown = useMatching(came.events, text);
  const names = useMemo(() => [...new Set(came.events.map((event) => event.name).filter(Boolean))].sort(), [came.events]);
  const choose = useCallback((event: EventOf) => setChosen(event), []);
  const filtered = wanted.source !== "" || wanted.call !== "" || wanted.name !== "" || text !== "";
  const nothing = came.position !== null && came.events.length + came.waits === 0 && !filtered;
  const [waited, setWaited] = useState(false);
  useEffect(() => {
    if (nothing) setWaited(true);
  }, [nothing]);
  const catchUp = () => {
    setPaused(false);
    setTop((n) => n + 1);
  };
  return (
    <div className="page">
      <Heading title="Events" />
      <EventsNav current="events" />
      <p className="sr" role="status">
        {waited && !nothing && "The first event has come."}
      </p>
      {came.position === null ? (
        came.error ? <Failure error={came.error} /> : <Loading what="the events" />
      ) : nothing ? (
        <FirstEvent connected={sources.length > 0} refused={came.position > 0} />
      ) : (
        <section className="panel live-panel" aria-label="Live events">
          <Filters wanted={wanted} names={names} sources={sources.map((source) => source.name)} text={text} onText={setText} />
          <div className="live-state">
            <button type="button" className="button small" aria-pressed={paused} onClick={() => (paused ? catchUp() : setPaused(true))}>
              {paused ? "Resume" : "Pause"}
            </button>
            <State lost={came.error !== null} paused={paused} reading={reading} way={came.way} />
            <Rate source={wanted.source} />
            <span className="live-waits" role="status">
              {came.waits > 0 && (
                <button type="button" className="opener" onClick={catchUp}>
                  {plural(came.waits, "new event")} {came.waits === 1 ? "waits" : "wait"}: show
                </button>
              )}
            </span>
            <span className="note live-count">
              {count(shown.length)} shown{came.events.length >= KEPT && `, the last ${count(KEPT)} are kept`}
              {came.skipped > 0 && ` · ${count(came.skipped)} passed over: more come than can be shown`}
            </span>
          </div>
          {shown.length === 0 ? (
            <div className="stream-frame" role="region" aria-label="Events, newest first" tabIndex={0}>
              <Empty title="None of the last events is like that." />
            </div>
          ) : (
            <Stream events={shown} chosen={chosen?.position ?? null} onChoose={choose} still={paused || reading} onReading={setReading} top={top} />
          )}
        </section>
      )}
      {chosen && <EventDrawer event={chosen} onClose={() => setChosen(null)} />}
    </div>
  );
}

function State({ lost, paused, reading, way }: { lost: boolean; paused: boolean; reading: boolean; way: Way }) {
  const live = way === "stream" ? "Live" : "Live, asked each second";
  const [kind, said] = lost ? ["lost", "Kith does not answer; trying again"] : paused ? ["still", "Paused"] : reading ? ["still", "Holds still while you read"] : ["on", live];
  return (
    <span className={`live-mark live-${kind}`} data-way={way}>
      <i aria-hidden="true" />
      {said}
    </span>
  );
}

/** How fast events come, of one source or of all. */
function Rate({ source }: { source: string }) {
  const { counts, samples } = useCounts();
  const sources = (counts.data?.sources ?? []).filter((one) => !source || one.source === source);
  const rates = sources.map((one) => rateOf(one.source, samples).now ?? 0);
  if (samples.length < 2) return null;
  return (
    <span className="note live-rate">
      <strong>{perSecond(rates.reduce((sum, one) => sum + one, 0))}</strong> received a second
    </span>
  );
}

/** What stands in the address is no person's data: source, call and name of the event. A searched text is kept out of it. */
function Filters({ wanted, names, sources, text, onText }: { wanted: Wanted; names: string[]; sources: string[]; text: string; onText: (text: string) => void }) {
  const pick = (label: string, name: keyof Wanted, options: string[]) => (
    <label className="pick">
      {label}
      <select value={wanted[name]} onChange={(event) => go(to(["events"], { ...wanted, [name]: event.target.value }), "replace")}>
        <option value="">all</option>
        {(wanted[name] && !options.includes(wanted[name]) ? [wanted[name], ...options] : options).map((option) => (
          <option key={option}>{option}</option>
        ))}
      </select>
    </label>
  );
  return (
    <div className="tools" role="search" aria-label="Events">
      {pick("Source", "source", sources)}
      {pick("Call", "call", CALLS)}
      {pick("Event", "name", names)}
      <label className="pick">
        Text
        <input type="search" className="text-filter" value={text} onChange={(event) => onText(event.target.value)} placeholder="anywhere in the event" />
      </label>
    </div>
  );
}

const texts = new WeakMap<EventOf, string>();

/** The events that hold the text somewhere, whatever its case. */
function useMatching(events: EventOf[], text: string): EventOf[] {
  return useMemo(() => {
    const sought = text.trim().toLowerCase();
    if (!sought) return events;
    const textOf = (event: EventOf) => {
      const known = texts.get(event) ?? JSON.stringify(event).toLowerCase();
      texts.set(event, known);
      return known;
    };
    return events.filter((event) => textOf(event).includes(sought));
  }, [events, text]);
}
