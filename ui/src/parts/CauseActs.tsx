// What can be done about a cause: try a replay and then take its events in, or give them up with a reason. Only what the server offers.

import { useId, useState, type FormEvent } from "react";
import { api } from "../api/client";
import type { Cause } from "../api/events";
import type { Offers } from "../api/offers";
import { useAct } from "../lib/act";
import { plural } from "../lib/format";
import { wantedOf } from "../lib/refused";
import { Replay } from "./Replay";

interface Props {
  cause: Cause;
  offers: Offers;
  /** Hears what was done, in words: the cause may be gone then, and its card with it. */
  onDone: (said: string) => void;
}

export function CauseActs({ cause, offers, onDone }: Props) {
  const act = useAct();
  const [open, setOpen] = useState<"replay" | "discard" | null>(null);
  const toggle = (which: "replay" | "discard") => setOpen(open === which ? null : which);
  const discard = async (reason: string) => {
    const answer = await act.run(() => api.discard(wantedOf(cause), reason));
    if (!answer) return;
    setOpen(null);
    onDone(`${plural(answer.discarded, "event")} discarded.`);
  };
  const done = (said: string) => {
    setOpen(null);
    onDone(said);
  };
  return (
    <>
      {offers.route("post", "/events/refused/replay") && (
        <button type="button" className="button small" disabled={act.busy} aria-expanded={open === "replay"} onClick={() => toggle("replay")}>
          Replay …
        </button>
      )}
      {offers.route("post", "/events/refused/discard") && (
        <button type="button" className="button small" disabled={act.busy} aria-expanded={open === "discard"} onClick={() => toggle("discard")}>
          Discard …
        </button>
      )}
      {act.error && (
        <span className="inline-error" role="alert">
          {act.error.message} {act.error.help}
        </span>
      )}
      {open === "replay" && <Replay cause={cause} onDone={done} />}
      {open === "discard" && <Reason events={cause.count} busy={act.busy} onSay={discard} />}
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
