// The live list itself. Its frame has one height and its rows too, so nothing moves but what is new. While one reads further
// down, walks through it by keyboard, or points at a row of many that come, it holds still by itself.

import { memo, useEffect, useRef, useState, type KeyboardEvent } from "react";
import type { EventOf } from "../api/events";
import { gist } from "../lib/flat";
import { clock, iso } from "../lib/format";
import { Chip } from "./bits";

interface Props {
  events: EventOf[];
  chosen: number | null;
  onChoose: (event: EventOf) => void;
  /** It holds still: then all of it is drawn, and else only what a window can show, since all of it is new each moment. */
  still: boolean;
  /** One reads, so the list should hold still. */
  onReading: (reading: boolean) => void;
  /** Grows whenever the list should go back to its top. */
  top: number;
}

/** More than so many new rows in a second run away from a pointer. */
const BRISK = 5;

const ROW_PX = 34;
const drawn = () => Math.ceil(innerHeight / ROW_PX) + 12;

/** True while rows come too fast to point at one. */
function useBrisk(events: EventOf[]): boolean {
  const [brisk, setBrisk] = useState(false);
  const newest = useRef(0);
  newest.current = events[0]?.position ?? 0;
  useEffect(() => {
    let before = newest.current;
    const timer = setInterval(() => {
      setBrisk(newest.current - before > BRISK);
      before = newest.current;
    }, 1_000);
    return () => clearInterval(timer);
  }, []);
  return brisk;
}

export function Stream({ events, chosen, onChoose, still, onReading, top }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const [scrolled, setScrolled] = useState(false);
  const [walked, setWalked] = useState(false);
  const [pointed, setPointed] = useState(false);
  const brisk = useBrisk(events);
  const reading = scrolled || walked || pointed;
  useEffect(() => onReading(reading), [reading, onReading]);
  useEffect(() => {
    if (top === 0 || !frame.current) return;
    frame.current.scrollTop = 0;
    // The button that was pressed goes away, and the row that had the focus may: the frame takes it.
    const at = document.activeElement;
    if (frame.current.contains(at) || at?.closest(".live-waits")) frame.current.focus({ preventScroll: true });
    setWalked(false);
    setPointed(false);
  }, [top]);
  return (
    <div
      className="stream-frame" ref={frame} role="region" aria-label="Events, newest first" tabIndex={0}
      onScroll={(event) => setScrolled(event.currentTarget.scrollTop > 4)}
      onFocus={(event) => setWalked(event.target !== frame.current && event.target.matches(":focus-visible"))}
      onBlur={() => setWalked(false)}
      onKeyDown={walk}
      onPointerMove={(event) => brisk && event.pointerType === "mouse" && setPointed(true)}
      onPointerLeave={() => setPointed(false)}
    >
      <table className="live">
        <thead>
          <tr>
            <th scope="col" className="live-when">Received, UTC</th>
            <th scope="col" className="live-source">Source</th>
            <th scope="col" className="live-call">Call</th>
            <th scope="col" className="live-name">Event</th>
            <th scope="col" className="live-who">Who</th>
            <th scope="col">What it says</th>
          </tr>
        </thead>
        <tbody>
          {(still || !brisk ? events : events.slice(0, drawn())).map((event) => (
            <Row key={event.position} event={event} chosen={event.position === chosen} onChoose={onChoose} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const Row = memo(function Row({ event, chosen, onChoose }: { event: EventOf; chosen: boolean; onChoose: (event: EventOf) => void }) {
  const faults = event.violations?.length ?? 0;
  return (
    <tr className={chosen ? "chosen" : undefined} data-position={event.position}>
      <td className="live-when">
        <time dateTime={iso(event.received_at)}>{clock(event.received_at)}</time>
      </td>
      <td>
        <Chip source={event.source} />
      </td>
      <td>
        <span className="tag">{event.call}</span>
      </td>
      <td className="live-name">
        <button type="button" className="row-opener" aria-pressed={chosen} onClick={() => onChoose(event)}>
          {event.name || event.call}
        </button>
        {faults > 0 && <span className="tag tag-against">{faults} ✕</span>}
      </td>
      <td className="live-who">{event.user_id ?? event.anonymous_id}</td>
      <td className="live-gist">{gist(event.body)}</td>
    </tr>
  );
});

/** Up and down through the rows; Home to the newest. */
function walk(event: KeyboardEvent<HTMLElement>) {
  const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
  if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>(".row-opener")];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  if (at < 0 && step !== 1) return;
  const row = rows[Math.min(rows.length - 1, Math.max(0, at + step))];
  if (!row) return;
  event.preventDefault();
  row.focus();
}
