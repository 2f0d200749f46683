// Everything that leads to this person: e-mails, phones, customer ids, tokens of devices, and the key of each record in its source.

import type { Profile } from "../api/types";
import { fieldName, fieldOrder, plural, shown } from "../lib/format";
import { Chip } from "./bits";

const IDENTIFIERS = [
  "email", "phone", "customer_id", "national_id", "email_sha256", "facebook_id", "social_id", "device_token", "advertising_id", "cookie",
];

export function Identifiers({ profile }: { profile: Profile }) {
  const groups = identifiersOf(profile);
  return (
    <dl className="identifiers">
      {groups.map(([field, values]) => [
        <dt key={field}>{fieldName(field)}</dt>,
        ...values.map(({ text, records }) => (
          <dd key={`${field} ${text}`}>
            <span className="value">{text}</span>
            <span className="note said">{plural(records, "record")}</span>
          </dd>
        )),
      ])}
      {namedByEvents(profile).map(([type, values]) => [
        <dt key={type}>{type}</dt>,
        ...values.map((value) => (
          <dd key={`${type} ${value}`}>
            <span className="value">{value}</span>
            <span className="note said">by events</span>
          </dd>
        )),
      ])}
      <dt>Record keys</dt>
      <dd>
        {profile.records.map((record) => (
          <Chip key={record.node_id} source={record.source} record={record.key} />
        ))}
      </dd>
    </dl>
  );
}

function identifiersOf(profile: Profile): [string, { text: string; records: number }[]][] {
  const groups = new Map<string, Map<string, Set<number>>>();
  for (const record of profile.records) {
    for (const { field, normal } of record.values) {
      if (!IDENTIFIERS.includes(field)) continue;
      const values = groups.get(field) ?? new Map<string, Set<number>>();
      values.set(normal, (values.get(normal) ?? new Set()).add(record.node_id));
      groups.set(field, values);
    }
  }
  return [...groups]
    .sort(([a], [b]) => fieldOrder(a, b))
    .map(([field, values]) => [
      field,
      [...values].map(([normal, nodes]) => ({ text: shown(field, { value: normal, original: normal }), records: nodes.size })).sort((a, b) => b.records - a.records),
    ]);
}

/** What only events name: `ios.push_token` … */
function namedByEvents(profile: Profile): [string, string[]][] {
  const groups = new Map<string, string[]>();
  for (const { type, value, first_at } of profile.identifiers ?? []) {
    if (first_at !== null) groups.set(type, [...(groups.get(type) ?? []), value]);
  }
  return [...groups];
}
