// The shapes of what people do: events, how they were counted, what was refused, and the tracking plan.
// Fields with `?` may come from a newer server than today's; the pages show them where they are.

/** Any JSON value. A number that JavaScript can not hold exactly stays as it was written (see `exact`). */
export type Json = unknown;

export interface Violation {
  path: string;
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
}
export interface Cause {
  source: string;
  code: string;
  count: number;
  first_at?: string | null;
  last_at?: string | null;
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
export interface Replayed {
  replayed: number;
  still_refused: number;
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
  /** Orders, tickets, subscriptions: several events of one thing. */
  contexts?: { [member: string]: Json }[];
  sessions?: Json;
  devices?: Json;
  channels?: Json;
  places?: Json;
}

export interface PlannedProperty {
  path: string;
  types: string[];
  required: boolean;
  seen: number;
}
export interface PlannedEvent {
  call: string;
  name: string;
  /** Does the plan name it? */
  known: boolean;
  count: number;
  violations: { path: string; kind: string; count: number; example: Json }[];
  properties: PlannedProperty[];
}
export interface TrackingPlan {
  sources: { source: string; file: string | null; events: PlannedEvent[] }[];
}
