// The merge tree of one profile, laid out for drawing.
//
// 1. Given: records, and merges that each name one record of either side, in falling confidence.
// 2. Each merge joins the two groups that its records are in; groups that never join are roots.
// 3. Walking a root gives the order of the leaves in which no bracket crosses another.
// 4. The strongest link between the two sides of a merge is the pair that explains it best.

import type { LinkOf, Merge } from "../api/types";

export interface Leaf {
  node: number;
  row: number;
}
export interface Joint {
  /** Its place in the list of merges. */
  index: number;
  confidence: number;
  /** The pair to explain: the strongest link across, or the representatives when none was scored. */
  pair: [number, number];
  /** Rows (fractions allowed) of the two branches, and the confidence at which each branch began (null: a leaf). */
  top: { row: number; confidence: number | null };
  bottom: { row: number; confidence: number | null };
  size: number;
}
export interface Tree {
  leaves: Leaf[];
  joints: Joint[];
}

export const samePair = (a: [number, number], b: [number, number]) => a.every((node) => b.includes(node));

interface Group {
  nodes: number[];
  parts: [Group, Group] | null;
  index: number;
  confidence: number | null;
}

export function layOut(nodes: number[], merges: Merge[], links: LinkOf[]): Tree {
  const of = new Map<number, Group>();
  for (const node of nodes) of.set(node, { nodes: [node], parts: null, index: -1, confidence: null });
  merges.forEach((merge, index) => join(of, merge, index));
  const leaves: Leaf[] = [];
  const joints: Joint[] = [];
  for (const root of new Set(of.values())) walk(root, leaves, joints, links);
  joints.sort((a, b) => a.index - b.index);
  return { leaves, joints };
}

function join(of: Map<number, Group>, merge: Merge, index: number) {
  const left = of.get(merge.a);
  const right = of.get(merge.b);
  if (!left || !right || left === right) return;
  const group: Group = { nodes: [...left.nodes, ...right.nodes], parts: [left, right], index, confidence: merge.confidence };
  for (const node of group.nodes) of.set(node, group);
}

/** Returns the row at which the group's own branch leaves it. */
function walk(group: Group, leaves: Leaf[], joints: Joint[], links: LinkOf[]): number {
  if (!group.parts || group.confidence === null) {
    const row = leaves.length;
    leaves.push({ node: group.nodes[0] ?? 0, row });
    return row;
  }
  const [left, right] = group.parts;
  const top = walk(left, leaves, joints, links);
  const bottom = walk(right, leaves, joints, links);
  joints.push({
    index: group.index,
    confidence: group.confidence,
    pair: strongest(left.nodes, right.nodes, links),
    top: { row: top, confidence: left.confidence },
    bottom: { row: bottom, confidence: right.confidence },
    size: group.nodes.length,
  });
  return (top + bottom) / 2;
}

function strongest(left: number[], right: number[], links: LinkOf[]): [number, number] {
  const a = new Set(left);
  const b = new Set(right);
  let best: LinkOf | null = null;
  for (const link of links) {
    const across = (a.has(link.a) && b.has(link.b)) || (a.has(link.b) && b.has(link.a));
    if (across && (!best || link.weight > best.weight)) best = link;
  }
  return best ? [best.a, best.b] : [left[0] ?? 0, right[0] ?? 0];
}
