// Refused events, sent again: first what would become of them, with a change to each where that is needed, and then the act itself.

import { useId, useState, type FormEvent } from "react";
import { api } from "../api/client";
import type { Cause, Replayed } from "../api/events";
import { useAct } from "../lib/act";
import { count, plural } from "../lib/format";
import { patchOf } from "../lib/patch";
import { wantedOf } from "../lib/refused";
import { useMends } from "../lib/mend";
import { Chip, Marked } from "./bits";
import { Table } from "./TableHead";

/** What mends the usual ones, to begin with. */
const EXAMPLES: { [code: string]: string } = {
  "K-EVENT-NO-NAME": '{"event": "Order Completed"}',
  "K-EVENT-NO-ID": '{"anonymousId": "unknown-visitor"}',
  "K-EVENT-TYPE": '{"type": "track"}',
  "K-EVENT-MESSAGE-ID": '{"messageId": null}',
};

export function Replay({ cause, onDone }: { cause: Cause; onDone: (said: string) => void }) {
  const act = useAct();
  const id = useId();
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  /** What would become of them, with which change. */
  const [tried, setTried] = useState<{ text: string; report: Replayed } | null>(null);
  const replay = async (dry_run: boolean): Promise<Replayed | null> => {
    const patch = patchOf(text);
    if (typeof patch === "string") {
      setWrong(patch);
      return null;
    }
    setWrong(null);
    return act.run(() => api.replay(wantedOf(cause), { ...(patch && { patch }), dry_run }));
  };
  const tryOut = async (event: FormEvent) => {
    event.preventDefault();
    const report = await replay(true);
    if (report) setTried({ text, report });
  };
  const takeIn = async () => {
    const done = await replay(false);
    if (!done) return;
    const known = done.duplicate > 0 ? `, ${count(done.duplicate)} had come before` : "";
    onDone(`${plural(done.accepted, "event")} taken in${known}, ${count(done.still_refused)} still refused.`);
  };
  const current = tried?.text === text ? tried.report : null;
  return (
    <form className="replay" onSubmit={tryOut} aria-label={`Replay ${cause.code}`}>
      <label className="field" htmlFor={id}>
        <span>
          Change each event first, if need be: a JSON object whose members are set or, with <code>null</code>, taken out. Events keep the time at which they first came.
        </span>
        <textarea
          id={id} rows={2} spellCheck={false} value={text} placeholder={EXAMPLES[cause.code] ?? '{"properties": {"total": 12.50}}'} aria-invalid={wrong !== null}
          aria-describedby={wrong ? `${id}-wrong` : undefined} onChange={(event) => setText(event.target.value)}
        />
      </label>
      {wrong && (
        <p id={`${id}-wrong`} className="inline-error" role="alert">
          {wrong}
        </p>
      )}
      <div className="replay-acts">
        <button type="submit" className="button small" disabled={act.busy}>
          {act.busy ? "Trying …" : "Try it, writing nothing"}
        </button>
        <button type="button" className="button small primary" disabled={act.busy || !current || current.accepted === 0} onClick={takeIn}>
          {current ? `Take in ${plural(current.accepted, "event")}` : "Take in"}
        </button>
        {!current && <span className="note">{tried ? "The change is another one now: try it first." : "What would land is shown first."}</span>}
      </div>
      {act.error && (
        <p className="inline-error" role="alert">
          {act.error.message} {act.error.help}
        </p>
      )}
      {current && <Outcome report={current} />}
    </form>
  );
}

function Outcome({ report }: { report: Replayed }) {
  const mends = useMends();
  const { looked_at: all, accepted, still_refused: refused } = report;
  return (
    <div className="replay-outcome" role="status">
      <p>
        <strong>{count(accepted)}</strong> of {plural(all, "event")} would be taken in
        {refused > 0 ? <>, <strong>{count(refused)}</strong> refused again:</> : "; none is refused again."}{" "}
        <span className="note">One that its sender has sent again meanwhile counts once.</span>
      </p>
      {report.causes.length > 0 && (
        <Table label="Refused again" className="household" rows={report.causes} keyOf={(one) => `${one.source} ${one.code} ${one.name ?? ""} ${one.field ?? ""}`}
          columns={[
            { name: "Why", kind: "head", cell: (one) => <Marked text={mends.get(one.code)?.what ?? one.code} /> },
            { name: "Code", cell: (one) => <code className="code">{one.code}</code> },
            { name: "Where", cell: (one) => (one.field ? <code>{one.field}</code> : one.name || "the event") },
            { name: "Source", cell: (one) => <Chip source={one.source} /> },
            { name: "Events", kind: "number", cell: (one) => count(one.count) },
          ]} />
      )}
    </div>
  );
}
