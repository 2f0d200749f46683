// Lineage drawn: one picks a column to see its way. The table of the same edges beneath is its equal for readers.

import { useMemo } from "react";
import type { EdgeOf } from "../api/tables";
import { edgeKey, layOut, ROW, way, WIDTH, type Spot } from "../lib/lineage";

interface Props {
  edges: EdgeOf[];
  /** The keys of the edges on the way of the picked column; null = none is picked. */
  path: Set<string> | null;
  picked: Spot | null;
  onPick: (spot: Spot) => void;
}

export function LineageGraph({ edges, path, picked, onPick }: Props) {
  const laid = useMemo(() => layOut(edges), [edges]);
  const onPath = useMemo(() => {
    const own = edges.filter((edge) => path?.has(edgeKey(edge)));
    return new Set(own.flatMap((edge) => [`${edge.from_table}.${edge.from_column}`, `${edge.to_table}.${edge.to_column ?? ""}`]));
  }, [edges, path]);
  return (
    <div className="scroll" role="region" aria-label="Lineage, drawing" tabIndex={0}>
      <svg className={path ? "lineage picking" : "lineage"} width={laid.width} height={laid.height} role="group" aria-label="Graph of lineage: columns to choose">
        <g aria-hidden="true">
          {edges.map((edge) => {
            const from = laid.at({ table: edge.from_table, column: edge.from_column });
            const to = laid.at({ table: edge.to_table, column: edge.to_column });
            if (!from || !to) return null;
            const key = edgeKey(edge);
            return <path key={key} data-edge={key} className={`way${edge.to_column === null ? " rows" : ""}${path?.has(key) ? " on" : ""}`} d={way(from, to)} />;
          })}
        </g>
        {laid.boxes.map((box) => (
          <g key={box.table} transform={`translate(${box.x} ${box.y})`}>
            <rect className="box" width={WIDTH} height={box.height} rx="8" />
            <text className="box-name" x="12" y={ROW / 2 + 4} aria-hidden="true">
              <title>{box.table}</title>
              {short(box.table)}
            </text>
            {box.columns.map((column, row) =>
              column === null ? (
                <text key="" className="box-rows" x="12" y={(row + 1.5) * ROW + 4} aria-hidden="true">
                  which rows there are
                </text>
              ) : (
                <Column key={column} spot={{ table: box.table, column }} name={column} y={(row + 1) * ROW} on={onPath.has(`${box.table}.${column}`)}
                  pressed={picked?.table === box.table && picked.column === column} onPick={onPick} />
              ),
            )}
          </g>
        ))}
      </svg>
    </div>
  );
}

const short = (text: string) => (text.length > 27 ? `${text.slice(0, 26)}…` : text);

function Column({ spot, name, y, on, pressed, onPick }: { spot: Spot; name: string; y: number; on: boolean; pressed: boolean; onPick: Props["onPick"] }) {
  return (
    <g
      className={`lineage-column${on ? " on" : ""}${pressed ? " pressed" : ""}`} role="button" tabIndex={0} aria-pressed={pressed} aria-label={`${spot.table}.${name}`}
      onClick={() => onPick(spot)}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        onPick(spot);
      }}
    >
      <rect x="1" y={y} width={WIDTH - 2} height={ROW - 1} rx="5" />
      <text x="12" y={y + ROW / 2 + 4} aria-hidden="true">
        {short(name)}
      </text>
    </g>
  );
}
