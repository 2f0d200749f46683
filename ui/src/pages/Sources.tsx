// The sources: what each gave, that nothing is lost (read = landed + unchanged + rejected), what its columns mean,
// how fast events come, and the rows that could not be landed.

import { api } from "../api/client";
import type { Reject, SourceOf } from "../api/types";
import { count, plural } from "../lib/format";
import { useLoad } from "../lib/load";
import { go, to } from "../lib/router";
import { takesEvents } from "../lib/sources";
import { Ago, Bar, Chip, Copy, Scroll, Section } from "../parts/bits";
import { EventSources } from "../parts/EventSource";
import { Balance, CardHead, Mapping } from "../parts/SourceParts";
import { Await, Empty, Heading } from "../parts/states";

const REJECTS_MOST = 200;

export function Sources({ chosen }: { chosen?: string }) {
  const sources = useLoad("sources", (signal) => api.sources(signal));
  return (
    <div className="page">
      <Heading title="Sources" />
      <Await loaded={sources} what="the sources">
        {(list) =>
          list.length === 0 ? (
            <Empty title="No source is connected yet.">
              <p>
                Run <code>kith init crm.csv shop.db</code>: it looks at the files and writes a <code>kith.toml</code> that you can correct.
              </p>
            </Empty>
          ) : (
            <>
              <div className="cards">
                {list.filter((source) => !takesEvents(source)).map((source) => (
                  <Card key={source.name} source={source} />
                ))}
                <EventSources sources={list.filter(takesEvents)} />
              </div>
              <Rejects sources={list} chosen={chosen} />
            </>
          )
        }
      </Await>
    </div>
  );
}

function Card({ source }: { source: SourceOf }) {
  const { read, landed, unchanged, rejected } = source;
  const holds = read === landed + unchanged + rejected;
  return (
    <article className="panel card" aria-labelledby={`source-${source.name}`}>
      <CardHead source={source} />
      <p className="card-records">
        <strong>{count(source.records)}</strong> records
        <span className="note">
          {source.rank !== null && source.rank !== undefined && `trust rank ${source.rank}, `}read <Ago at={source.last_pulled_at} />
        </span>
      </p>
      <Bar
        parts={read > 0 ? [{ share: landed / read, kind: "for" }, { share: unchanged / read, kind: "for-rarity" }, { share: rejected / read, kind: "against" }] : []}
      />
      <Balance label="The last pull" whole={["read", read]} parts={[["landed", landed], ["unchanged", unchanged], ["rejected", rejected]]} />
      <p className={holds ? "holds" : "inline-error"}>
        {holds ? "✓ adds up" : `Does not add up: ${count(Math.abs(read - landed - unchanged - rejected))} rows are unaccounted for.`}
        {source.removed > 0 && <span className="note"> {plural(source.removed, "row")} since gone from the source</span>}
        {rejected > 0 && <a href={to(["sources"], { rejects: source.name })}>see the rejected</a>}
      </p>
      <Mapping source={source} />
    </article>
  );
}

function Rejects({ sources, chosen }: { sources: SourceOf[]; chosen?: string }) {
  const loaded = useLoad(`rejects ${chosen ?? ""}`, (signal) => api.rejects(chosen, REJECTS_MOST, signal));
  return (
    <Section
      id="rejects"
      title="Rejected rows"
      note="Rows that could not be landed, with the reason and what they held. Mend them at the source; the next run reads them again."
      aside={
        <label className="pick">
          Source
          <select value={chosen ?? ""} onChange={(event) => go(to(["sources"], { rejects: event.target.value || undefined }), "replace")}>
            <option value="">all</option>
            {sources.map((source) => (
              <option key={source.name} value={source.name}>
                {source.name}
              </option>
            ))}
          </select>
        </label>
      }
    >
      <Await loaded={loaded} what="the rejected rows">
        {(rejects) => (rejects.length === 0 ? <Empty title={chosen ? `No row of ${chosen} was rejected.` : "No row was rejected."} /> : <RejectTable rejects={rejects} />)}
      </Await>
    </Section>
  );
}

function RejectTable({ rejects }: { rejects: Reject[] }) {
  return (
    <>
      <Scroll label="Rejected rows">
        <table className="rejects">
          <thead>
            <tr>
              <th scope="col">Source</th>
              <th scope="col">Place</th>
              <th scope="col">Reason</th>
              <th scope="col">Original</th>
            </tr>
          </thead>
          <tbody>
            {rejects.map((reject) => (
              <tr key={`${reject.source} ${reject.position}`}>
                <td>
                  <Chip source={reject.source} />
                </td>
                <td className="nowrap">{reject.place}</td>
                <td>
                  {reject.reason} <code className="code">{reject.code}</code>
                </td>
                <td className="original">{reject.original ? <Original text={reject.original} /> : "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {rejects.length >= REJECTS_MOST && <p className="note">The first {count(REJECTS_MOST)} are shown; the table land.reject holds all.</p>}
    </>
  );
}

function Original({ text }: { text: string }) {
  const shown = text.length > 160 ? `${text.slice(0, 160)} …` : text;
  return (
    <>
      <code>{shown}</code>
      <Copy text={text} label="Copy the original row" />
    </>
  );
}
