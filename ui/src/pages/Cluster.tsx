// The cluster studio: the records that evidence connects with one record, and what people can do about it: split at the
// weakest link, say always or never of two, block a value, take decisions back. Every act is previewed first.

import { useEffect, useMemo, useRef, useState, type FormEvent } from "react";
import { api } from "../api/client";
import type { Cluster, Decided, Decision, GraphEdge, GraphNode, LinkOf, Preview, Profile, Wish } from "../api/types";
import { useAct } from "../lib/act";
import { bits, confidence as asConfidence, count, fieldName, plural, probability, time } from "../lib/format";
import { groupsAt, nearest } from "../lib/graph";
import { useLoad } from "../lib/load";
import { to } from "../lib/router";
import { Chip, Scroll, Section } from "../parts/bits";
import { Graph } from "../parts/Graph";
import { IdentityNav } from "../parts/IdentityNav";
import { Outcome } from "../parts/Outcome";
import { Await, Empty, Failure, Heading } from "../parts/states";
import { TableHead, hidden, number } from "../parts/TableHead";

/** What one is about to do: decisions to take, or to take back. */
export interface Plan {
  title: string;
  wishes: Wish[];
  withdraw: number[];
  reason: string;
}
/** The server takes so many decisions at once. */
const WISHES_MOST = 1000;

export function ClusterPage({ node }: { node: string }) {
  const cluster = useLoad(`cluster ${node}`, (signal) => api.cluster(`node:${node}`, signal));
  const profile = useLoad(`values ${node}`, (signal) => api.profile("node", node, undefined, signal));
  const [told, setTold] = useState("");
  return (
    <div className="page">
      {!cluster.data && <Heading title="Cluster studio" />}
      <p className={told ? "notice" : "sr"} role="status">
        {told}
      </p>
      <Await loaded={cluster} what="the cluster">
        {(data) => (
          <Studio
            key={`${data.position} ${data.decisions.length}`} cluster={data} profile={profile.data}
            done={(text) => {
              setTold(text);
              cluster.reload();
              profile.reload();
            }}
          />
        )}
      </Await>
    </div>
  );
}

function Studio({ cluster, profile, done }: { cluster: Cluster; profile: Profile | null; done: (told: string) => void }) {
  const [least, setLeast] = useState(0);
  const [chosen, setChosen] = useState<number[]>([]);
  const [plan, setPlan] = useState<Plan | null>(null);
  const [far, setFar] = useState(false);
  const near = useMemo(() => nearest(cluster.nodes, cluster.edges), [cluster]);
  const nodes = useMemo(() => (far ? cluster.nodes : cluster.nodes.filter((node) => near.has(node.node_id))), [cluster, near, far]);
  const drawn = new Set(nodes.map((node) => node.node_id));
  const edges = cluster.edges.filter((edge) => edge.probability >= least && drawn.has(edge.a) && drawn.has(edge.b));
  const held = far && least === 0 ? drawn : new Set([...nearest(nodes, edges), ...(far ? edges.flatMap((edge) => [edge.a, edge.b]) : [])]);
  const choose = (node: number) => setChosen(chosen.includes(node) ? chosen.filter((one) => one !== node) : [...chosen, node].slice(-2));
  const own = cluster.nodes.filter((node) => node.cluster === 0);
  const profiles = new Set(cluster.nodes.map((node) => node.profile_id)).size;
  return (
    <>
      <Heading title="Cluster studio">
        {nameOf(cluster)} <small>cluster studio</small>
      </Heading>
      <IdentityNav />
      <p className="lead-note" data-profiles={profiles}>
        {plural(own.length, "record is", "records are")} one person at confidence {asConfidence(cluster.confidence)}
        {own[0]?.profile_id && (
          <>
            , profile <a href={to(["profiles", own[0].profile_id])}><code>{own[0].profile_id}</code></a>
          </>
        )}
        {cluster.nodes.length > own.length && `; some evidence connects ${plural(cluster.nodes.length - own.length, "record")} of ${plural(profiles - 1, "other profile")}`}.
        {cluster.truncated && " There are more than can be drawn."}
      </p>
      {plan && <Planned plan={plan} cancel={() => setPlan(null)} done={done} />}
      <div className="studio">
        <Section id="graph" title="Records and links" note="Choose two records to join them or keep them apart.">
          <Filter cluster={cluster} least={least} setLeast={setLeast} shown={edges.length} />
          <Graph cluster={cluster} nodes={nodes} held={held} edges={edges} chosen={chosen} onChoose={choose} />
          {near.size < cluster.nodes.length && (
            <label className="check">
              <input type="checkbox" checked={far} onChange={(event) => setFar(event.target.checked)} />
              {plural(cluster.nodes.length - near.size, "record")} further away too
            </label>
          )}
          <Chosen cluster={cluster} chosen={chosen} plan={setPlan} />
        </Section>
        <div className="studio-side">
          <Weakest cluster={cluster} plan={setPlan} />
          <Block profile={profile} plan={setPlan} />
          <InForce decisions={cluster.decisions} plan={setPlan} />
        </div>
      </div>
      <Links cluster={cluster} edges={edges} plan={setPlan} />
    </>
  );
}

const nameOf = (cluster: Cluster) => cluster.nodes.find((node) => node.node_id === cluster.asked)?.name || cluster.nodes.find((node) => node.name)?.name || `Record ${cluster.asked}`;
const ref = (node: number) => `node:${node}`;

function Filter({ cluster, least, setLeast, shown }: { cluster: Cluster; least: number; setLeast: (least: number) => void; shown: number }) {
  // Even steps in bits: 0 = as likely as not, 20 = one in a million wrong; the first stop shows all.
  const stops = [0, ...Array.from({ length: 41 }, (_, i) => 1 / (1 + 2 ** (-i / 2)))];
  const at = Math.max(0, stops.indexOf(least));
  const own = cluster.nodes.filter((node) => node.cluster === 0);
  const groups = new Set(groupsAt(own, cluster.merges, least).values()).size;
  const said = at === 0 ? "all links" : `${probability(least)} or more`;
  return (
    <div className="filter">
      <label htmlFor="least">Show links of</label>
      <input id="least" type="range" min={0} max={stops.length - 1} value={at} aria-valuetext={said} onChange={(event) => setLeast(stops[Number(event.target.value)] ?? 0)} />
      <output htmlFor="least" className="note">
        <strong>{said}</strong>: <span data-shown={shown}>{plural(shown, "link")}</span>
        {at > 0 && `; so sure, the cluster is ${plural(groups, "group")}`}
      </output>
    </div>
  );
}

interface Acts {
  plan: (plan: Plan) => void;
}

const always = (a: number, b: number): Plan => ({ title: "Always one person", wishes: [{ verdict: "always", a: ref(a), b: ref(b) }], withdraw: [], reason: "the same person" });
const never = (a: number, b: number): Plan => ({ title: "Never one person", wishes: [{ verdict: "never", a: ref(a), b: ref(b) }], withdraw: [], reason: "two persons" });

function Chosen({ cluster, chosen, plan }: { cluster: Cluster; chosen: number[] } & Acts) {
  const [a, b] = chosen;
  const node = (id: number) => cluster.nodes.find((one) => one.node_id === id);
  if (a === undefined || b === undefined) {
    return <p className="chosen-pair note">{a === undefined ? "No record is chosen." : <>Chosen: <Who node={node(a)} />. Choose another one.</>}</p>;
  }
  return (
    <div className="chosen-pair">
      <p>
        <Who node={node(a)} /> <span className="note">and</span> <Who node={node(b)} />
      </p>
      <button type="button" className="button small" onClick={() => plan(always(a, b))}>
        Always one person
      </button>
      <button type="button" className="button small" onClick={() => plan(never(a, b))}>
        Never
      </button>
      <a href={to(["pairs", a, b])}>Weigh</a>
    </div>
  );
}

function Who({ node }: { node: GraphNode | undefined }) {
  if (!node) return <span>a record</span>;
  return (
    <>
      {node.name && <strong>{node.name}</strong>} <Chip source={node.source} record={node.key} />
    </>
  );
}

function Weakest({ cluster, plan }: { cluster: Cluster } & Acts) {
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
function Block({ profile, plan }: { profile: Profile | null } & Acts) {
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

function InForce({ decisions, plan }: { decisions: Decision[] } & Acts) {
  const together = new Map<string, Decision[]>();
  for (const one of decisions.filter((decision) => decision.in_force)) {
    const act = `${one.verdict} ${one.decided_at} ${one.reason} ${one.author}`;
    together.set(act, [...(together.get(act) ?? []), one]);
  }
  return (
    <Section id="decisions" title="Decisions here" note="In force, and about these records.">
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

function About({ decision }: { decision: Decision }) {
  const { a, b, field, value } = decision;
  if (a && b) return <><Chip source={a.source} record={a.key} /> <Chip source={b.source} record={b.key} /></>;
  return <>{fieldName(field ?? "")} {value}</>;
}

/** Before and after, the reason, and then the act itself. */
function Planned({ plan, cancel, done }: { plan: Plan; cancel: () => void; done: (told: string) => void }) {
  const frame = useRef<HTMLDivElement>(null);
  const id = JSON.stringify([plan.wishes, plan.withdraw]);
  const preview = useLoad<Preview>(`plan ${id}`, (signal) => api.preview({ decisions: plan.wishes, withdraw: plan.withdraw }, signal));
  useEffect(() => {
    frame.current?.scrollIntoView({ block: "nearest" });
    frame.current?.focus({ preventScroll: true });
  }, [id]);
  return (
    <div ref={frame} tabIndex={-1} className="plan-frame">
      <Section id="plan" title={`${plan.title}: before and after`} className="plan" note="Nothing is written yet.">
        <Await loaded={preview} what="what it would change">
          {(found) => (
            <>
              <Outcome preview={found} />
              <Confirm key={id} plan={plan} cancel={cancel} done={done} />
            </>
          )}
        </Await>
        {preview.error && (
          <button type="button" className="button" onClick={cancel}>
            Cancel
          </button>
        )}
      </Section>
    </div>
  );
}

function Confirm({ plan, cancel, done }: { plan: Plan; cancel: () => void; done: (told: string) => void }) {
  const [reason, setReason] = useState(plan.reason);
  const act = useAct();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const decided = await act.run(() => carryOut(plan, reason.trim()));
    if (decided) done(`${plan.title}: done. Now ${decided.applied ? plural(decided.applied.profiles, "person", "people") : "it waits to be applied"}.`);
  };
  return (
    <form className="confirm" onSubmit={submit}>
      {act.error && <Failure error={act.error} />}
      <label className="field">
        <span>Reason</span>
        <input required maxLength={300} value={reason} onChange={(event) => setReason(event.target.value)} />
      </label>
      <button type="submit" className="button primary" disabled={act.busy || !reason.trim()}>
        {act.busy ? "Deciding …" : plan.withdraw.length > 0 ? `Take back ${plural(plan.withdraw.length, "decision")}` : `Decide (${plural(plan.wishes.length, "decision")})`}
      </button>
      <button type="button" className="button" onClick={cancel}>
        Cancel
      </button>
    </form>
  );
}

/** Many are taken back one by one, and identity follows with the last. */
async function carryOut(plan: Plan, reason: string): Promise<Decided | null> {
  if (plan.wishes.length > 0) return api.decide(plan.wishes, reason, true);
  let last: Decided | null = null;
  for (const [i, id] of plan.withdraw.entries()) last = await api.undo(id, reason, i === plan.withdraw.length - 1);
  return last;
}

const STATES: { [state in GraphEdge["state"]]: { text: string; tag: string } } = {
  inside: { text: "inside", tag: "tag-for" }, below: { text: "below the confidence", tag: "" },
  outvoted: { text: "outvoted by the others", tag: "change-merged" }, refused: { text: "refused by a decision", tag: "tag-against" },
};
const LINKS_MOST = 60;

function Links({ cluster, edges, plan }: { cluster: Cluster; edges: GraphEdge[] } & Acts) {
  const node = (id: number) => cluster.nodes.find((one) => one.node_id === id);
  const name = (id: number) => node(id)?.name || node(id)?.key;
  return (
    <Section id="links" title="Links" note="The weighed pairs of the drawing, the strongest first.">
      <Scroll label="Links of the cluster">
        <table className="runs links">
          <TableHead columns={["One record", "The other", number("Bits"), number("Probability"), "State", hidden("Act")]} />
          <tbody>
            {edges.slice(0, LINKS_MOST).map((edge) => (
              <tr key={`${edge.a} ${edge.b}`}>
                <td>
                  <Who node={node(edge.a)} />
                </td>
                <td>
                  <Who node={node(edge.b)} />
                </td>
                <td className="num">{bits(edge.weight)}</td>
                <td className="num">{probability(edge.probability)}</td>
                <td>
                  <span className={`tag ${STATES[edge.state].tag}`}>{STATES[edge.state].text}</span>
                </td>
                <td className="link-acts">
                  <a href={to(["pairs", edge.a, edge.b])}>
                    Weigh<span className="sr"> {name(edge.a)} and {name(edge.b)}</span>
                  </a>
                  <button type="button" className="button small" onClick={() => plan(always(edge.a, edge.b))}>
                    Always<span className="sr"> {name(edge.a)} and {name(edge.b)}</span>
                  </button>
                  <button type="button" className="button small" onClick={() => plan(never(edge.a, edge.b))}>
                    Never<span className="sr"> {name(edge.a)} and {name(edge.b)}</span>
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {edges.length > LINKS_MOST && <p className="note">The {LINKS_MOST} strongest of {count(edges.length)} are listed.</p>}
    </Section>
  );
}
