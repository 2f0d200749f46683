// How fresh each view is: up to which position of which log it shows, how old the oldest entry is that it lacks, and what to do.

import { api } from "../api/client";
import type { ViewOf } from "../api/events";
import { count, lasting, time } from "../lib/format";
import { perSecond, rateOf, useCounts } from "../lib/rates";
import { usePoll } from "../lib/repeat";
import { Ago, Chip, Marked, Section, Stat } from "../parts/bits";
import { NotTaken } from "../parts/PlanFile";
import { Empty, Failure, Heading, Loading } from "../parts/states";
import { Table } from "../parts/TableHead";

const EVERY_MS = 2_000;
/** A view that follows by itself is late when it lacks what came so long ago. */
const LATE_S: { [catches_up: string]: number } = { "within milliseconds": 10, "every minute": 180 };

export function HealthPage() {
  const health = usePoll("health", (signal) => api.health(signal), EVERY_MS);
  const fresh = usePoll("views", (signal) => api.views(signal), EVERY_MS);
  const sources = usePoll("sources", (signal) => api.sources(signal), 5 * EVERY_MS);
  const { counts, samples } = useCounts();
  const lost = health.error;
  const rates = (counts.data?.sources ?? []).map((source) => rateOf(source.source, samples).now);
  const rate = rates.some((one) => one === null) ? null : rates.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  const data = fresh.data;
  return (
    <div className="page">
      <Heading title="Health" />
      {!health.data && !lost && <Loading what="the health" />}
      {lost && <Failure error={lost} />}
      {data?.faults.map((fault) => <NotTaken key={fault.file} file={fault.file} fault={fault} />)}
      {health.data && (
        <>
          <dl className="stats">
            <Stat label="Server" value={lost ? "does not answer" : health.data.status} note={`version ${health.data.version}`} />
            <Stat label="Records" value={data ? count(data.records) : "–"} note="alive, of all sources" />
            <Stat label="Events a second" value={perSecond(rate)} note="received, all sources" />
            <Stat label="Wait to be resolved" value={data ? count(data.unresolved) : "–"} note="users and visitors with something new" />
          </dl>
          <Section id="views" title="How fresh each view is" note="Everything is computed from two logs. A view shows all that stands in its log up to its position.">
            {!data && (fresh.error ? <Failure error={fresh.error} /> : <Loading what="the views" />)}
            {data && (
              <Table label="Views" className="runs views" rows={data.views} keyOf={(view) => view.name}
                columns={[
                  { name: "View", kind: "head", cell: (view) => sentence(view.name) },
                  { name: "State", cell: (view) => <State view={view} /> },
                  { name: "Behind by", kind: "number", cell: (view) => (view.behind_seconds === null ? "–" : lasting(view.behind_seconds)) },
                  { name: "Lacks", kind: "number", cell: (view) => (view.behind === 0 ? "nothing" : count(view.behind)) },
                  { name: "Shows up to", kind: "number", cell: (view) => count(view.position) },
                  { name: "Log stands at", kind: "number", cell: (view) => count(view.position + view.behind) },
                  { name: "Log of", cell: (view) => view.log },
                ]} />
            )}
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

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function State({ view }: { view: ViewOf }) {
  const { behind, behind_seconds: age, by_itself: follows, catches_up: when } = view;
  if (behind === 0) return <span className="tag state-ok">✓ current</span>;
  if (!follows) {
    return (
      <>
        <span className="tag state-warn">! behind</span> <span className="note">Catches up <Marked text={when} />.</span>
      </>
    );
  }
  if (age !== null && age > (LATE_S[when] ?? Infinity)) {
    return (
      <>
        <span className="tag tag-against">✕ late</span> <span className="note">It should follow {when}. The server’s log says why; look at the disk and at what else runs.</span>
      </>
    );
  }
  return (
    <>
      <span className="tag">… follows</span> <span className="note">{sentence(when)}, by itself.</span>
    </>
  );
}
