// The weighed pairs of a cluster as a table: the equal of the drawing, with what one can do about each.

import type { Cluster, GraphEdge, GraphNode } from "../api/types";
import { bits, count, probability } from "../lib/format";
import { to } from "../lib/router";
import { Chip, Scroll, Section } from "./bits";
import { always, never, type Acts } from "./Plan";
import { TableHead, hidden, number } from "./TableHead";

const STATES: { [state in GraphEdge["state"]]: { text: string; tag: string } } = {
  inside: { text: "inside", tag: "tag-for" }, below: { text: "below the confidence", tag: "" },
  outvoted: { text: "outvoted by the others", tag: "change-merged" }, refused: { text: "refused by a decision", tag: "tag-against" },
};
const LINKS_MOST = 60;

export function Links({ cluster, edges, plan }: { cluster: Cluster; edges: GraphEdge[] } & Acts) {
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

export function Who({ node }: { node: GraphNode | undefined }) {
  if (!node) return <span>a record</span>;
  return (
    <>
      {node.name && <strong>{node.name}</strong>} <Chip source={node.source} record={node.key} />
    </>
  );
}
