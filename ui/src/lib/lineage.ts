// Lineage as a drawing: tables stand in layers, each behind all that it is made of, and each shows the columns that edges touch.

import type { EdgeOf } from "../api/tables";

export const ROW = 26;
export const WIDTH = 210;
const GAP = 96;
const SPACE = 22;
const EDGE = 8;

/** `column === null`: which rows the table has. */
export interface Spot {
  table: string;
  column: string | null;
}
export interface Box {
  table: string;
  columns: (string | null)[];
  x: number;
  y: number;
  height: number;
}
export interface Laid {
  boxes: Box[];
  width: number;
  height: number;
  at: (spot: Spot) => { x: number; y: number } | undefined;
}

export const edgeKey = (edge: EdgeOf) => JSON.stringify([edge.from_table, edge.from_column, edge.to_table, edge.to_column, edge.by]);

/** The edges of several lists, each once. */
export function union(...lists: EdgeOf[][]): EdgeOf[] {
  return [...new Map(lists.flat().map((edge) => [edgeKey(edge), edge])).values()];
}

/** How many steps each table is from the first, against the edges or along them. */
function steps(edges: EdgeOf[], from: string, next: (edge: EdgeOf) => [string, string]): Map<string, number> {
  const found = new Map([[from, 0]]);
  const queue = [from];
  for (let table = queue.shift(); table !== undefined; table = queue.shift()) {
    for (const edge of edges) {
      const [here, there] = next(edge);
      if (here !== table || found.has(there)) continue;
      found.set(there, (found.get(table) ?? 0) + 1);
      queue.push(there);
    }
  }
  return found;
}

/** What of `made_of` and `touches` lies within so many tables of one. */
export function within(madeOf: EdgeOf[], touches: EdgeOf[], table: string, depth: number): EdgeOf[] {
  const up = steps(madeOf, table, (edge) => [edge.to_table, edge.from_table]);
  const down = steps(touches, table, (edge) => [edge.from_table, edge.to_table]);
  const near = (found: Map<string, number>, name: string) => (found.get(name) ?? Infinity) <= depth;
  return union(
    madeOf.filter((edge) => near(up, edge.from_table)),
    touches.filter((edge) => near(down, edge.to_table)),
  );
}

/** The layer of each table: one more than the greatest of those that it is made of. A circle ends after as many rounds as there are tables. */
function layers(tables: string[], edges: EdgeOf[]): Map<string, number> {
  const layer = new Map(tables.map((table) => [table, 0]));
  for (let round = 0; round < tables.length; round++) {
    let moved = false;
    for (const { from_table, to_table } of edges) {
      const wanted = Math.min((layer.get(from_table) ?? 0) + 1, tables.length - 1);
      if (from_table === to_table || (layer.get(to_table) ?? 0) >= wanted) continue;
      layer.set(to_table, wanted);
      moved = true;
    }
    if (!moved) break;
  }
  return layer;
}

export function layOut(edges: EdgeOf[]): Laid {
  const columns = new Map<string, Set<string | null>>();
  const touch = (table: string, column: string | null) => columns.set(table, (columns.get(table) ?? new Set()).add(column));
  for (const edge of edges) {
    touch(edge.from_table, edge.from_column);
    touch(edge.to_table, edge.to_column);
  }
  const tables = [...columns.keys()].sort();
  const layer = layers(tables, edges);
  const bottoms: number[] = [];
  const boxes = tables.map((table): Box => {
    const at = layer.get(table) ?? 0;
    const own = [...(columns.get(table) ?? [])].sort((a, b) => (a === null ? 1 : b === null ? -1 : a.localeCompare(b)));
    const y = bottoms[at] ?? EDGE;
    const height = (own.length + 1) * ROW;
    bottoms[at] = y + height + SPACE;
    return { table, columns: own, x: EDGE + at * (WIDTH + GAP), y, height };
  });
  const spots = new Map(boxes.flatMap((box) => box.columns.map((column, row) => [spotKey({ table: box.table, column }), { x: box.x, y: box.y + (row + 1.5) * ROW }])));
  return {
    boxes,
    width: Math.max(0, ...boxes.map((box) => box.x + WIDTH)) + EDGE,
    height: Math.max(0, ...boxes.map((box) => box.y + box.height)) + EDGE,
    at: (spot) => spots.get(spotKey(spot)),
  };
}

const spotKey = ({ table, column }: Spot) => JSON.stringify([table, column]);

/** A way from the right side of one column to the left side of another. */
export function way(from: { x: number; y: number }, to: { x: number; y: number }): string {
  const [x, end] = [from.x + WIDTH, to.x];
  const bend = Math.max(40, (end - x) / 2);
  return `M${x} ${from.y}C${x + bend} ${from.y} ${end - bend} ${to.y} ${end} ${to.y}`;
}
