// Beside the drawing of a cluster: its weakest link and the split there, the values that its records share, and the
// decisions in force.

import { useState, type FormEvent } from "react";
import { api } from "../api/client";
import type { Cluster, Decision, LinkOf, Profile, Wish } from "../api/types";
import { useAct } from "../lib/act";
import { count, fieldName, plural, probability, time } from "../lib/format";
import { Chip, Section } from "./bits";
import { Who } from "./ClusterLinks";
import { ref, type Acts, type Plan } from "./Plan";
import { Empty, Failure } from "./states";

/** The server takes so many decisions at once. */
const WISHES_MOST = 1000;

export function Weakest({ cluster, plan }: { cluster: Cluster } & Acts) {
  const weakest = cluster.weakest;
  const node = (id: number) => cluster.nodes.find((one) => one.node_id === id);
  if (!weakest) {
    return (
      <Section id="weakest" title="Weakest link">
        <Empty title="One record: nothing was merged." />
      </Section>
    );
  }
  const side = (nodes: number[]) => (
    <ul className="side">
      {nodes.slice(0, 12).map((id) => (
        <li key={id}>
          <Who node={node(id)} />
        </li>
      ))}
      {nodes.length > 12 && <li className="note">and {count(nodes.length - 12)} more</li>}
    </ul>
  );
  return (
    <Section id="weakest" title="Weakest link" note={`The least sure step, ${probability(weakest.confidence)}, joined these two sides.`}>
      <div className="sides">
        {side(weakest.left)}
        <span aria-hidden="true" className="sides-cut" />
        {side(weakest.right)}
      </div>
      <button type="button" className="button" onClick={() => plan(splitHere(cluster, weakest.left, weakest.right, weakest.strongest))}>
        Split here
      </button>
    </Section>
  );
}

/** Each record of the one side is kept from each of the other, so that no third one joins them again; the strongest pairs first. */
function splitHere(cluster: Cluster, left: number[], right: number[], strongest: LinkOf | null): Plan {
  const weight = new Map(cluster.edges.flatMap((edge) => [[`${edge.a} ${edge.b}`, edge.weight], [`${edge.b} ${edge.a}`, edge.weight]]));
  const said = new Set(cluster.decisions.filter((one) => one.verdict === "never" && one.in_force).flatMap((one) => [`${one.a?.node_id} ${one.b?.node_id}`, `${one.b?.node_id} ${one.a?.node_id}`]));
  const pairs = left.flatMap((a) => right.map((b) => ({ a, b, weight: weight.get(`${a} ${b}`) ?? -Infinity })));
  pairs.sort((x, y) => y.weight - x.weight || x.a - y.a || x.b - y.b);
  const wishes = pairs.filter(({ a, b }) => !said.has(`${a} ${b}`)).slice(0, WISHES_MOST).map(({ a, b }): Wish => ({ verdict: "never", a: ref(a), b: ref(b) }));
  const at = strongest ? ` at ${probability(strongest.probability)}` : "";
  return { title: `Split here${at}`, wishes, withdraw: [], reason: "split at the weakest link" };
}

/** Values that several records of the person share, most shared first: what may have joined them. */
export function Block({ profile, plan }: { profile: Profile | null } & Acts) {
  const [chosen, setChosen] = useState("");
  const shared = profile ? sharedValues(profile) : [];
  const value = shared.find((one) => one.id === chosen) ?? shared[0];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!value) return;
    plan({ title: `Block ${fieldName(value.field).toLowerCase()} ${value.value}`, wishes: [{ verdict: "blocked", field: value.field, value: value.value }], withdraw: [], reason: "belongs to nobody in particular" });
  };
  return (
    <Section id="block" title="Block a value" note="It links nobody any more, here and elsewhere; it stays in the records.">
      {shared.length === 0 ? (
        <p className="note">These records share no value.</p>
      ) : (
        <form className="block-form" onSubmit={submit}>
          <label>
            <span className="sr">Value to block</span>
            <select value={value?.id ?? ""} onChange={(event) => setChosen(event.target.value)}>
              {shared.map((one) => (
                <option key={one.id} value={one.id}>
                  {fieldName(one.field)}: {one.value} ({plural(one.records, "record")})
                </option>
              ))}
            </select>
          </label>
          <button type="submit" className="button small">
            Block it
          </button>
        </form>
      )}
    </Section>
  );
}

const LINKING = ["email", "phone", "street", "customer_id", "national_id", "birth_date", "full_address", "company"];

function sharedValues(profile: Profile): { id: string; field: string; value: string; records: number }[] {
  const found = new Map<string, { id: string; field: string; value: string; records: number }>();
  for (const record of profile.records) {
    for (const id of new Set(record.values.filter((one) => LINKING.includes(one.field)).map((one) => `${one.field} ${one.normal}`))) {
      const [field = "", value = ""] = [id.slice(0, id.indexOf(" ")), id.slice(id.indexOf(" ") + 1)];
      const one = found.get(id) ?? { id, field, value, records: 0 };
      one.records += 1;
      found.set(id, one);
    }
  }
  return [...found.values()].sort((a, b) => b.records - a.records || LINKING.indexOf(a.field) - LINKING.indexOf(b.field));
}

const SAYS = { always: "always one person", never: "never one person", blocked: "blocked" };

/** `done`: identity has followed what waited. */
export function InForce({ decisions, plan, done }: { decisions: Decision[]; done: (told: string) => void } & Acts) {
  const together = new Map<string, Decision[]>();
  for (const one of decisions.filter((decision) => decision.in_force)) {
    const act = `${one.verdict} ${one.decided_at} ${one.reason} ${one.author}`;
    together.set(act, [...(together.get(act) ?? []), one]);
  }
  return (
    <Section id="decisions" title="Decisions here" note="In force, and about these records.">
      <Waiting decisions={decisions} done={done} />
      {together.size === 0 ? (
        <p className="note">Nobody has decided anything here.</p>
      ) : (
        <ul className="decisions">
          {[...together.entries()].map(([act, list]) => (
            <li key={act}>
              <p>
                <span className={list[0]?.verdict === "always" ? "tag tag-for" : "tag tag-against"}>{list[0] && SAYS[list[0].verdict]}</span>{" "}
                {list.length > 1 ? plural(list.length, "pair") : list[0] && <About decision={list[0]} />}
              </p>
              <p className="note">
                “{list[0]?.reason}”, {list[0]?.author}, {time(list[0]?.decided_at)}
                {list.some((one) => !one.applied) && ", not applied yet"}
              </p>
              <button
                type="button" className="button small"
                onClick={() => plan({ title: "Take back", wishes: [], withdraw: list.map((one) => one.id), reason: "taken back" })}
              >
                Undo<span className="sr"> {list[0]?.reason}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

/** What was decided or taken back, and identity has not followed yet. */
function Waiting({ decisions, done }: { decisions: Decision[]; done: (told: string) => void }) {
  const act = useAct();
  const waiting = decisions.filter((one) => !one.applied);
  if (waiting.length === 0) return null;
  const gone = waiting.filter((one) => !one.in_force);
  const apply = async () => {
    const applied = await act.run(() => api.apply());
    if (applied) done(`Applied: now ${plural(applied.profiles, "person", "people")}.`);
  };
  return (
    <div className="waiting" data-pending={waiting.length}>
      <p>
        {gone.length > 0 && `${plural(gone.length, "decision")} taken back, not applied yet: identity is still as if ${gone.length === 1 ? "it" : "they"} held. `}
        {waiting.length > gone.length && `${plural(waiting.length - gone.length, "decision")} not applied yet.`}
      </p>
      {gone.length > 0 && (
        <ul>
          {gone.slice(0, 5).map((one) => (
            <li key={one.id}>
              <span className="tag">{SAYS[one.verdict]}</span> <About decision={one} /> <span className="note">“{one.withdrawn?.reason}”, {one.withdrawn?.author}</span>
            </li>
          ))}
        </ul>
      )}
      {act.error && <Failure error={act.error} />}
      <button type="button" className="button small" disabled={act.busy} onClick={apply}>
        {act.busy ? "Applying …" : "Apply now"}
      </button>
    </div>
  );
}

function About({ decision }: { decision: Decision }) {
  const { a, b, field, value } = decision;
  if (a && b) return <><Chip source={a.source} record={a.key} /> <Chip source={b.source} record={b.key} /></>;
  return <>{fieldName(field ?? "")} {value}</>;
}
