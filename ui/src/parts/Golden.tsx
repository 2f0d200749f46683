// The golden values. Each row opens to the values that lost, the ones that stand beside it, and its history.

import { useId, useState } from "react";
import { api } from "../api/client";
import type { Golden as GoldenValue, Profile, ValueFrom } from "../api/types";
import { asSaid, clipped, fieldName, fieldOrder, plural, shown, time, words } from "../lib/format";
import { useLoad } from "../lib/load";
import { Chip, Day, Soft } from "./bits";
import { Await, Empty } from "./states";

export function Golden({ profile }: { profile: Profile }) {
  const golden = [...profile.golden].sort((a, b) => fieldOrder(a.field, b.field));
  if (golden.length === 0) return <Empty title="No value of these records has a meaning yet.">Map the sources' columns to fields in kith.toml.</Empty>;
  return (
    <table className="golden">
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Value</th>
          <th scope="col">From</th>
          <th scope="col">
            <span className="sr">More</span>
          </th>
        </tr>
      </thead>
      {golden.map((value) => (
        <Row key={value.field} value={value} profile={profile} />
      ))}
    </table>
  );
}

function Row({ value, profile }: { value: GoldenValue; profile: Profile }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const differ = value.losers.filter((loser) => !sameAs(value, loser)).length;
  const name = fieldName(value.field, value.label);
  return (
    <tbody className={open ? "open" : ""}>
      <tr>
        <th scope="row">{name}</th>
        <td className="golden-value">
          <span className="value"><Soft text={shown(value.field, value)} /></span>{" "}
          {value.also.length > 0 && <span className="also-count">+{value.also.length} also</span>}
          {differ > 0 && <span className="differ-count">{plural(differ, "differs", "differ")}</span>}
        </td>
        <td className="golden-from">
          <Chip source={value.source} record={value.key} />
          <Day at={value.updated_at} />
          <span className="rule">{value.rule}</span>
        </td>
        <td className="golden-more">
          <button type="button" className="expand" aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
            <span className="sr">{name}: other values and history</span>
            <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
              <path d="m3 4.5 3 3 3-3" />
            </svg>
          </button>
        </td>
      </tr>
      <tr id={id} hidden={!open} className="golden-detail">
        <td colSpan={4}>{open && <Detail value={value} profile={profile} />}</td>
      </tr>
    </tbody>
  );
}

function Detail({ value, profile }: { value: GoldenValue; profile: Profile }) {
  const [past, setPast] = useState(false);
  return (
    <div className="detail">
      <p className="detail-winner">
        <Chip source={value.source} record={value.key} /> says <q>{clipped(value.original)}</q>; in normal form <code>{clipped(value.value)}</code>.
      </p>
      <Values field={value.field} title="Also" note="stand beside the winner" values={value.also} />
      <Values field={value.field} title="Lost" note="said otherwise" values={value.losers.filter((loser) => !sameAs(value, loser))} />
      <Values field={value.field} title="Agree" note="said the same" values={value.losers.filter((loser) => sameAs(value, loser))} />
      {!past && (
        <button type="button" className="button small" onClick={() => setPast(true)}>
          Show the history
        </button>
      )}
      {past && <History profile={profile} field={value.field} />}
    </div>
  );
}

/** A record that says the same as the winner, or as a value that stands beside it. */
function sameAs(winner: GoldenValue, other: ValueFrom): boolean {
  return other.value === winner.value || winner.also.some((also) => also.value === other.value);
}

function Values({ field, title, note, values }: { field: string; title: string; note: string; values: ValueFrom[] }) {
  if (values.length === 0) return null;
  return (
    <div>
      <h3>
        {title} <small>{note}</small>
      </h3>
      <ul className="values">
        {values.map((value, i) => (
          <li key={`${value.node_id} ${i}`}>
            <span className="value">{clipped(asSaid(field, value))}</span>
            <Chip source={value.source} record={value.key} />
            <Day at={value.updated_at} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function History({ profile, field }: { profile: Profile; field: string }) {
  const id = profile.profile_id;
  const loaded = useLoad(id && `history ${id} ${field}`, (signal) => api.history(id ?? "", field, signal));
  return (
    <div>
      <h3>
        History <small>every version that Kith has read</small>
      </h3>
      <Await loaded={loaded} what="the history">
        {({ values }) =>
          values.length === 0 ? (
            <Empty title="No version of this value is in the log." />
          ) : (
            <ol className="history">
              {values.map((value, i) => (
                <li key={`${value.position} ${i}`}>
                  <span className={`event event-${value.event}`}>{words(value.event)}</span>
                  <span className="value">{clipped(value.original ?? value.value ?? "no value")}</span>
                  <Chip source={value.source} record={value.key} />
                  <span className="note">
                    {time(value.at)}, log position {value.position}
                  </span>
                </li>
              ))}
            </ol>
          )
        }
      </Await>
    </div>
  );
}
