// The shapes of the HTTP API (all under /v1), as the pages use them; those of events are in events.ts.
// Times are RFC 3339 texts; weights are bits (log2 of the odds); probabilities and confidences lie in 0..1.

import type { Activity } from "./events";

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
/** People who live together, as the last run found them. */
export interface Household {
  household_id: string;
  name: string | null;
  address: string | null;
  first_seen: string | null;
  last_seen: string | null;
  members: HouseholdMember[];
}
export interface HouseholdMember {
  profile_id: string;
  name: string | null;
  /** parent, child, adult or unknown, by birth dates. */
  role: string;
  probability: number;
  /** What the person shares with the others, the weightiest first. */
  shared: string[];
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
  household: Household | null;
  /** By what the person can be asked for; `first_at` is when an event first said so. */
  identifiers?: { type: string; value: string; sources: string[]; first_at: string | null }[];
  /** None where no events are known of the person. */
  activity?: Activity | null;
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
  /** What people have decided of the pair: one person, two, or nothing. */
  decided?: boolean | null;
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
  stream: StreamStatus | null;
}
/** How a stream stands that a source follows. */
export interface StreamStatus {
  state: "connecting" | "following" | "waiting" | "away" | "stopped" | "not followed";
  problem: { code: string; message: string; help: string } | null;
  lag: number | null;
  events_per_second: number;
  messages: number;
  events: number;
  bytes: number;
  last_kept_at: string | null;
  last_stored_at: string | null;
  partitions: { topic: string; partition: number; offset: number; end: number }[];
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
  position: number;
  records: number;
  profiles: number;
  confidence: number;
  by_source: BySource[];
  overlap: Overlap[];
  cluster_sizes: ClusterSize[];
  near_threshold: NearPair[];
  model: ModelField[];
  completeness: Completeness[];
  benchmarks: Benchmark[];
  /** The last fifty, oldest first. */
  runs: PastRun[];
}
/** A profile to look at; `value` is what is counted of it. */
export interface ExampleProfile {
  profile_id: string;
  name: string | null;
  value: number;
  record: PairSide;
}
export interface BySource {
  source: string;
  records: number;
  profiles: number;
  duplicates: number;
  duplicates_share: number;
  /** Profiles with several records of it. */
  repeated: number;
  examples: ExampleProfile[];
}
export interface Overlap {
  sources: string[];
  profiles: number;
  examples: ExampleProfile[];
}
export interface ClusterSize {
  size: number;
  profiles: number;
  examples: ExampleProfile[];
}
export interface Completeness {
  field: string;
  label: string;
  records: number;
  records_share: number;
  profiles: number;
  profiles_share: number;
}
export type BenchmarkState = "ok" | "warn" | "bad";
export interface Benchmark {
  id: string;
  label: string;
  text: string;
  value: number;
  unit: "share" | "count";
  expected_low: number;
  expected_high: number;
  bad_above: number;
  state: BenchmarkState;
  profiles: number;
  /** Its values in the runs before, the oldest first. */
  past: number[];
  examples: ExampleProfile[];
}
export interface PastRun {
  position: number;
  at: string | null;
  records: number;
  profiles: number;
  largest: number | null;
  confidence: number;
  dedupe_rate: number;
  /** By the name of a benchmark, or `duplicates:` and a source; empty where they were not counted then. */
  figures: { [name: string]: number };
}

// ---- stewardship: the model, thresholds, decisions, review, clusters, preview ----

export interface Comparison {
  label: string;
  columns: string[];
  aspect: string;
  present: number;
  distinct: number;
  shared_in_household: number;
  levels: ModelField["levels"];
  /** The commonest values and the rarest, with what their rarity adds. */
  term_frequencies: { value: string; records: number; bits: number }[];
}
export interface Blocking {
  rule: string;
  /** Null until the next resolution has counted them. */
  pairs: number | null;
  edges: number | null;
}
export interface MatchRule {
  name: string;
  fields: string[];
  verdict: "match" | "differ";
  confidence: number | null;
  group_max: number | null;
  keys: number;
  links: number;
  too_large: number;
  example: string | null;
}
export interface Unlinkable {
  confidence: number;
  weight_bits: number;
  records: number;
  share: number;
}
export interface Model {
  position: number;
  model_position: number;
  toml: string;
  trained_on: number;
  prior_match: number;
  prior_bits: number;
  prior_relative: number;
  confidence: number;
  comparisons: Comparison[];
  blocking: Blocking[];
  rules: MatchRule[];
  unlinkables: Unlinkable[];
  /** The share of records that a perfect copy of themselves gives less than so many bits. */
  self_match: { weight_bits: number; share: number }[];
  says_least: PairSide[];
}

export interface ReliabilityBin {
  from: number;
  to: number;
  pairs: number;
  stated: number | null;
  labelled: number;
  same: number;
  stated_labelled: number | null;
  share: number | null;
  /** Wilson's interval at 95 %. */
  low: number | null;
  high: number | null;
  few: boolean;
}
export interface Reliability {
  position: number;
  labels: { always: number; never: number };
  few: boolean;
  labels_wanted: number;
  learnt_from: number;
  calibration_error: number | null;
  bins: ReliabilityBin[];
  furthest: { a: PairSide; b: PairSide; probability: number; same: boolean }[];
}

export interface PairBand {
  from_bits: number;
  to_bits: number;
  pairs: number;
  merged: number;
}
export interface PairPattern {
  id: string;
  levels: string[];
  sampled: number;
  pairs_estimated: number;
  share: number;
  weight_low: number;
  weight_high: number;
  merged_share: number;
}
export interface ScoredPairs {
  position: number;
  confidence: number;
  weight_bits: number;
  pairs: number;
  sampled: number;
  bands: PairBand[];
  comparisons: string[];
  patterns: PairPattern[];
  patterns_found: number;
}
export interface ExamplePair extends NearPair {
  weight: number;
  pattern: string;
  levels: string[];
}
export interface ExamplePairs {
  position: number;
  found: number;
  pairs: ExamplePair[];
}

export interface Confusion {
  true_positives: number;
  false_positives: number;
  false_negatives: number;
  true_negatives: number;
  precision: number | null;
  recall: number | null;
}
export interface Threshold {
  confidence: number;
  weight_bits: number;
  clusters: number;
  merged_records: number;
  largest: number;
  pairs: number;
  precision_estimated: number;
  recall_estimated: number;
  labelled: Confusion | null;
}
export interface Thresholds {
  position: number;
  confidence: number;
  records: number;
  labels: { always: number; never: number };
  thresholds: Threshold[];
}

export type Verdict = "always" | "never" | "blocked";
/** A decision that one wishes for: two records, or a field and its value. */
export interface Wish {
  verdict: Verdict;
  a?: string;
  b?: string;
  field?: string;
  value?: string;
}
export interface DecidedRecord {
  source: string;
  key: string;
  node_id: number | null;
  name: string | null;
  profile_id: string | null;
}
export interface Decision {
  id: number;
  verdict: Verdict;
  a: DecidedRecord | null;
  b: DecidedRecord | null;
  field: string | null;
  value: string | null;
  reason: string;
  author: string;
  decided_at: string;
  in_force: boolean;
  applied: boolean;
  withdrawn: { reason: string; author: string; at: string } | null;
}
export interface Applied {
  changes: { [kind: string]: number };
  profiles: number;
  seconds: number;
}
export interface Decided {
  position: number;
  decisions: Decision[];
  applied: Applied | null;
}
export interface Decisions {
  position: number;
  in_force: number;
  pending: number;
  decisions: Decision[];
}

export interface ReviewPair extends NearPair {
  weight: number;
  /** Records of both profiles together: what the answer moves. */
  records: number;
  why: string;
}
export interface ReviewQueue {
  position: number;
  confidence: number;
  uncertain: number;
  decided: number;
  pairs: ReviewPair[];
}

export type EdgeState = "inside" | "below" | "outvoted" | "refused";
export interface GraphNode extends PairSide {
  profile_id: string | null;
  /** 0: with the asked record; others are neighbours. */
  cluster: number;
}
export interface GraphEdge extends LinkOf {
  state: EdgeState;
}
export interface Cluster {
  position: number;
  asked: number;
  confidence: number;
  nodes: GraphNode[];
  edges: GraphEdge[];
  merges: Merge[];
  decisions: Decision[];
  weakest: { confidence: number; left: number[]; right: number[]; strongest: LinkOf | null } | null;
  truncated: boolean;
}

export interface RuleWish {
  name: string;
  fields: string[];
  verdict: "match" | "differ";
  confidence?: number;
  group_max?: number;
}
export interface PreviewAsk {
  model?: string;
  confidence?: number;
  /** Stand instead of all that kith.toml has. */
  rules?: RuleWish[];
  decisions?: Wish[];
  withdraw?: number[];
}
export interface Totals {
  records: number;
  profiles: number;
  largest: number;
  confidence: number;
}
export interface PreviewPerson {
  profile_id: string | null;
  name: string | null;
  size: number;
  /** At most twelve. */
  records: PairSide[];
}
export interface Sample {
  kind: "merged" | "split" | "regrouped" | "changed" | "new" | "gone";
  before: PreviewPerson[];
  after: PreviewPerson[];
}
export interface Preview {
  position: number;
  /** Stands for the whole outcome; equal digest, equal outcome. */
  digest: string;
  unchanged: boolean;
  before: Totals;
  after: Totals;
  changes: { [kind: string]: number };
  merged: number;
  split: number;
  created: number;
  closed: number;
  people_affected: number;
  records_moved: number;
  samples: Sample[];
}
export interface Promoted extends Preview {
  applied: Applied;
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
