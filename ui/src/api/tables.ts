// The shapes of the catalogue, of connections, of usage and of plans, as the API has them.

export interface Fault {
  code: string;
  message: string;
  help: string;
}
export interface MaskOf {
  mask: string;
  why: string;
}
export interface ColumnOf {
  name: string;
  type: string;
  description: string | null;
  null_means: string | null;
  masked: MaskOf | null;
  /** Of a database: conditions on it are asked there. */
  compared_there: boolean | null;
}
export interface TableOf {
  schema: string;
  table: string;
  kind: "own" | "connection";
  connection_kind: string | null;
  description: string | null;
  grain: string | null;
  rows: number | null;
  rows_exact: boolean;
  rows_filtered: boolean;
  pushed_down: string[];
  columns: ColumnOf[];
  fault: Fault | null;
}
export interface Bin {
  from: number;
  to: number;
  rows: number;
}
export interface ColumnProfile {
  name: string;
  type: string;
  masked: MaskOf | null;
  missing: number;
  blank: number;
  distinct: number;
  least: string | null;
  greatest: string | null;
  average: number | null;
  top: { value: string; rows: number }[];
  histogram: Bin[];
  histogram_unit: "number" | "ms" | null;
}
export interface TableProfile {
  schema: string;
  table: string;
  rows: number | null;
  rows_exact: boolean;
  rows_read: number;
  sample: "all" | "random" | "first";
  took_ms: number;
  columns: ColumnProfile[];
}
export interface ConnectionOf {
  name: string;
  kind: string;
  place: string | null;
  wanted: string[];
  state: "untried" | "good" | "failed";
  looked_ms_ago: number | null;
  tables: number | null;
  fault: Fault | null;
  pushed_down: string[];
  limits: { rows: number; cell_bytes: number; seconds: number; columns: number; scans: number };
}
export interface ConnectionTest {
  name: string;
  good: boolean;
  took_ms: number;
  tables: number | null;
  fault: Fault | null;
}
export interface UsageOf {
  table: string;
  user: string;
  purpose: string | null;
  day: string;
  queries: number;
  rows: number;
}
export interface RemoteAsk {
  table: string;
  asked: string;
  here: string | null;
  keys_of_a_join: boolean;
  /** As the plan writes them; null where it was not run. */
  rows: string | null;
  bytes: string | null;
}
export interface TableRuled {
  table: string;
  rows_filtered: boolean;
  masked: ({ column: string } & MaskOf)[];
}
export interface Explained {
  columns: { name: string; type: string }[];
  tables: TableRuled[];
  scans: RemoteAsk[];
  logical: string;
  physical: string;
  ran_ms: number | null;
}
/** `labels`: null = nobody has confirmed any. */
export interface LabelsOf {
  schema: string;
  table: string;
  column: string;
  labels: string[] | null;
  proposed: { label: string; why: string }[];
}
/** That a column is made of another. `to_column === null`: it decides which rows there are. */
export interface EdgeOf {
  from_table: string;
  from_column: string;
  to_table: string;
  to_column: string | null;
  by: string;
}
/** `made_of` has all edges where no table is named. */
export interface LineageOf {
  made_of: EdgeOf[];
  touches: EdgeOf[];
}

/** A copy of data that Kith holds. */
export interface CopyOf {
  table: string;
  kind: "copy" | "landed";
  mode: "virtual" | "accelerated" | "migrated" | "left" | "landed";
  read_from: "copy" | "source" | "refused";
  owner: string | null;
  purpose: string | null;
  expires: string | null;
  expired: boolean;
  rows: number | null;
  bytes: number | null;
  taken_at: string | null;
  age_s: number | null;
  max_age_s: number | null;
  checked_at: string | null;
  rows_differed: number | null;
}

export interface CopyRefreshed {
  table: string;
  rows: number;
  bytes: number;
  fetched: number;
  whole: boolean;
  took_ms: number;
}

/** Both sides of a copy, compared. */
export interface CopyChecked {
  table: string;
  equal: boolean;
  columns_differ: string[];
  rows_source: number;
  rows_copy: number;
  segments: number;
  segments_different: number;
  segments_looked_at: number;
  rows_differ: number;
  rows: { key: (string | null)[]; kind: "missing" | "extra" | "changed" | "repeated"; columns: string[] }[];
  took_ms: number;
}
