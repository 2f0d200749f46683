// A few profiles to look at: each opens its page, or its cluster.

import type { ExampleProfile } from "../api/types";
import { count } from "../lib/format";
import { to } from "../lib/router";
import { Chip } from "./bits";

/** `unit`: what the number behind each name counts. */
export function People({ people, unit }: { people: ExampleProfile[]; unit: string }) {
  return (
    <ul className="people">
      {people.map((one) => {
        const name = one.name || one.profile_id;
        return (
          <li key={one.profile_id}>
            <a href={to(["profiles", one.profile_id])}>{name}</a>
            <Chip source={one.record.source} record={one.record.key} />
            <span className="number">
              {count(one.value)}
              <span className="sr"> {unit}</span>
            </span>
            <a href={to(["clusters", one.record.node_id])} className="note">
              cluster<span className="sr"> of {name}</span>
            </a>
          </li>
        );
      })}
    </ul>
  );
}
