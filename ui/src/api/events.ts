// The shapes of what people do: events, how they were counted, what was refused, and the tracking plan.
// Fields with `?` may come from a newer server than today's; the pages show them where they are.

/** Any JSON value. A number that JavaScript can not hold exactly stays as it was written (see `exact`). */
export type Json = unknown;
export interface JsonObject {
  [member: string]: Json;
}

/** What is not as the tracking plan has it: where in the event (a JSON pointer), in which way, and in words. */
export interface Violation {
  field: string;
  kind: string;
  message: string;
}
export interface EventOf {
  position: number;
  source: string;
  /** track, identify, page, screen, group or alias. */
  call: string;
  name: string;
  message_id: string;
  user_id: string | null;
  anonymous_id: string | null;
  timestamp: string;
  received_at: string;
  /** As it was sent. */
  body: { [member: string]: Json };
  violations?: Violation[];
  derived?: { [fact: string]: Json };
  items?: ItemName[];
}
/** An item of a catalogue that an event names, as the catalogue has it now. */
export interface ItemName {
  catalog: string;
  id: string;
  name: string | null;
  /** The catalogue has it no longer. */
  gone: boolean;
}
export interface Arrivals {
  events: EventOf[];
  /** Give this as `after` for what comes next. */
  next: number;
}
export interface EventPage {
  events: EventOf[];
  next: string | null;
}

/** `received = accepted + duplicate + refused`, always. */
export interface SourceCounts {
  source: string;
  received: number;
  accepted: number;
  duplicate: number;
  refused: number;
  /** Those of the refused that somebody gave up. */
  discarded?: number;
}
/** Why events are refused. One that a tracking plan refuses names the event and the field too. */
export interface Cause {
  source: string;
  code: string;
  name?: string;
  field?: string;
  /** How many wait for a fix. */
  count: number;
  replayed?: number;
  discarded?: number;
  first_at?: string | null;
  last_at?: string | null;
  example?: RefusedEvent | null;
}
export interface EventCounts {
  /** The last position of the log of events. */
  position: number;
  /** Up to where they are in the profiles. */
  applied: number;
  sources: SourceCounts[];
  refused: Cause[];
}
export interface RefusedEvent {
  position: number;
  source: string;
  call: string | null;
  code: string;
  /** Which part of the request is wrong, a JSON pointer. */
  field: string;
  reason: string;
  original: string;
  received_at: string;
}
/** Which refused events are meant. */
export type RefusedWanted = Pick<Cause, "source" | "code" | "name" | "field">;
export interface Replayed {
  dry_run: boolean;
  looked_at: number;
  accepted: number;
  /** Had been accepted before, under the same message id. */
  duplicate: number;
  still_refused: number;
  /** Did not wait any more. */
  gone: number;
  /** Why those that are refused again are. */
  causes: (RefusedWanted & { count: number })[];
}
/** Let through although the tracking plan does not have it, since the server started. */
export interface Noted {
  since: string;
  violations: { source: string; event: string; kind: string; field: string; count: number }[];
}

export interface NameCount {
  name: string;
  count: number;
  first_at: string;
  last_at: string;
}
/** What somebody did, over all their identities. */
export interface Activity {
  position: number;
  events: number;
  first_at: string | null;
  last_at: string | null;
  by_name: NameCount[];
  /** Declared traits by name; null = there is no value. */
  traits: { [name: string]: Json };
  /** What was said of the person, by the name of the trait. */
  said: { [name: string]: Json };
  groups: string[];
  ids: string[];
  identities: { source: string; id: string; events: number }[];
  /** Those that changed last, first; not all of them. */
  contexts?: ContextOf[];
  context_counts?: { name: string; count: number | null; open: number | null }[];
  sessions?: SessionsOf;
  devices?: ({ kind: string; os?: string; client?: string; model?: string } & Times)[];
  channels?: ({ channel: string } & Times)[];
  campaigns?: ({ source: string; medium: string; name: string } & Times)[];
  first_touch?: Touch | null;
  last_touch?: Touch | null;
  places?: { home: PlaceOf | null; travel: PlaceOf[]; shops: PlaceOf[] };
  bot_events?: number;
}
/** An order, a ticket, a subscription: several events of one thing, and how it stands. */
export interface ContextOf {
  name: string;
  id: string;
  state: string | null;
  open: boolean;
  value: number | null;
  currency: string | null;
  label: string | null;
  opened_at: string;
  changed_at: string;
  events: number;
}
export interface Times {
  events: number;
  first_at: string;
  last_at: string;
}
export interface SessionsOf {
  count: number;
  more_before: boolean;
  events_mean: number | null;
  duration_mean_s: number | null;
}
export interface Touch {
  at: string;
  channel: string;
  campaign: { source?: string; medium?: string; name?: string } | null;
  event: string;
}
export interface PlaceOf {
  country: string;
  region: string;
  city: string;
  days: number;
  orders: number;
}

export interface PlannedProperty {
  path: string;
  types: string[];
  required: boolean;
}
export interface PlannedEvent {
  call: string;
  /** Empty: every event of the call. */
  name: string;
  properties: PlannedProperty[];
}
/** Why a file that has changed is not in force. */
export interface Fault {
  code: string;
  message: string;
  help: string;
  since: string;
}
/** One file, and what of it is in force. */
export interface PlanOf {
  file: string;
  read_at: string;
  fault: Fault | null;
  sources: { source: string; unplanned_events: string; invalid_events: string; unplanned_properties: string }[];
  events: PlannedEvent[];
}
export interface TrackingPlans {
  plans: PlanOf[];
}

/** Something that is computed from a log, and up to where. */
export interface ViewOf {
  name: string;
  log: "records" | "events";
  position: number;
  /** How many entries it lacks, and how long ago the oldest of them came. */
  behind: number;
  behind_seconds: number | null;
  catches_up: string;
  by_itself: boolean;
}
export interface Freshness {
  at: string;
  records: number;
  views: ViewOf[];
  /** Users and visitors that wait to be resolved. */
  unresolved: number;
  /** Files that can not be taken as they are now. */
  faults: ({ file: string } & Fault)[];
}
