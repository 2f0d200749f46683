// One person: who they are, how sure that is, where every value comes from, and why the records belong together.

import { useEffect, useState } from "react";
import { api } from "../api/client";
import type { Profile, RecordOf } from "../api/types";
import { confidence as asConfidence, plural, probability, shown } from "../lib/format";
import { useLoad } from "../lib/load";
import { useProfile, type LiveProfile } from "../lib/profile";
import { go, to } from "../lib/router";
import { Chip, Copy, Section } from "../parts/bits";
import { ConfidenceRail } from "../parts/ConfidenceRail";
import { Activity } from "../parts/Activity";
import { Golden } from "../parts/Golden";
import { Home } from "../parts/Home";
import { Identifiers } from "../parts/Identifiers";
import { Records } from "../parts/Records";
import { Await, Empty, Heading } from "../parts/states";
import { Why } from "../parts/Why";

export function ProfilePage({ id, confidence, pair }: { id: string; confidence?: number; pair: string | null }) {
  const loaded = useProfile(id, confidence);
  return (
    <div className="page profile-page">
      {!loaded.data && <Heading title={`Profile ${id}`} className="sr" />}
      <Await loaded={loaded} what="the profile">
        {(profile) => <View profile={profile} asked={id} chosen={pair} confidence={confidence} live={loaded} />}
      </Await>
    </div>
  );
}

/** The profile that holds one record of a source. */
export function RecordPage({ source, record }: { source: string; record: string }) {
  const loaded = useLoad(`record ${source} ${record}`, (signal) => api.profile(source, record, undefined, signal));
  useEffect(() => {
    if (loaded.data?.profile_id) go(to(["profiles", loaded.data.profile_id]), "replace");
  }, [loaded.data]);
  return (
    <div className="page">
      <Heading title="Record" className="sr" />
      <Await loaded={loaded} what="the record's profile">
        {(profile) => (profile.profile_id ? null : <Empty title="This record has no profile yet.">Run kith run, which resolves it.</Empty>)}
      </Await>
    </div>
  );
}

interface ViewProps {
  profile: Profile;
  asked: string;
  chosen: string | null;
  confidence?: number;
  live: LiveProfile;
}

function View({ profile, asked, chosen, confidence, live }: ViewProps) {
  const choose = (next: number) => go(to(["profiles", asked], { confidence: next, pair: chosen ?? undefined }), "replace");
  const choosePair = (a: number, b: number) => go(to(["profiles", asked], { confidence, pair: `${a}-${b}` }), "replace");
  return (
    <>
      <Moved profile={profile} asked={asked} />
      <Head profile={profile} asked={asked} />
      <ConfidenceRail profile={profile} wanted={confidence ?? profile.confidence} onChoose={choose} />
      <div className="profile-columns">
        <div className="who">
          <Section id="golden" title="Golden record" note="The value Kith stands for, the record that says it, and the rule that chose it.">
            <Golden profile={profile} />
          </Section>
          <Section id="identifiers" title="Identifiers" note="All that leads to this person, and how many records say so.">
            <Identifiers profile={profile} />
          </Section>
          {profile.household && (
            <Section id="household" title="Household" note="Who lives together with this person, by what their records share.">
              <Home household={profile.household} self={profile.profile_id} />
            </Section>
          )}
        </div>
        <Why profile={profile} chosen={pairOf(chosen, profile.records)} onChoose={choosePair} />
      </div>
      {profile.activity && (
        <Section id="activity" title="Activity" note="What the person did, with what they did before anybody knew who they were.">
          <Activity profile={profile.profile_id ?? asked} activity={profile.activity} confidence={confidence} live={live} />
        </Section>
      )}
      <Section id="records" title="Member records" note="As each source tells it, side by side. What differs from the golden value is marked.">
        <Records profile={profile} />
      </Section>
    </>
  );
}

function pairOf(text: string | null, records: RecordOf[]): [number, number] | null {
  const found = /^(\d+)-(\d+)$/.exec(text ?? "");
  if (!found) return null;
  const [a, b] = [Number(found[1]), Number(found[2])];
  const known = (node: number) => records.some((record) => record.node_id === node);
  return a !== b && known(a) && known(b) ? [a, b] : null;
}

function Moved({ profile, asked }: { profile: Profile; asked: string }) {
  const from = profile.redirected_from ?? (profile.profile_id && asked !== profile.profile_id ? asked : null);
  if (!from) return null;
  return (
    <p className="notice" role="note">
      <strong>{from}</strong> was found to be the same person and now leads here, to <strong>{profile.profile_id}</strong>. The old id keeps working.
    </p>
  );
}

function Head({ profile, asked }: { profile: Profile; asked: string }) {
  const value = (field: string) => valueOf(profile, field);
  const name = nameOf(profile);
  const id = profile.profile_id ?? asked;
  const sources = [...new Set(profile.records.map((record) => record.source))];
  const facts = [value("email"), value("phone"), [value("city"), value("region")].filter(Boolean).join(", ")].filter(Boolean);
  return (
    <header className="profile-head">
      <div className="profile-who">
        <Heading title={`Profile ${id}`}>{name}</Heading>
        <p className="profile-facts">
          {facts.map((fact) => (
            <span key={fact}>{fact}</span>
          ))}
        </p>
        <p className="profile-sources">
          {sources.map((source) => (
            <Chip key={source} source={source} />
          ))}
        </p>
      </div>
      <dl className="profile-meta">
        <div>
          <dt>Profile id</dt>
          <dd>
            <Copy text={id} label={`Copy the profile id ${id}`}>
              <code>{id}</code>
            </Copy>
          </dd>
        </div>
        <div>
          <dt>Records</dt>
          <dd className="big">
            {profile.records.length}
            <small> from {plural(sources.length, "source")}</small>
          </dd>
        </div>
        <div>
          <dt>Certainty</dt>
          <dd className="big">
            {profile.records.length > 1 ? probability(profile.certainty) : "–"}
            <small> {profile.records.length > 1 ? "at the weakest merge" : "one record, nothing merged"}</small>
          </dd>
        </div>
        <div>
          <dt>Use it</dt>
          <dd>
            <Commands id={id} confidence={profile.confidence} />
          </dd>
        </div>
      </dl>
    </header>
  );
}

function Commands({ id, confidence }: { id: string; confidence: number }) {
  const [origin] = useState(() => location.origin);
  const at = asConfidence(confidence);
  const path = `/v1/profiles/profile:${id}?confidence=${at}`;
  return (
    <span className="commands">
      <Copy text={`curl -H "Authorization: Bearer $KITH_TOKEN" "${origin}${path}"`} label="Copy as cURL">
        cURL
      </Copy>
      <Copy text={`kith profile get profile:${id} --confidence ${at}`} label="Copy as CLI command">
        CLI
      </Copy>
      <Copy text={`SELECT * FROM master.customer_value WHERE profile_id = '${id}'`} label="Copy as SQL query">
        SQL
      </Copy>
    </span>
  );
}

function valueOf(profile: Profile, field: string): string | undefined {
  const golden = profile.golden.find((one) => one.field === field);
  return golden && shown(field, golden);
}

function nameOf(profile: Profile): string {
  const value = (field: string) => valueOf(profile, field);
  const parts = ["name_title", "given_name", "middle_name", "family_name", "name_suffix"].map(value).filter(Boolean);
  const named = value("given_name") || value("family_name");
  return (named ? parts.join(" ") : value("full_name")) || value("company") || value("email") || "No name";
}
