// Small parts that every page uses: source chips, times, copy buttons, bars.

import { createContext, useContext, useState, type ReactNode } from "react";
import type { SourceOf } from "../api/types";
import { ago, day, iso } from "../lib/format";

/** The installation's sources, in their order: it decides each one's colour. */
export const SourcesContext = createContext<SourceOf[]>([]);

const HUES = 9;

export function hue(name: string, sources: SourceOf[]): number {
  const place = sources.findIndex((source) => source.name === name);
  if (place >= 0) return place % HUES;
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + letter.charCodeAt(0)) % 997;
  return sum % HUES;
}

export function Chip({ source, record }: { source: string; record?: string }) {
  const sources = useContext(SourcesContext);
  return (
    <span className={`chip hue-${hue(source, sources)}`}>
      <i aria-hidden="true" />
      {source}
      {record !== undefined && <code>{record}</code>}
    </span>
  );
}

/** A value that, where it must break, breaks after its @. */
export function Soft({ text }: { text: string }) {
  const at = text.indexOf("@") + 1;
  return at > 0 ? <>{text.slice(0, at)}<wbr />{text.slice(at)}</> : <>{text}</>;
}

/** A sentence with `code` in it. */
export function Marked({ text }: { text: string }) {
  return <>{text.split("`").map((part, i) => (i % 2 === 1 ? <code key={i}>{part}</code> : part))}</>;
}

export function Day({ at }: { at: string | null }) {
  return <time dateTime={iso(at)}>{day(at)}</time>;
}

export function Ago({ at }: { at: string | null }) {
  return (
    <time dateTime={iso(at)} title={iso(at)}>
      {ago(at)}
    </time>
  );
}

export function Copy({ text, label, children }: { text: string; label: string; children?: ReactNode }) {
  const [said, setSaid] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid("Copied");
    } catch {
      setSaid("Could not copy");
    }
    setTimeout(() => setSaid(""), 1600);
  };
  return (
    <button type="button" className="copy" onClick={copy} aria-label={label}>
      {children}
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <rect x="5.5" y="5.5" width="8" height="8" rx="1.6" />
        <path d="M3.5 10.5h-.4a.6.6 0 0 1-.6-.6V3.1c0-.3.3-.6.6-.6h6.8c.3 0 .6.3.6.6v.4" />
      </svg>
      <span className="copied" role="status">
        {said}
      </span>
    </button>
  );
}

/** A bar whose length is a share of its cell; the number beside it is the text alternative. */
export function Bar({ share, parts, kind = "plain" }: { share?: number; parts?: { share: number; kind: string }[]; kind?: string }) {
  const list = parts ?? [{ share: share ?? 0, kind }];
  let x = 0;
  return (
    <svg className="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      {list.map((part, i) => {
        const width = Math.max(part.share > 0 ? 0.6 : 0, Math.min(1, part.share) * 100);
        const rect = <rect key={i} className={`bar-${part.kind}`} x={x} y="0" width={width} height="10" />;
        x += width;
        return rect;
      })}
    </svg>
  );
}

export function Stat({ value, label, note }: { value: ReactNode; label: string; note?: ReactNode }) {
  return (
    <div className="stat">
      <dt>{label}</dt>
      <dd>
        <span className="stat-value">{value}</span>
        {note && <span className="stat-note">{note}</span>}
      </dd>
    </div>
  );
}

/** A part of a page with its heading. */
export function Section({ id, title, note, aside, children, className = "" }: {
  id: string; title: string; note?: ReactNode; aside?: ReactNode; children: ReactNode; className?: string;
}) {
  return (
    <section className={`panel ${className}`} aria-labelledby={id}>
      <header className="panel-head">
        <div>
          <h2 id={id}>{title}</h2>
          {note && <p className="note">{note}</p>}
        </div>
        {aside}
      </header>
      {children}
    </section>
  );
}

/** A wide table that scrolls sideways inside its own, focusable frame. */
export function Scroll({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="scroll" role="region" aria-label={`${label}, table`} tabIndex={0}>
      {children}
    </div>
  );
}

export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
      <rect className="mark-ground" width="32" height="32" rx="8" />
      <circle cx="12.5" cy="16" r="6.3" />
      <circle cx="19.5" cy="16" r="6.3" />
      <path d="M16 10.76a6.3 6.3 0 0 1 0 10.48a6.3 6.3 0 0 1 0-10.48z" />
    </svg>
  );
}
