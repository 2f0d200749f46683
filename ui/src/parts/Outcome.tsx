// What a change would do, or has done: the totals before and after, and people before and after.

import type { Preview, PreviewPerson, Sample } from "../api/types";
import { confidence, count, plural } from "../lib/format";
import { to } from "../lib/router";
import { Chip } from "./bits";
import { TableHead, hidden, number } from "./TableHead";

const KINDS: { [kind in Sample["kind"]]: { one: string; tag: string } } = {
  merged: { one: "come together", tag: "change-merged" }, split: { one: "part", tag: "change-split" }, regrouped: { one: "are regrouped", tag: "change-split" },
  changed: { one: "records come or go", tag: "" }, new: { one: "new", tag: "tag-for" }, gone: { one: "gone", tag: "tag-against" },
};

export function Outcome({ preview }: { preview: Preview }) {
  const { before, after } = preview;
  if (preview.unchanged) return <p className="outcome-none">Nobody changes: identity would be exactly as it is now.</p>;
  return (
    <div className="outcome-of">
      <ul className="outcome-counts">
        <Count id="merged" n={preview.merged} text="people come together" />
        <Count id="split" n={preview.split} text="people part" />
        <Count id="affected" n={preview.people_affected} text="people affected" />
        <Count id="moved" n={preview.records_moved} text="records move" />
      </ul>
      <table className="totals">
        <caption className="sr">Totals before and after</caption>
        <TableHead columns={[hidden("Figure"), number("Before"), number("After"), number("Change")]} />
        <tbody>
          <Row name="People" before={before.profiles} after={after.profiles} />
          <Row name="Largest" before={before.largest} after={after.largest} />
          {before.confidence !== after.confidence && (
            <tr>
              <th scope="row">Confidence</th>
              <td className="num">{confidence(before.confidence)}</td>
              <td className="num">{confidence(after.confidence)}</td>
              <td className="num" />
            </tr>
          )}
        </tbody>
      </table>
      {preview.samples.length > 0 && <Samples samples={preview.samples} affected={preview.people_affected} />}
    </div>
  );
}

function Count({ id, n, text }: { id: string; n: number; text: string }) {
  return (
    <li>
      <strong data-outcome={id}>{count(n)}</strong> {text}
    </li>
  );
}

function Row({ name, before, after }: { name: string; before: number; after: number }) {
  const by = after - before;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td className="num">{count(before)}</td>
      <td className="num">{count(after)}</td>
      <td className="num">{by === 0 ? "–" : `${by > 0 ? "+" : "−"}${count(Math.abs(by))}`}</td>
    </tr>
  );
}

function Samples({ samples, affected }: { samples: Sample[]; affected: number }) {
  return (
    <>
      <h3>
        People before and after{" "}
        <small>
          {plural(samples.length, "case")}, {plural(affected, "person", "people")} affected in all; the largest of each kind first
        </small>
      </h3>
      <ul className="samples">
        {samples.map((sample, i) => (
          <li key={i} className="sample">
            <span className={`tag ${KINDS[sample.kind].tag}`}>{KINDS[sample.kind].one}</span>
            <div className="sample-sides">
              <People people={sample.before} name="Before" />
              <span className="sample-arrow" aria-hidden="true">→</span>
              <People people={sample.after} name="After" />
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}

function People({ people, name }: { people: PreviewPerson[]; name: string }) {
  return (
    <div>
      <p className="note">{name}</p>
      {people.length === 0 && <p className="note">nobody</p>}
      {people.map((person, i) => (
        <div key={i} className="sample-person">
          <p>
            <strong>{person.name || "No name"}</strong>{" "}
            <span className="note">
              {plural(person.size, "record")}, {person.profile_id ? <a href={to(["profiles", person.profile_id])}><code>{person.profile_id}</code></a> : "a new profile"}
            </span>
          </p>
          <ul>
            {person.records.map((record) => (
              <li key={record.node_id}>
                <Chip source={record.source} record={record.key} />
              </li>
            ))}
            {person.size > person.records.length && <li className="note">and {count(person.size - person.records.length)} more</li>}
          </ul>
        </div>
      ))}
    </div>
  );
}
