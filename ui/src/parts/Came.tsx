// How a person comes, derived from their events: sessions, devices, channels, campaigns, places. Each part where the server has it.

import type { Activity, PlaceOf, Touch } from "../api/events";
import { count, plural, words } from "../lib/format";
import { Ago } from "./bits";
import { Table, type Col } from "./TableHead";

const SHOWN = 5;

export function Came({ activity }: { activity: Activity }) {
  const { sessions, devices = [], channels = [], campaigns = [], first_touch: first, last_touch: last, places, bot_events: bots = 0 } = activity;
  return (
    <>
      {sessions && sessions.count > 0 && (
        <p className="note">
          {plural(sessions.count, "session")}
          {sessions.more_before && " and more before"}
          {sessions.events_mean !== null && `, ${plural(Math.round(sessions.events_mean * 10) / 10, "event")}${sessions.count > 1 ? " each" : ""}`}
          {sessions.duration_mean_s !== null && `, ${span(sessions.duration_mean_s)} long${sessions.count > 1 ? " on average" : ""}`}.
        </p>
      )}
      {(first || last) && (
        <p className="note">
          {first && <Way said="First came" touch={first} />} {last && <Way said="Last came" touch={last} />}
        </p>
      )}
      {channels.length > 0 && <Tally label="Channels" what="Channel" rows={channels} nameOf={(one) => words(one.channel)} />}
      {campaigns.length > 0 && <Tally label="Campaigns" what="Campaign" rows={campaigns} nameOf={(one) => [one.name || "no name", [one.source, one.medium].filter(Boolean).join(" / ")].filter(Boolean).join(", ")} />}
      {devices.length > 0 && <Tally label="Devices" what="Device" rows={devices} nameOf={(one) => [one.kind, one.model, one.os, one.client].filter(Boolean).map((word) => words(String(word))).join(", ")} />}
      {places?.home && (
        <p className="note">
          Mostly in {placeOf(places.home)} ({plural(places.home.days, "day")})
          {places.travel.length > 0 && `; also in ${places.travel.slice(0, SHOWN).map((one) => `${placeOf(one)} (${plural(one.days, "day")})`).join(", ")}`}
          {places.shops.length > 0 && `. Shops in ${places.shops.slice(0, SHOWN).map(placeOf).join(", ")}`}.
        </p>
      )}
      {bots > 0 && <p className="note">{plural(bots, "event")} in their name came from programs; they are in no session, channel, device or place.</p>}
    </>
  );
}

function Way({ said, touch }: { said: string; touch: Touch }) {
  return (
    <>
      {said} <Ago at={touch.at} /> by {words(touch.channel)}
      {touch.campaign?.name && `, campaign ${touch.campaign.name}`}.
    </>
  );
}

function Tally<T extends { events: number; last_at: string }>({ label, what, rows, nameOf }: { label: string; what: string; rows: T[]; nameOf: (row: T) => string }) {
  const columns: Col<T>[] = [
    { name: what, kind: "head", cell: nameOf },
    { name: "Events", kind: "number", cell: (row) => count(row.events) },
    { name: "Last", cell: (row) => <Ago at={row.last_at} /> },
  ];
  return <Table label={label} className="household" rows={rows.slice(0, SHOWN)} keyOf={nameOf} columns={columns} />;
}

const placeOf = ({ city, region, country }: PlaceOf) => [city, region, country].filter(Boolean).join(", ");

function span(seconds: number): string {
  return seconds < 90 ? plural(Math.round(seconds), "second") : plural(Math.round(seconds / 60), "minute");
}
