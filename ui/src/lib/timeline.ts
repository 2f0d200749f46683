// A person's timeline, newest first: its head is asked again when the stream says that something is new (each second where there is
// none), and earlier pages when they are wished for.

import { useEffect, useRef, useState } from "react";
import { api, type ApiError } from "../api/client";
import type { EventOf, EventPage } from "../api/events";
import { useAct } from "./act";
import { usePoll } from "./repeat";

const EVERY_MS = 1_000;
/** Beside the stream; what it said may have been a moment too early. */
const BESIDE_MS = 15_000;
const PAGE = 25;

export interface TimelineOf {
  profile: string;
  confidence?: number;
  call: string;
  name: string;
}
export interface Timeline {
  events: EventOf[];
  /** Null until the first answer. */
  more: boolean | null;
  error: ApiError | null;
  lost: boolean;
  busy: boolean;
  earlier: () => void;
}
interface Known extends EventPage {
  of: string;
}

const isOlder = (a: EventOf, b: EventOf): boolean => {
  const [at, bt] = [Date.parse(a.timestamp), Date.parse(b.timestamp)];
  return at < bt || (at === bt && a.position < b.position);
};

/** The head as it is now, and of what was known what is older. Without a common event there may be a gap: then the head alone. */
function joined(known: Known | null, head: EventPage, of: string): Known {
  const last = head.events.at(-1);
  const positions = new Set(known?.events.map((event) => event.position));
  if (!known || known.of !== of || head.next === null || !last || !head.events.some((event) => positions.has(event.position))) return { ...head, of };
  const older = known.events.filter((event) => isOlder(event, last));
  return { of, events: [...head.events, ...older], next: older.length > 0 ? known.next : head.next };
}

/** `onNews`: something came that was not there before. */
export function useTimeline({ profile, confidence, call, name }: TimelineOf, onNews: () => void, live: { streamed: boolean; news: number }): Timeline {
  const of = [profile, confidence ?? "", call, name].join("\n");
  const wanted = { confidence, call: call || undefined, name: name || undefined, limit: PAGE };
  const head = usePoll(of, async (signal) => ({ of, page: await api.profileEvents(profile, wanted, signal) }), live.streamed ? BESIDE_MS : EVERY_MS, live.news);
  const [known, setKnown] = useState<Known | null>(null);
  const act = useAct();
  const newest = useRef({ of: "", position: 0 });
  const tell = useRef(onNews);
  tell.current = onNews;
  useEffect(() => {
    if (!head.data) return;
    const { of: answered, page } = head.data;
    setKnown((before) => (same(before, page, answered) ? before : joined(before, page, answered)));
    const position = Math.max(0, ...page.events.map((event) => event.position));
    const news = newest.current.of === answered && position > newest.current.position;
    newest.current = { of: answered, position };
    if (news) tell.current();
  }, [head.data]);
  const earlier = async () => {
    if (!known?.next) return;
    const page = await act.run(() => api.profileEvents(profile, { ...wanted, before: known.next ?? undefined }));
    if (!page) return;
    setKnown((before) => {
      if (!before || before.of !== known.of) return before;
      const have = new Set(before.events.map((event) => event.position));
      return { ...before, events: [...before.events, ...page.events.filter((event) => !have.has(event.position))], next: page.next };
    });
  };
  const current = known?.of === of ? known : null;
  return {
    events: (current ?? known)?.events ?? [],
    more: current ? current.next !== null : null,
    error: act.error ?? (known ? null : head.error),
    lost: head.error !== null,
    busy: act.busy,
    earlier,
  };
}

function same(known: Known | null, head: EventPage, of: string): boolean {
  return known?.of === of && head.events.length <= known.events.length && head.events.every((event, i) => known.events[i]?.position === event.position);
}
