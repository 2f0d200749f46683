// How fresh each view is: up to which position of which log it shows, and how far behind that is.

import { api } from "../api/client";
import { count, time } from "../lib/format";
import { useLoad } from "../lib/load";
import { perSecond, rateOf, useCounts } from "../lib/rates";
import { usePoll } from "../lib/repeat";
import { Ago, Chip, Section, Stat } from "../parts/bits";
import { Empty, Failure, Heading, Loading } from "../parts/states";
import { Table } from "../parts/TableHead";

const EVERY_MS = 2_000;

interface View {
  name: string;
  log: "records" | "events";
  shows: number | null;
  stands: number | null;
  /** Said where it is behind. */
  mend: string;
}

export function HealthPage() {
  const health = usePoll("health", (signal) => api.health(signal), EVERY_MS);
  const log = usePoll("log", (signal) => api.position(signal), EVERY_MS);
  const identity = useLoad("identity", (signal) => api.identity(signal));
  const sources = usePoll("sources", (signal) => api.sources(signal), 5 * EVERY_MS);
  const { counts, samples } = useCounts();
  const records = log.data?.position ?? null;
  const views: View[] = [
    { name: "Profiles, search, changes", log: "records", shows: records, stands: records, mend: "" },
    { name: "Identity overview and its benchmarks", log: "records", shows: identity.data?.position ?? null, stands: records === null ? null : Math.max(records, identity.data?.position ?? 0), mend: "kith run counts it anew" },
    { name: "Activity and traits on profiles", log: "events", shows: counts.data?.applied ?? null, stands: counts.data?.position ?? null, mend: "follows by itself" },
  ];
  const lost = health.error;
  const rates = (counts.data?.sources ?? []).map((source) => rateOf(source.source, samples).now);
  const rate = rates.some((one) => one === null) ? null : rates.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  return (
    <div className="page">
      <Heading title="Health" />
      {!health.data && !lost && <Loading what="the health" />}
      {lost && <Failure error={lost} />}
      {health.data && (
        <>
          <dl className="stats">
            <Stat label="Server" value={lost ? "does not answer" : health.data.status} note={`version ${health.data.version}`} />
            <Stat label="Events a second" value={perSecond(rate)} note="received, all sources" />
            <Stat label="Events not in the profiles yet" value={counts.data ? count(counts.data.position - counts.data.applied) : "–"} note="positions of the log" />
          </dl>
          <Section id="views" title="How fresh each view is" note="Everything is computed from two logs. A view shows all that stands in its log up to its position.">
            <Table label="Views" className="runs" rows={views} keyOf={(view) => view.name}
              columns={[
                { name: "View", kind: "head", cell: (view) => view.name },
                { name: "Log of", cell: (view) => view.log },
                { name: "Log stands at", kind: "number", cell: (view) => position(view.stands) },
                { name: "Shows up to", kind: "number", cell: (view) => position(view.shows) },
                { name: "State", cell: (view) => <State view={view} /> },
              ]} />
          </Section>
          <Section id="pulled" title="When each source was last read" note="A source of events is never read: it sends.">
            {sources.data?.length === 0 ? (
              <Empty title="No source is connected yet." />
            ) : (
              <Table label="Sources" className="runs" rows={sources.data ?? []} keyOf={(source) => source.name}
                columns={[
                  { name: "Source", kind: "head", cell: (source) => <Chip source={source.name} /> },
                  { name: "Kind", cell: (source) => source.kind },
                  { name: "Records", kind: "number", cell: (source) => count(source.records) },
                  { name: "Last read", cell: (source) => (source.kind === "events" ? "sends by itself" : <><Ago at={source.last_pulled_at} /> <span className="note">{source.last_pulled_at && time(source.last_pulled_at)}</span></>) },
                ]} />
            )}
          </Section>
        </>
      )}
    </div>
  );
}

const position = (at: number | null) => (at === null ? "–" : count(at));

function State({ view }: { view: View }) {
  if (view.shows === null || view.stands === null) return <span className="note">asking …</span>;
  const lag = Math.max(0, view.stands - view.shows);
  if (lag === 0) return <span className="tag state-ok">✓ current</span>;
  return (
    <>
      <span className="tag state-warn">! {count(lag)} behind</span> <span className="note">{view.mend}</span>
    </>
  );
}
