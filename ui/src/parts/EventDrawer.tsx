// One event, looked at closely: for people, as it was sent, what a tracking plan says of it, and what was derived from it.
// It lies over the page's edge, so nothing moves; Escape closes it, and the focus goes back to where it came from.

import { useEffect, useRef, useState } from "react";
import type { EventOf } from "../api/events";
import { curl, plainJson } from "../lib/curl";
import { time } from "../lib/format";
import { flat, type Line } from "../lib/flat";
import { Chip, Copy } from "./bits";
import { PersonLink } from "./PersonLink";
import { Tabs } from "./Tabs";

/** `person`: offer the way to the profile; not where one is there already. */
export function EventDrawer({ event, person = true, onClose }: { event: EventOf; person?: boolean; onClose: () => void }) {
  const [open, setOpen] = useState("pretty");
  const frame = useRef<HTMLElement>(null);
  const opener = useRef<Element | null>(null);
  useEffect(() => {
    if (!frame.current?.contains(document.activeElement)) opener.current = document.activeElement;
    frame.current?.focus({ preventScroll: true });
  }, [event.position]);
  useEffect(() => {
    const back = () => opener.current instanceof HTMLElement && opener.current.isConnected && opener.current.focus({ preventScroll: true });
    return () => void back();
  }, []);
  const violations = event.violations ?? [];
  const derived = event.derived && Object.keys(event.derived).length > 0 ? event.derived : null;
  const tabs = [
    { id: "pretty", name: "Pretty", content: <Pretty event={event} /> },
    { id: "raw", name: "Raw JSON", content: <Raw event={event} /> },
    { id: "violations", name: violations.length > 0 ? `Violations (${violations.length})` : "Violations", content: <Violations event={event} /> },
    ...(derived ? [{ id: "derived", name: "Derived", content: <Lines lines={flat(derived)} /> }] : []),
  ];
  return (
    <section
      className="drawer" ref={frame} tabIndex={-1} aria-labelledby="drawer-title"
      onKeyDown={(pressed) => {
        if (pressed.key !== "Escape") return;
        pressed.stopPropagation();
        onClose();
      }}
    >
      <header className="drawer-head">
        <div>
          <p className="drawer-of">
            <span className="tag">{event.call}</span> <Chip source={event.source} />
          </p>
          <h2 id="drawer-title">{event.name || event.call}</h2>
        </div>
        <button type="button" className="quiet" aria-label="Close the event" onClick={onClose}>
          ✕
        </button>
      </header>
      <div className="drawer-acts">
        <Copy text={curl(event)} label="Copy as cURL">
          Copy as cURL
        </Copy>
        {person && <PersonLink key={event.position} event={event} />}
      </div>
      <Tabs label="Ways to look at the event" tabs={tabs} open={open} onOpen={setOpen} />
    </section>
  );
}

function Pretty({ event }: { event: EventOf }) {
  const facts: Line[] = [
    { path: "User", text: event.user_id ?? "–" },
    { path: "Visitor", text: event.anonymous_id ?? "–" },
    { path: "Happened", text: time(event.timestamp) },
    { path: "Received", text: time(event.received_at) },
    { path: "Message id", text: event.message_id },
    { path: "Log position", text: String(event.position) },
  ];
  const parts = (["properties", "traits", "context"] as const).map((name) => ({ name, lines: event.body[name] ? flat(event.body[name]) : [] }));
  return (
    <>
      <Lines lines={facts} />
      {parts
        .filter((part) => part.lines.length > 0)
        .map((part) => (
          <section key={part.name} className="drawer-part">
            <h3>{part.name.charAt(0).toUpperCase() + part.name.slice(1)}</h3>
            <Lines lines={part.lines} />
          </section>
        ))}
    </>
  );
}

function Lines({ lines }: { lines: Line[] }) {
  return (
    <dl className="lines">
      {lines.map((line, i) => (
        <div key={`${line.path} ${i}`}>
          <dt>{line.path || "value"}</dt>
          <dd>{line.text}</dd>
        </div>
      ))}
    </dl>
  );
}

function Raw({ event }: { event: EventOf }) {
  const text = plainJson(event.body, 2);
  return (
    <div className="raw">
      <Copy text={text} label="Copy the JSON">
        Copy
      </Copy>
      <pre>{text}</pre>
    </div>
  );
}

function Violations({ event }: { event: EventOf }) {
  const { violations } = event;
  if (!violations || violations.length === 0) return <p className="note">No tracking plan finds fault with this event.</p>;
  return (
    <ul className="violations">
      {violations.map((one, i) => (
        <li key={i}>
          <code>{one.field || "the event"}</code> <span className="tag tag-against">{one.kind.replaceAll("_", " ")}</span>
          <p>{one.message}</p>
        </li>
      ))}
    </ul>
  );
}
