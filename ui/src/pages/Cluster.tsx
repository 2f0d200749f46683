// The cluster studio: the records that evidence connects with one record, and what people can do about it: split at the
// weakest link, say always or never of two, block a value, take decisions back. Every act is previewed first.

import { useMemo, useState } from "react";
import { api } from "../api/client";
import type { Cluster, Profile } from "../api/types";
import { confidence as asConfidence, plural, probability } from "../lib/format";
import { groupsAt, nearest } from "../lib/graph";
import { useLoad } from "../lib/load";
import { to } from "../lib/router";
import { Section } from "../parts/bits";
import { Links, Who } from "../parts/ClusterLinks";
import { Block, InForce, Weakest } from "../parts/ClusterSides";
import { Graph } from "../parts/Graph";
import { IdentityNav } from "../parts/IdentityNav";
import { Planned, always, never, type Acts, type Plan } from "../parts/Plan";
import { Await, Heading } from "../parts/states";

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
          <InForce decisions={cluster.decisions} plan={setPlan} done={done} />
        </div>
      </div>
      <Links cluster={cluster} edges={edges} plan={setPlan} />
    </>
  );
}

const nameOf = (cluster: Cluster) => cluster.nodes.find((node) => node.node_id === cluster.asked)?.name || cluster.nodes.find((node) => node.name)?.name || `Record ${cluster.asked}`;
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
