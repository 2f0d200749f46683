// The shapes of the HTTP API (all under /v1), as the pages use them.
// Times are RFC 3339 texts; weights are bits (log2 of the odds); probabilities and confidences lie in 0..1.

export interface SearchHit {
  profile_id: string;
  name: string | null;
  email: string | null;
  phone: string | null;
  city: string | null;
  records: number;
  sources: string[];
  score: number;
}
export interface SearchAnswer {
  position: number;
  results: SearchHit[];
}

/** One value with the record that says it. */
export interface ValueFrom {
  value: string;
  original: string;
  source: string;
  key: string;
  node_id: number;
  updated_at: string | null;
}
export interface Golden extends ValueFrom {
  field: string;
  label?: string;
  /** The survivorship rule that decided, in words. */
  rule: string;
  losers: ValueFrom[];
  /** Other values that stand beside the winner: a second e-mail, a second phone. */
  also: ValueFrom[];
}
export interface FieldValue {
  field: string;
  normal: string;
  original: string;
  column: string;
}
export interface RecordOf {
  node_id: number;
  source: string;
  key: string;
  updated_at: string | null;
  received_at: string | null;
  row: { [column: string]: unknown };
  values: FieldValue[];
}
export interface LinkOf {
  a: number;
  b: number;
  weight: number;
  probability: number;
}
export interface Merge {
  a: number;
  b: number;
  confidence: number;
}
export interface AtConfidence {
  confidence: number;
  records: number;
}
export interface Profile {
  position: number;
  /** None, where the record has come but nothing was resolved since. */
  profile_id: string | null;
  asked: { type: string; value: string };
  confidence: number;
  certainty: number;
  redirected_from: string | null;
  golden: Golden[];
  records: RecordOf[];
  links: LinkOf[];
  merges: Merge[];
  looser: AtConfidence[];
  stricter: AtConfidence[];
}

export interface FieldWeight {
  field: string;
  label?: string;
  left: string | null;
  right: string | null;
  level: string;
  m: number | null;
  u: number | null;
  /** What the comparison adds, the rarity of the value included. */
  weight_bits: number;
  /** The part of `weight_bits` that comes from the value being rarer (+) or commoner (−) than most. */
  term_frequency_bits: number;
}
export interface Explanation {
  a: RecordOf;
  b: RecordOf;
  prior_bits: number;
  fields: FieldWeight[];
  /** The total: `prior_bits` and the weights of all fields. */
  weight_bits: number;
  probability: number;
}

export interface HistoryValue {
  value: string | null;
  original: string | null;
  source: string;
  key: string;
  position: number;
  at: string | null;
  event: string;
}

export interface Change {
  position: number;
  change: string;
  profile?: string;
  from?: string;
  into?: string;
  nodes?: number[];
}
export interface ChangesAnswer {
  changes: Change[];
  next: number | null;
}

export interface SourceOf {
  name: string;
  kind: string;
  records: number;
  read: number;
  landed: number;
  unchanged: number;
  rejected: number;
  removed: number;
  last_pulled_at: string | null;
  rank: number | null;
  fields: { column: string; field: string }[];
}
export interface Reject {
  position: number;
  source: string;
  place: string;
  code: string;
  reason: string;
  original: string | null;
}

export interface PairSide {
  node_id: number;
  source: string;
  key: string;
  name: string | null;
}
export interface NearPair {
  a: PairSide;
  b: PairSide;
  probability: number;
  merged: boolean;
}
export interface ModelField {
  field: string;
  label?: string;
  levels: { level: string; m: number; u: number; weight_bits: number }[];
}
export interface Identity {
  records: number;
  profiles: number;
  confidence: number;
  by_source: { source: string; records: number; profiles: number; duplicates: number }[];
  overlap: { sources: string[]; profiles: number }[];
  cluster_sizes: { size: number; profiles: number }[];
  near_threshold: NearPair[];
  model: ModelField[];
}

export interface SqlAnswer {
  columns: { name: string; type: string }[];
  rows: unknown[][];
  truncated: boolean;
}
export interface Health {
  status: string;
  version: string;
}
