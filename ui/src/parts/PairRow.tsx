// The cells of a row that is a pair of records.

import type { PairSide } from "../api/types";
import { Chip } from "./bits";

export function Side({ record }: { record: PairSide }) {
  return (
    <>
      <span className="value">{record.name || "No name"}</span> <Chip source={record.source} record={record.key} />
    </>
  );
}

/** What became of it. */
export function Taken({ merged }: { merged: boolean }) {
  return <span className={merged ? "tag tag-for" : "tag tag-against"}>{merged ? "one person" : "two persons"}</span>;
}
