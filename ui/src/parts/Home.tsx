// The people of a household: who they are to each other, and what says so.

import type { Household } from "../api/types";
import { day, probability } from "../lib/format";
import { to } from "../lib/router";

export function Home({ household, self }: { household: Household; self: string | null }) {
  const seen = [household.first_seen, household.last_seen].map((time) => time && day(time));
  return (
    <>
      <p className="note">
        {household.address ?? "No common address is known."}
        {seen[0] && ` · records from ${seen[0]} to ${seen[1]}`}
      </p>
      <div className="scroll">
        <table className="household">
          <thead>
            <tr>
              <th scope="col">Person</th>
              <th scope="col">Role</th>
              <th scope="col">Shares</th>
              <th scope="col" className="num">
                Sure
              </th>
            </tr>
          </thead>
          <tbody>
            {household.members.map((member) => (
              <tr key={member.profile_id}>
                <th scope="row">
                  {member.profile_id === self ? (
                    <>{member.name ?? member.profile_id} (this person)</>
                  ) : (
                    <a href={to(["profiles", member.profile_id])}>{member.name ?? member.profile_id}</a>
                  )}
                </th>
                <td>{member.role === "unknown" ? "–" : member.role}</td>
                <td>{member.shared.join(", ")}</td>
                <td className="num">{probability(member.probability)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
