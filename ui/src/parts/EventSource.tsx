// A source of events: that nothing is lost (received = accepted + duplicate + refused), how fast it sends, and how far behind the profiles are.

import { useEffect, useState } from "react";
import { api } from "../api/client";
import type { SourceCounts } from "../api/events";
import type { SourceOf, StreamStatus } from "../api/types";
import { COLLECT } from "../lib/curl";
import { count, plural } from "../lib/format";
import { useLoad } from "../lib/load";
import { perSecond, rateOf, useCounts, type Sample } from "../lib/rates";
import { to } from "../lib/router";
import { useStanding } from "../lib/sources";
import { Ago, Bar } from "./bits";
import { Balance, CardHead, Mapping } from "./SourceParts";
import { Sparkline } from "./Sparkline";

const LAST = 300;

/** The cards of all sources of events; they are counted together. */
export function EventSources({ sources }: { sources: SourceOf[] }) {
  const { counts, samples } = useCounts(sources.length > 0);
  const last = useLastEvents(counts.data?.sources ?? null);
  const standing = useStanding(sources);
  return (
    <>
      {standing.map((source) => {
        const none = { source: source.name, received: 0, accepted: 0, duplicate: 0, refused: 0 };
        const counted = counts.data ? (counts.data.sources.find((one) => one.source === source.name) ?? none) : null;
        const lag = counts.data ? counts.data.position - counts.data.applied : null;
        return <Card key={source.name} source={source} counted={counted} samples={samples} lag={lag} last={last.get(source.name) ?? null} lost={counts.error !== null} />;
      })}
    </>
  );
}

interface CardProps {
  source: SourceOf;
  counted: SourceCounts | null;
  samples: Sample[];
  lag: number | null;
  last: string | null;
  lost: boolean;
}

function Card({ source, counted, samples, lag, last, lost }: CardProps) {
  const { received, accepted, duplicate, refused } = counted ?? { received: 0, accepted: 0, duplicate: 0, refused: 0 };
  const rate = rateOf(source.name, samples);
  const rest = received - accepted - duplicate - refused;
  return (
    <article className="panel card event-source" aria-labelledby={`source-${source.name}`}>
      <CardHead source={source} />
      <p className="card-records">
        <strong>{counted ? count(received) : "–"}</strong> events
        <span className="note">
          {source.rank !== null && `trust rank ${source.rank}, `}
          {last ? <>last <Ago at={last} /></> : received > 0 ? `none among the last ${count(LAST)}` : "none yet"}
        </span>
      </p>
      <dl className="rates">
        <div>
          <dt>a second, now</dt>
          <dd data-rate={rate.now ?? ""}>{perSecond(rate.now)}</dd>
        </div>
        <div>
          <dt>over {rate.seconds >= 55 ? "a minute" : `${rate.seconds} s`}</dt>
          <dd>{perSecond(rate.minute)}</dd>
        </div>
        <div>
          <dt>not in profiles yet</dt>
          <dd data-lag={lag ?? ""}>{lag === null ? "–" : count(lag)}</dd>
        </div>
        {source.stream && (
          <div>
            <dt>waiting in the stream</dt>
            <dd data-stream-lag={source.stream.lag ?? ""}>{source.stream.lag === null ? "–" : count(source.stream.lag)}</dd>
          </div>
        )}
        <Sparkline values={rate.past} from={0} />
      </dl>
      {source.stream && <StreamState stream={source.stream} />}
      <Bar parts={received > 0 ? [{ share: accepted / received, kind: "for" }, { share: duplicate / received, kind: "for-rarity" }, { share: refused / received, kind: "against" }] : []} />
      <Balance label="All events" whole={["received", received]} parts={[["accepted", accepted], ["duplicate", duplicate], ["refused", refused]]} />
      <p className={rest === 0 ? "holds" : "inline-error"}>
        {counted === null ? "counting …" : rest === 0 ? "✓ adds up" : `Does not add up: ${count(Math.abs(rest))} events are unaccounted for.`}
        {lost && <span className="note"> of before: Kith does not answer now</span>}
        {refused > 0 && <a href={to(["failed"], { source: source.name })}>see the refused</a>}
        <a href={to(["events"], { source: source.name })}>live events</a>
      </p>
      <p className="note">
        {plural(source.records, "user or visitor", "users and visitors")}.
        {!source.stream && (
          <>
            {" "}Send to <code>{COLLECT()}</code> with this source’s <code>write_key</code> of <code>kith.toml</code>.
          </>
        )}
      </p>
      <Mapping source={source} />
    </article>
  );
}

const STATES: Record<StreamStatus["state"], string> = {
  connecting: "connecting …",
  following: "✓ follows the stream",
  waiting: "more comes than Kith can keep at once: the stream keeps it",
  away: "the stream can not be reached: tried again by itself, and nothing is lost",
  stopped: "stopped",
  "not followed": "not followed: no server runs",
};

function StreamState({ stream }: { stream: StreamStatus }) {
  const { state, problem, partitions, last_stored_at: stored } = stream;
  return (
    <div data-stream={state}>
      <p className={problem ? "inline-error" : state === "following" ? "holds" : "note"}>
        {STATES[state]}
        {stored && (
          <span className="note">
            , up to <Ago at={stored} />
          </span>
        )}
      </p>
      {problem && (
        <p className="note">
          <code>{problem.code}</code> {problem.message} {problem.help}
        </p>
      )}
      {partitions.length > 0 && (
        <details>
          <summary>{plural(partitions.length, "partition")}</summary>
          <table className="mapping">
            <thead>
              <tr>
                <th scope="col">Topic, partition</th>
                <th scope="col">Next</th>
                <th scope="col">End</th>
              </tr>
            </thead>
            <tbody>
              {partitions.map((one) => (
                <tr key={`${one.topic} ${one.partition}`}>
                  <td>
                    {one.topic}, {one.partition}
                  </td>
                  <td>{count(one.offset)}</td>
                  <td>{count(one.end)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
    </div>
  );
}

/** When each source's last event came: from the last arrivals, and then whenever a count grows. */
function useLastEvents(counts: SourceCounts[] | null): Map<string, string> {
  const arrivals = useLoad("last arrivals", (signal) => api.arrivals({ limit: LAST }, signal));
  const [grew, setGrew] = useState<{ counts: Map<string, number>; at: Map<string, string> }>({ counts: new Map(), at: new Map() });
  useEffect(() => {
    if (!counts) return;
    setGrew((before) => {
      const at = new Map(before.at);
      const grown = counts.filter((one) => one.accepted > (before.counts.get(one.source) ?? Infinity));
      for (const one of grown) at.set(one.source, new Date().toISOString());
      return { counts: new Map(counts.map((one) => [one.source, one.accepted])), at };
    });
  }, [counts]);
  const last = new Map((arrivals.data?.events ?? []).map((event) => [event.source, event.received_at]));
  return new Map([...last, ...grew.at]);
}
