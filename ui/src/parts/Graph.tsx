// The records of a cluster and what connects them: wider lines are surer, colours are sources, filled records belong to
// the asked one. One picks two records to act on; the tables beside the drawing are its equal for readers.

import { useContext, useMemo } from "react";
import type { Cluster, GraphEdge, GraphNode } from "../api/types";
import { bits, probability } from "../lib/format";
import { layOutGraph } from "../lib/graph";
import { useWidth } from "../lib/width";
import { SourcesContext, hue } from "./bits";

interface Props {
  cluster: Cluster;
  /** The records to draw, and those of them that a shown link, or the cluster itself, holds. */
  nodes: GraphNode[];
  held: Set<number>;
  edges: GraphEdge[];
  chosen: number[];
  onChoose: (node: number) => void;
}

const RADIUS = 9;
/** Of more records than this, only those of the cluster keep their names; the others say theirs when pointed at. */
const NAMED_MOST = 12;

export function Graph({ cluster, nodes, held, edges, chosen, onChoose }: Props) {
  const [frame, width] = useWidth();
  const sources = useContext(SourcesContext);
  const height = Math.round(Math.min(560, Math.max(260, 150 + nodes.length * 26)));
  const at = useMemo(() => layOutGraph(nodes, cluster.edges, width, height, { x: Math.min(70, width / 6), y: 34 }), [nodes, cluster, width, height]);
  const strongest = cluster.weakest?.strongest;
  const weak = (edge: GraphEdge) => !!strongest && edge.a === strongest.a && edge.b === strongest.b;
  return (
    <div ref={frame} className={nodes.length > NAMED_MOST ? "graph crowded" : "graph"}>
      <svg width={width} height={height} role="group" aria-label="Graph of the cluster: records to choose">
        <g aria-hidden="true">
          {[...edges].reverse().map((edge) => {
            const [a, b] = [at.get(edge.a), at.get(edge.b)];
            if (!a || !b) return null;
            return (
              <line key={`${edge.a} ${edge.b}`} className={`edge edge-${edge.state}${weak(edge) ? " edge-weakest" : ""}`} x1={a.x} y1={a.y} x2={b.x} y2={b.y} strokeWidth={thickness(edge)}>
                <title>{`${probability(edge.probability)}, ${bits(edge.weight)} bits, ${edge.state}`}</title>
              </line>
            );
          })}
        </g>
        {nodes.filter((node) => held.has(node.node_id)).map((node) => (
          <Node key={node.node_id} node={node} at={at.get(node.node_id)} hue={hue(node.source, sources)} pressed={chosen.includes(node.node_id)} asked={node.node_id === cluster.asked} onChoose={onChoose} />
        ))}
      </svg>
      <p className="graph-key note">
        <span className="key-inside">inside</span> <span className="key-weakest">strongest pair of the weakest link</span> <span className="key-below">not joined</span>{" "}
        <span className="key-refused">refused by a decision</span>
      </p>
    </div>
  );
}

const thickness = (edge: GraphEdge) => Math.max(1, Math.min(7, 1 + edge.weight / 4));

function Node({ node, at, hue, pressed, asked, onChoose }: { node: GraphNode; at?: { x: number; y: number }; hue: number; pressed: boolean; asked: boolean; onChoose: Props["onChoose"] }) {
  if (!at) return null;
  const name = node.name || node.key;
  const short = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
  return (
    <g
      className={`graph-node hue-${hue}${node.cluster === 0 ? "" : " neighbour"}${pressed ? " pressed" : ""}${asked ? " asked" : ""}`}
      onClick={() => onChoose(node.node_id)}
    >
      <g
        role="button" tabIndex={0} aria-pressed={pressed} aria-label={`${name}, ${node.source} ${node.key}`} data-node={node.node_id}
        onKeyDown={(event) => {
          if (event.key !== "Enter" && event.key !== " ") return;
          event.preventDefault();
          onChoose(node.node_id);
        }}
      >
        <circle className="halo" cx={at.x} cy={at.y} r={RADIUS + 6} />
        <circle className="disc" cx={at.x} cy={at.y} r={RADIUS} />
      </g>
      <text x={at.x} y={at.y - RADIUS - 7} textAnchor="middle" aria-hidden="true">
        {short(name, 18)}
      </text>
      <text className="key" x={at.x} y={at.y + RADIUS + 15} textAnchor="middle" aria-hidden="true">
        {short(`${node.source} ${node.key}`, 18)}
      </text>
    </g>
  );
}
