// The one way to the server. Reads: the session's token. Fails: always as an ApiError that says what, why and what next.

import type {
  Applied, ChangesAnswer, Cluster, Decided, Decisions, ExamplePairs, Explanation, Health, HistoryValue, Identity, Model, Preview, PreviewAsk, Profile, Promoted,
  Reject, Reliability, ReviewQueue, ScoredPairs, SearchAnswer, SourceOf, SqlAnswer, Thresholds, Wish,
} from "./types";
import type { Arrivals, EventCounts, EventPage, Freshness, JsonObject, Noted, RefusedEvent, RefusedWanted, Replayed, TrackingPlans } from "./events";
import type { OpenApi } from "./offers";
import type { ConnectionOf, ConnectionTest, CopyChecked, CopyOf, CopyRefreshed, Explained, LabelsOf, LineageOf, TableOf, TableProfile, UsageOf } from "./tables";
import { exact } from "../lib/exact";

const TOKEN_KEY = "kith.token";

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly help: string,
  ) {
    super(message);
  }
}

type Listener = () => void;
const listeners = new Set<Listener>();
/** Why the sign-in page is shown, when it is not the first visit. */
let refused = false;

export const session = {
  token: (): string | null => sessionStorage.getItem(TOKEN_KEY),
  refused: () => refused,
  set(token: string) {
    refused = false;
    sessionStorage.setItem(TOKEN_KEY, token);
    listeners.forEach((tell) => tell());
  },
  end(why: "left" | "refused") {
    refused = why === "refused";
    sessionStorage.removeItem(TOKEN_KEY);
    // What was asked may name people: it goes with whoever leaves.
    if (why === "left") sessionStorage.clear();
    listeners.forEach((tell) => tell());
  },
  subscribe(listener: Listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  /** Takes `#token=…` from the address, and the token out of the address bar and the history. */
  takeFromAddress() {
    const found = /^#token=([^&]+)/.exec(location.hash);
    if (!found?.[1]) return;
    history.replaceState(null, "", location.pathname + "#/");
    session.set(decodeURIComponent(found[1]));
  },
};

/** `read`: how the answer's text becomes a value. */
async function ask<T>(path: string, init: RequestInit = {}, read: (text: string) => T = JSON.parse): Promise<T> {
  const response = await answerTo(path, init, "application/json");
  return read(await response.text());
}

/** The answer, where it is a good one. */
async function answerTo(path: string, init: RequestInit, accept: string): Promise<Response> {
  const token = session.token();
  const headers = new Headers(init.headers);
  headers.set("accept", accept);
  if (token) headers.set("authorization", `Bearer ${token}`);
  let response: Response;
  try {
    response = await fetch(`/v1${path}`, { ...init, headers, cache: "no-store", credentials: "omit" });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError(0, "K-UI-NETWORK", "Kith does not answer.", "Is `kith serve` still running? Start it and try again.");
  }
  if (response.ok) return response;
  const error = await errorOf(response);
  if (response.status === 401 && token === session.token()) session.end("refused");
  throw error;
}

async function errorOf(response: Response): Promise<ApiError> {
  try {
    const { error } = (await response.json()) as { error: { code: string; message: string; help?: string } };
    return new ApiError(response.status, error.code, error.message, error.help ?? "");
  } catch {
    return new ApiError(response.status, `HTTP ${response.status}`, "The server could not answer this.", "Try again; the server's log says more.");
  }
}

function send<T>(method: "POST" | "PUT" | "DELETE", path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const init: RequestInit = { method, signal };
  if (body !== undefined) Object.assign(init, { body: JSON.stringify(body), headers: { "content-type": "application/json" } });
  return ask<T>(path, init);
}

function query(values: { [name: string]: string | number | boolean | undefined }): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined && value !== "") search.set(name, String(value));
  const text = search.toString();
  return text ? `?${text}` : "";
}

/** `type:value`, safe as one path segment. The colon between them stays readable. */
const lookup = (type: string, value: string) => `${encodeURIComponent(type)}:${encodeURIComponent(value)}`;

/** For owners: as it would be for somebody with these roles, with commas between. */
const tried = (role: string) => {
  const roles = role.split(",").map((one) => one.trim()).filter(Boolean);
  return roles.length > 0 ? { as: { roles } } : {};
};

export const api = {
  health: (signal?: AbortSignal) => ask<Health>("/health", { signal }),
  views: (signal?: AbortSignal) => ask<Freshness>("/health/views", { signal }),
  search: (q: string, signal?: AbortSignal) => ask<SearchAnswer>(`/profiles${query({ q, limit: 20 })}`, { signal }),
  profile: (type: string, value: string, confidence?: number, signal?: AbortSignal) =>
    ask<Profile>(`/profiles/${lookup(type, value)}${query({ confidence })}`, { signal }),
  /** Server-sent events: their body, as it comes. */
  stream: async (path: string, signal: AbortSignal) => {
    const { body, headers } = await answerTo(path, { signal }, "text/event-stream");
    if (body && headers.get("content-type")?.startsWith("text/event-stream")) return body;
    throw new ApiError(0, "K-UI-ANSWER", "The answer could not be read.", "A proxy may stand between that can not pass on a stream.");
  },
  profileEvents: (id: string, wanted: { confidence?: number; before?: string; call?: string; name?: string; limit: number }, signal?: AbortSignal) =>
    ask<EventPage>(`/profiles/${lookup("profile", id)}/events${query(wanted)}`, { signal }, exact),
  history: (profileId: string, field: string, signal?: AbortSignal) =>
    ask<{ values: HistoryValue[] }>(`/profiles/${encodeURIComponent(profileId)}/history${query({ field })}`, { signal }),
  explain: (a: number | string, b: number | string, signal?: AbortSignal) => ask<Explanation>(`/explain${query({ a, b })}`, { signal }),
  changes: (since: number, limit: number, signal?: AbortSignal) => ask<ChangesAnswer>(`/changes${query({ since, limit })}`, { signal }),
  sources: (signal?: AbortSignal) => ask<SourceOf[]>("/sources", { signal }),
  rejects: (source: string | undefined, limit: number, signal?: AbortSignal) => ask<Reject[]>(`/rejects${query({ source, limit })}`, { signal }),
  identity: (signal?: AbortSignal) => ask<Identity>("/identity", { signal }),
  sql: (text: string, signal?: AbortSignal) => send<SqlAnswer>("POST", "/sql", { query: text }, signal),
  /** A query's answer as it comes, in the form that `accept` names. `safe`: no spreadsheet takes a value for a formula. */
  sqlAnswer: (text: string, accept: string, signal?: AbortSignal, safe = false, role = "") =>
    answerTo(`/sql${query({ safe: safe || undefined })}`, { method: "POST", body: JSON.stringify({ query: text, ...tried(role) }), headers: { "content-type": "application/json" }, signal }, accept),
  endQuery: (id: string) => send<{ ended: string }>("DELETE", `/sql/${encodeURIComponent(id)}`),
  /** `run`: it is run too, and its rows are left aside. */
  explainSql: (text: string, run: boolean, signal?: AbortSignal, role = "") => send<Explained>("POST", "/sql/explain", { query: text, run, ...tried(role) }, signal),
  saveView: (name: string, text: string) => send<{ saved: string }>("PUT", `/views/${encodeURIComponent(name)}`, { query: text }),
  tables: (signal?: AbortSignal) => ask<{ tables: TableOf[] }>("/tables", { signal }),
  tableProfile: (schema: string, table: string, signal?: AbortSignal) =>
    ask<TableProfile>(`/tables/${encodeURIComponent(schema)}/${encodeURIComponent(table)}/profile`, { signal }),
  lineage: (of: { table?: string | undefined; column?: string | undefined }, signal?: AbortSignal) => ask<LineageOf>(`/lineage${query(of)}`, { signal }),
  connections: (signal?: AbortSignal) => ask<{ connections: ConnectionOf[] }>("/connections", { signal }),
  testConnection: (name: string) => send<ConnectionTest>("POST", `/connections/${encodeURIComponent(name)}/test`),
  copies: (signal?: AbortSignal) => ask<{ copies: CopyOf[] }>("/copies", { signal }),
  refreshCopy: (table: string, whole: boolean) => send<CopyRefreshed>("POST", `/copies/${encodeURIComponent(table)}/refresh${query({ whole: whole || undefined })}`),
  checkCopy: (table: string) => send<CopyChecked>("POST", `/copies/${encodeURIComponent(table)}/check`),
  usage: (wanted: { from?: string; table?: string }, signal?: AbortSignal) => ask<{ from: string; usage: UsageOf[] }>(`/usage${query(wanted)}`, { signal }),
  /** Null where this server has no labels, or not for us. */
  labels: async (signal?: AbortSignal): Promise<LabelsOf[] | null> => {
    try {
      const answer = await ask<LabelsOf[] | { labels: LabelsOf[] }>("/labels", { signal });
      return Array.isArray(answer) ? answer : answer.labels;
    } catch (cause) {
      if (cause instanceof ApiError && [403, 404].includes(cause.status)) return null;
      throw cause;
    }
  },
  setLabels: (schema: string, table: string, column: string, labels: string[]) =>
    send<unknown>("PUT", `/labels/${[schema, table, column].map(encodeURIComponent).join("/")}`, { labels }),
  model: (signal?: AbortSignal) => ask<Model>("/model", { signal }),
  thresholds: (signal?: AbortSignal) => ask<Thresholds>("/model/thresholds", { signal }),
  reliability: (signal?: AbortSignal) => ask<Reliability>("/model/reliability", { signal }),
  scored: (signal?: AbortSignal) => ask<ScoredPairs>("/model/pairs", { signal }),
  examples: (band: number | undefined, pattern: string | undefined, limit: number, signal?: AbortSignal) =>
    ask<ExamplePairs>(`/model/pairs/examples${query({ band, pattern, limit })}`, { signal }),
  /** `first`: the nodes of a pair that comes before all others. */
  queue: (limit: number, first: [string, string] | undefined, signal?: AbortSignal) =>
    ask<ReviewQueue>(`/review/queue${query({ limit, a: first?.[0], b: first?.[1] })}`, { signal }),
  cluster: (node: string, signal?: AbortSignal) => ask<Cluster>(`/clusters/${encodeURIComponent(node)}`, { signal }),
  decisions: (signal?: AbortSignal) => ask<Decisions>("/decisions", { signal }),
  decide: (decisions: Wish[], reason: string, apply: boolean) => send<Decided>("POST", "/decisions", { decisions, reason, apply }),
  undo: (id: number, reason: string, apply: boolean) => send<Decided>("DELETE", `/decisions/${id}${query({ reason, apply })}`),
  apply: () => send<Applied>("POST", "/decisions/apply"),
  openapi: () => ask<OpenApi>("/openapi.json"),
  /** Without `after`: the last ones. */
  arrivals: (wanted: { after?: number; limit: number }, signal?: AbortSignal) => ask<Arrivals>(`/events${query(wanted)}`, { signal }, exact),
  eventCounts: (signal?: AbortSignal) => ask<EventCounts>("/events/counts", { signal }),
  refusedEvents: (wanted: Partial<RefusedWanted> & { before?: number; limit: number }, signal?: AbortSignal) =>
    ask<RefusedEvent[]>(`/events/refused${query(wanted)}`, { signal }),
  /** `patch`: what is changed of each before it is taken in; `dry_run`: nothing is written. */
  replay: (refused: RefusedWanted, how: { patch?: JsonObject; dry_run: boolean }) => send<Replayed>("POST", "/events/refused/replay", { refused, ...how }),
  discard: (refused: RefusedWanted, reason: string) => send<{ discarded: number }>("POST", "/events/refused/discard", { refused, reason }),
  violations: (signal?: AbortSignal) => ask<Noted>("/events/violations", { signal }),
  trackingPlan: (signal?: AbortSignal) => ask<TrackingPlans>("/tracking-plan", { signal }),
  reloadPlans: () => send<TrackingPlans>("POST", "/tracking-plan/reload"),
  preview: (what: PreviewAsk, signal?: AbortSignal) => send<Preview>("POST", "/preview", what, signal),
  promote: (what: PreviewAsk & { digest: string }) => send<Promoted>("POST", "/promote", what),
};
