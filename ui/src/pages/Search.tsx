// The first page: find a person by anything that is known of them; below, the installation in a few numbers.

import { useDeferredValue, useEffect, useRef, useState, type KeyboardEvent } from "react";
import { api } from "../api/client";
import type { Identity, SearchHit, SourceOf } from "../api/types";
import { confidence, count, percent, plural, shown } from "../lib/format";
import { useLoad } from "../lib/load";
import { go, remembered, to } from "../lib/router";
import { Ago, Chip, Stat } from "../parts/bits";
import { Await, Empty, Failure, Heading } from "../parts/states";

export function Search() {
  const [text, setText] = useState(() => remembered.read("q"));
  const q = useDeferredValue(useDebounced(text.trim(), 120));
  const hits = useLoad(q === "" ? null : `q ${q}`, (signal) => api.search(q, signal));
  const list = useRef<HTMLOListElement>(null);
  // Enter may come before the answer: the first of *these* words is opened, never of an older list.
  const [opening, setOpening] = useState<string | null>(null);
  const first = q === opening && !hits.loading ? hits.data?.results[0] : undefined;
  useEffect(() => {
    if (first) go(to(["profiles", first.profile_id]));
  }, [first]);
  const [direct, setDirect] = useState<string | null>(null);
  const change = (next: string) => {
    setText(next);
    setDirect(null);
    setOpening(null);
    remembered.write("q", next);
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") focusHit(list.current, 0, event);
    if (event.key === "Escape") change("");
    if (event.key === "Enter") enter();
  };
  const enter = async () => {
    const typed = /^([a-z][a-z0-9_]*):(.+)$/.exec(text.trim());
    if (!typed?.[1] || !typed[2]) return setOpening(text.trim());
    try {
      const profile = await api.profile(typed[1], typed[2].trim());
      go(profile.profile_id ? to(["profiles", profile.profile_id]) : to(["records", profile.records[0]?.source ?? "", profile.records[0]?.key ?? ""]));
    } catch {
      setDirect(`No profile has ${text.trim()}.`);
    }
  };
  const found = hits.data?.results;
  return (
    <div className={`page search-page ${q ? "searching" : ""}`}>
      <Heading title="Find a person" className="search-title" />
      <div className="search-box" role="search">
        <label htmlFor="q" className="sr">
          Name, e-mail, phone, address, or an identifier such as email:ada@example.org
        </label>
        <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
          <circle cx="8.5" cy="8.5" r="5.5" />
          <path d="m13 13 4.5 4.5" />
        </svg>
        <input
          id="q" type="search" autoComplete="off" spellCheck={false} autoFocus value={text}
          placeholder="Name, e-mail, phone, address …" aria-describedby="q-help"
          onChange={(event) => change(event.target.value)} onKeyDown={keys}
        />
        {!text && <kbd aria-hidden="true">/</kbd>}
      </div>
      <p className="note search-help" id="q-help">
        Spelling mistakes are fine. An exact identifier works too: <code>email:…</code>, <code>phone:…</code>, <code>crm:1042</code>. Arrow keys move,
        Enter opens.
      </p>
      <p className="sr" role="status">
        {found && q ? `${plural(found.length, "person", "people")} found` : ""}
      </p>
      {direct && <Empty title={direct} />}
      {q && hits.error && <Failure error={hits.error} retry={hits.reload} />}
      {q && found && found.length === 0 && !hits.loading && (
        <Empty title="Nobody like this was found.">
          <p>Try fewer words, the family name alone, or the end of a phone number.</p>
        </Empty>
      )}
      {q && found && found.length > 0 && <Hits hits={found} refs={list} stale={hits.stale} />}
      {!q && <Installation />}
    </div>
  );
}

function Hits({ hits, refs, stale }: { hits: SearchHit[]; refs: React.RefObject<HTMLOListElement | null>; stale: boolean }) {
  const keys = (event: KeyboardEvent) => {
    const links = [...(refs.current?.querySelectorAll("a") ?? [])];
    const here = links.indexOf(document.activeElement as HTMLAnchorElement);
    if (event.key === "ArrowDown") focusHit(refs.current, Math.min(here + 1, links.length - 1), event);
    if (event.key === "ArrowUp" && here > 0) focusHit(refs.current, here - 1, event);
    if ((event.key === "ArrowUp" && here === 0) || event.key === "Escape") {
      event.preventDefault();
      document.getElementById("q")?.focus();
    }
  };
  return (
    <ol className="hits" ref={refs} onKeyDown={keys} aria-label="People found" aria-busy={stale}>
      {hits.map((hit) => (
        <li key={hit.profile_id}>
          <a href={to(["profiles", hit.profile_id])}>
            <span className="hit-name">{hit.name || "No name"}</span>
            <span className="hit-facts">
              {[hit.email, hit.phone && shown("phone", { value: hit.phone, original: hit.phone }), hit.city].filter(Boolean).map((fact) => (
                <span key={fact}>{fact}</span>
              ))}
            </span>
            <span className="hit-sources">
              {hit.sources.map((source) => (
                <Chip key={source} source={source} />
              ))}
            </span>
            <span className="hit-records">{plural(hit.records, "record")}</span>
          </a>
        </li>
      ))}
    </ol>
  );
}

function focusHit(list: HTMLElement | null, place: number, event: KeyboardEvent) {
  const link = list?.querySelectorAll("a")[place];
  if (!link) return;
  event.preventDefault();
  link.focus();
}

function Installation() {
  const identity = useLoad("identity", (signal) => api.identity(signal));
  const sources = useLoad("sources", (signal) => api.sources(signal));
  return (
    <>
      <Await loaded={identity} what="the numbers">
        {(data) => <Numbers identity={data} />}
      </Await>
      <Await loaded={sources} what="the sources">
        {(data) => <Freshness sources={data} />}
      </Await>
    </>
  );
}

function Numbers({ identity }: { identity: Identity }) {
  const { records, profiles } = identity;
  return (
    <dl className="stats">
      <Stat label="Records" value={count(records)} note={`from ${plural(identity.by_source.length, "source")}`} />
      <Stat label="People" value={count(profiles)} note={`at confidence ${confidence(identity.confidence)}`} />
      <Stat label="Records that were duplicates" value={records ? percent(1 - profiles / records) : "–"} note={<a href="#/identity">see who they are</a>} />
    </dl>
  );
}

function Freshness({ sources }: { sources: SourceOf[] }) {
  if (sources.length === 0) {
    return (
      <Empty title="No source is connected yet.">
        <p>
          Run <code>kith init crm.csv</code> and then <code>kith run</code>.
        </p>
      </Empty>
    );
  }
  return (
    <section aria-labelledby="fresh">
      <h2 id="fresh" className="quiet-heading">
        Sources
      </h2>
      <ul className="freshness">
        {sources.map((source) => (
          <li key={source.name}>
            <Chip source={source.name} />
            <span className="number">{plural(source.records, "record")}</span>
            <span className="note">
              read <Ago at={source.last_pulled_at} />
            </span>
            {source.rejected > 0 && (
              <a className="reject-link" href={to(["sources"], { rejects: source.name })}>
                {count(source.rejected)} rejected
              </a>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function useDebounced(text: string, ms: number): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    if (text === "") return setSettled(text);
    const timer = setTimeout(() => setSettled(text), ms);
    return () => clearTimeout(timer);
  }, [text, ms]);
  return settled;
}
