// The field for a query: a text with numbered lines. Ctrl + Enter runs it; Tab leaves it, as everywhere.

import { useRef, type KeyboardEvent, type RefObject } from "react";

const LINES_LEAST = 8;

export function SqlEditor({ text, onChange, onRun, field }: { text: string; onChange: (text: string) => void; onRun: () => void; field: RefObject<HTMLTextAreaElement | null> }) {
  const gutter = useRef<HTMLDivElement>(null);
  const lines = text.split("\n").length;
  const keys = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    onRun();
  };
  return (
    <div className="sql-editor">
      <div className="sql-gutter" aria-hidden="true" ref={gutter}>
        {Array.from({ length: lines }, (_, i) => i + 1).join("\n")}
      </div>
      <label htmlFor="sql" className="sr">
        SQL query
      </label>
      <textarea id="sql" ref={field} wrap="off" rows={Math.min(22, Math.max(LINES_LEAST, lines + 1))} spellCheck={false} autoCapitalize="off" autoComplete="off" value={text}
        onChange={(event) => onChange(event.target.value)} onKeyDown={keys} aria-describedby="sql-help"
        onScroll={(event) => gutter.current?.scrollTo({ top: event.currentTarget.scrollTop, behavior: "instant" })} />
    </div>
  );
}

/** Puts a text where the caret is, with a space before it where words would touch. */
export function inserted(field: HTMLTextAreaElement, word: string): string {
  const { value, selectionStart: from, selectionEnd: to } = field;
  const before = value.slice(0, from);
  const gap = before && !/[\s.(,]$/.test(before) ? " " : "";
  const caret = from + gap.length + word.length;
  // The new text is drawn first, and the caret would go to its end.
  requestAnimationFrame(() => {
    field.focus();
    field.setSelectionRange(caret, caret);
  });
  return `${before}${gap}${word}${value.slice(to)}`;
}
