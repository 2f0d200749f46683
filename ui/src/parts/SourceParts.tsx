// What the cards of all sources share: the equation that must hold, and which column means what.

import type { SourceOf } from "../api/types";
import { count, fieldName, plural } from "../lib/format";
import { Chip } from "./bits";

export function CardHead({ source }: { source: SourceOf }) {
  return (
    <header className="card-head">
      <h2 id={`source-${source.name}`}>
        <Chip source={source.name} />
      </h2>
      <span className="tag">{source.kind}</span>
    </header>
  );
}

type Term = [name: string, value: number];

/** whole = part + part + part. */
export function Balance({ label, whole, parts }: { label: string; whole: Term; parts: Term[] }) {
  return (
    <dl className="balance" aria-label={label}>
      <One term={whole} />
      {parts.map((part, i) => [<Sign key={`${part[0]} sign`} text={i === 0 ? "=" : "+"} />, <One key={part[0]} term={part} />])}
    </dl>
  );
}

function One({ term: [name, value] }: { term: Term }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{count(value)}</dd>
    </div>
  );
}

const Sign = ({ text }: { text: string }) => (
  <div className="sign">
    <dt className="sr">{text === "=" ? "equals" : "plus"}</dt>
    <dd aria-hidden="true">{text}</dd>
  </div>
);

export function Mapping({ source }: { source: SourceOf }) {
  return (
    <details>
      <summary>{plural(source.fields.length, "column")} with a meaning</summary>
      <table className="mapping">
        <thead>
          <tr>
            <th scope="col">Column</th>
            <th scope="col">Means</th>
          </tr>
        </thead>
        <tbody>
          {source.fields.map((field) => (
            <tr key={field.column}>
              <td>
                <code>{field.column}</code>
              </td>
              <td>{fieldName(field.field)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
