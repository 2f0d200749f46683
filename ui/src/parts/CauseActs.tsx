// What can be done about a cause: take its events in again, or give them up with a reason. Only what the server offers.

import { useId, useState, type FormEvent } from "react";
import { api } from "../api/client";
import type { Cause } from "../api/events";
import type { Offers } from "../api/offers";
import { useAct } from "../lib/act";
import { count, plural } from "../lib/format";
import { wantedOf } from "../lib/refused";

/** `onDone` hears what was done, in words: the cause may be gone then, and its card with it. */
export function CauseActs({ cause, offers, onDone }: { cause: Cause; offers: Offers; onDone: (said: string) => void }) {
  const act = useAct();
  const [asking, setAsking] = useState(false);
  const replay = async () => {
    const answer = await act.run(() => api.replay(wantedOf(cause)));
    if (!answer) return;
    const known = answer.duplicate > 0 ? `, ${count(answer.duplicate)} had come before` : "";
    onDone(`${plural(answer.accepted, "event")} taken in${known}, ${count(answer.still_refused)} still refused.`);
  };
  const discard = async (reason: string) => {
    const answer = await act.run(() => api.discard(wantedOf(cause), reason));
    if (!answer) return;
    setAsking(false);
    onDone(`${plural(answer.discarded, "event")} discarded.`);
  };
  return (
    <>
      {offers.route("post", "/events/refused/replay") && (
        <button type="button" className="button small" disabled={act.busy} onClick={replay}>
          Replay
        </button>
      )}
      {offers.route("post", "/events/refused/discard") && (
        <button type="button" className="button small" disabled={act.busy} aria-expanded={asking} onClick={() => setAsking(!asking)}>
          Discard …
        </button>
      )}
      {act.error && (
        <span className="inline-error" role="alert">
          {act.error.message} {act.error.help}
        </span>
      )}
      {asking && <Reason events={cause.count} busy={act.busy} onSay={discard} />}
    </>
  );
}

function Reason({ events, busy, onSay }: { events: number; busy: boolean; onSay: (reason: string) => void }) {
  const [reason, setReason] = useState("");
  const id = useId();
  const say = (event: FormEvent) => {
    event.preventDefault();
    if (reason.trim()) onSay(reason.trim());
  };
  return (
    <form className="cause-reason" onSubmit={say}>
      <label className="field" htmlFor={id}>
        <span>Why are {plural(events, "event")} given up? They stay in the counts and come into no profile.</span>
        <input id={id} value={reason} onChange={(event) => setReason(event.target.value)} autoFocus />
      </label>
      <button type="submit" className="button small" disabled={busy || !reason.trim()}>
        Discard {plural(events, "event")}
      </button>
    </form>
  );
}
