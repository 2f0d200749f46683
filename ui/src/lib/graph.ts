// A small graph, laid out for drawing; equal input gives an equal picture.
//
// 1. Given: records and scored pairs. Each cluster's records begin on an arc of a circle, in their given order.
// 2. All records push each other away; pairs pull, the surer the stronger; pairs across clusters hardly.
// 3. Steps get shorter until all rest; then the picture is stretched into its frame.

import type { GraphEdge, GraphNode } from "../api/types";

export interface Point {
  x: number;
  y: number;
}
const STEPS = 260;
/** A weight of so many bits pulls fully. */
const BITS_FULL = 14;

export function layOutGraph(nodes: GraphNode[], edges: GraphEdge[], width: number, height: number, margin: Point): Map<number, Point> {
  const order = [...nodes].sort((a, b) => a.cluster - b.cluster || a.node_id - b.node_id);
  const points = order.map((_, i) => ({ x: Math.cos((2 * Math.PI * i) / order.length), y: Math.sin((2 * Math.PI * i) / order.length) }));
  const place = new Map(order.map((node, i) => [node.node_id, i]));
  const pulls = edges.flatMap((edge) => {
    const [a, b] = [place.get(edge.a), place.get(edge.b)];
    if (a === undefined || b === undefined) return [];
    const strength = Math.max(0.1, Math.min(1, edge.weight / BITS_FULL)) * (edge.state === "inside" ? 1 : 0.15);
    return [{ a, b, strength }];
  });
  // Many pulls on one record would crush a well-connected cluster to a dot.
  const pulled = points.map(() => 0);
  for (const { a, b } of pulls) {
    pulled[a]! += 1;
    pulled[b]! += 1;
  }
  for (const pull of pulls) pull.strength *= 1.7 / Math.sqrt(pulled[pull.a]! * pulled[pull.b]!);
  const apart = 1.6 / Math.sqrt(Math.max(1, order.length));
  for (let step = 0; step < STEPS; step++) relax(points, pulls, apart, 0.12 * (1 - step / STEPS));
  return stretched(order, points, width, height, margin);
}

function relax(points: Point[], pulls: { a: number; b: number; strength: number }[], apart: number, longest: number) {
  const moves = points.map(() => ({ x: 0, y: 0 }));
  const push = (i: number, j: number, force: number, dx: number, dy: number) => {
    moves[i]!.x += dx * force;
    moves[i]!.y += dy * force;
    moves[j]!.x -= dx * force;
    moves[j]!.y -= dy * force;
  };
  for (let i = 0; i < points.length; i++) {
    for (let j = i + 1; j < points.length; j++) {
      const [dx, dy] = [points[i]!.x - points[j]!.x, points[i]!.y - points[j]!.y];
      const far = Math.max(0.02, Math.hypot(dx, dy));
      push(i, j, (apart * apart) / (far * far), dx, dy);
    }
    moves[i]!.x -= points[i]!.x * 0.3;
    moves[i]!.y -= points[i]!.y * 0.3;
  }
  for (const { a, b, strength } of pulls) {
    const [dx, dy] = [points[b]!.x - points[a]!.x, points[b]!.y - points[a]!.y];
    push(a, b, (strength * Math.hypot(dx, dy)) / apart / 2, dx, dy);
  }
  points.forEach((point, i) => {
    const move = moves[i]!;
    const length = Math.hypot(move.x, move.y) || 1;
    const step = Math.min(length, longest);
    point.x += (move.x / length) * step;
    point.y += (move.y / length) * step;
  });
}

function stretched(order: GraphNode[], points: Point[], width: number, height: number, margin: Point): Map<number, Point> {
  const range = (values: number[], from: number, to: number) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return (value: number) => (high - low < 1e-6 ? (from + to) / 2 : from + ((to - from) * (value - low)) / (high - low));
  };
  const x = range(points.map((point) => point.x), margin.x, width - margin.x);
  const y = range(points.map((point) => point.y), margin.y, height - margin.y);
  return new Map(order.map((node, i) => [node.node_id, { x: x(points[i]!.x), y: y(points[i]!.y) }]));
}

/** The asked record's cluster and the records that a link connects with it directly. */
export function nearest(nodes: GraphNode[], edges: GraphEdge[]): Set<number> {
  const own = new Set(nodes.filter((node) => node.cluster === 0).map((node) => node.node_id));
  const near = new Set(own);
  for (const { a, b } of edges) {
    if (own.has(a)) near.add(b);
    if (own.has(b)) near.add(a);
  }
  return near;
}

/** How many groups the records make when only merges of this confidence hold. */
export function groupsAt(nodes: GraphNode[], merges: { a: number; b: number; confidence: number }[], confidence: number): Map<number, number> {
  const of = new Map(nodes.map((node) => [node.node_id, node.node_id]));
  const root = (node: number): number => {
    let at = node;
    while (of.get(at) !== at && of.has(at)) at = of.get(at)!;
    return at;
  };
  for (const merge of merges) if (merge.confidence >= confidence && of.has(merge.a) && of.has(merge.b)) of.set(root(merge.a), root(merge.b));
  return new Map(nodes.map((node) => [node.node_id, root(node.node_id)]));
}
