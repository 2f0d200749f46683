// Refused events by cause: what is wrong, how to mend it, the events themselves, and, where the server offers it, replay and discard.

import { useId, useState } from "react";
import { api } from "../api/client";
import type { Cause, RefusedEvent } from "../api/events";
import { useOffers, type Offers } from "../api/offers";
import { count, plural } from "../lib/format";
import { useLoad } from "../lib/load";
import { wantedOf } from "../lib/refused";
import { useMends, type Mend } from "../lib/mend";
import { usePoll } from "../lib/repeat";
import { go, to } from "../lib/router";
import { Ago, Chip, Marked } from "../parts/bits";
import { CauseActs } from "../parts/CauseActs";
import { EventsNav } from "../parts/EventsNav";
import { RefusedList } from "../parts/RefusedList";
import { Empty, Failure, Heading, Loading } from "../parts/states";

const EVERY_MS = 3_000;
const EXAMPLES = 200;

export function Failed({ query }: { query: URLSearchParams }) {
  const counts = usePoll("counts", (signal) => api.eventCounts(signal), EVERY_MS);
  const offers = useOffers();
  const mends = useMends();
  const causes = [...(counts.data?.refused ?? [])].filter((cause) => cause.count > 0).sort((a, b) => b.count - a.count || a.code.localeCompare(b.code));
  const total = causes.reduce((sum, cause) => sum + cause.count, 0);
  const examples = useLoad(causes.some((cause) => cause.example === undefined) ? `examples ${total}` : null, (signal) => api.refusedEvents({ limit: EXAMPLES }, signal));
  const [source, code] = [query.get("source"), query.get("code")];
  const asked = [source, code, query.get("name"), query.get("field")].map((one) => one ?? "").join(" ");
  const [said, setSaid] = useState("");
  const done = (what: string) => {
    setSaid(what);
    counts.again();
  };
  const given = (counts.data?.sources ?? []).reduce((sum, one) => sum + (one.discarded ?? 0), 0);
  return (
    <div className="page">
      <Heading title="Failed events" />
      <EventsNav current="failed" />
      <p className={said ? "notice" : "sr"} role="status">
        {said}
      </p>
      {!counts.data ? (
        counts.error ? <Failure error={counts.error} retry={counts.again} /> : <Loading what="the failed events" />
      ) : causes.length === 0 ? (
        <Empty title="No event is refused.">
          <p>Every event that came was taken, or had come before{given > 0 && `; ${count(given)} were given up`}.</p>
        </Empty>
      ) : (
        <>
          <p className="lead-note" data-refused={total}>
            <strong>{plural(total, "event")}</strong> {total === 1 ? "is" : "are"} kept aside for {plural(causes.length, "cause")}. They are in no profile.{given > 0 && ` Of others ${count(given)} were given up.`}
          </p>
          {causes.filter((cause) => !source || code || cause.source === source).map((cause) => (
            <CauseCard
              key={keyOf(cause)} cause={cause} mend={mends.get(cause.code)} offers={offers} onDone={done}
              example={cause.example ?? examples.data?.find((event) => event.source === cause.source && event.code === cause.code)}
              open={asked === keyOf(cause)}
            />
          ))}
          {source && !code && (
            <p>
              <a href="#/failed">Show all causes</a>
            </p>
          )}
        </>
      )}
    </div>
  );
}

const keyOf = ({ source, code, name = "", field = "" }: Cause) => [source, code, name, field].join(" ");

interface CardProps {
  cause: Cause;
  mend: Mend | undefined;
  example: RefusedEvent | undefined;
  offers: Offers;
  open: boolean;
  onDone: (said: string) => void;
}

function CauseCard({ cause, mend, example, offers, open, onDone }: CardProps) {
  const id = useId();
  const last = cause.last_at ?? example?.received_at;
  const toggle = () => go(open ? to(["failed"]) : to(["failed"], { ...wantedOf(cause) }), "replace");
  return (
    <section className="panel cause" aria-labelledby={id} data-code={cause.code}>
      <header className="cause-head">
        <h2 id={id}>
          {cause.name && `${cause.name}: `}
          {mend ? <Marked text={mend.what} /> : cause.code}
        </h2>
        <strong className="cause-count">{count(cause.count)}</strong>
      </header>
      <p className="cause-of">
        <Chip source={cause.source} /> <code className="code">{cause.code}</code>
        {cause.field && <code>{cause.field}</code>}
        {cause.first_at && (
          <span className="note">
            first <Ago at={cause.first_at} />
          </span>
        )}
        {last && (
          <span className="note">
            last <Ago at={last} />
          </span>
        )}
      </p>
      {mend && (
        <p>
          <strong>How to mend it:</strong> <Marked text={mend.mend} />
        </p>
      )}
      {example && (
        <p className="note">
          Example: <Marked text={example.reason} />
          {example.field && !cause.field && (
            <>
              {" "}
              at <code>{example.field}</code>
            </>
          )}
        </p>
      )}
      <div className="cause-acts">
        <button type="button" className="button small" aria-expanded={open} onClick={toggle}>
          {open ? "Hide the events" : "Show the events"}
        </button>
        <CauseActs cause={cause} offers={offers} onDone={onDone} />
      </div>
      {(cause.replayed ?? 0) + (cause.discarded ?? 0) > 0 && (
        <p className="note">
          Before: {count(cause.replayed ?? 0)} replayed, {count(cause.discarded ?? 0)} given up.
        </p>
      )}
      {open && <RefusedList cause={cause} />}
    </section>
  );
}
