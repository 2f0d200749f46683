// An act of the cluster studio before it is done: what it would change, the reason, and then the act itself.

import { useEffect, useRef, useState, type FormEvent } from "react";
import { api } from "../api/client";
import type { Decided, Preview, Wish } from "../api/types";
import { useAct } from "../lib/act";
import { plural } from "../lib/format";
import { useLoad } from "../lib/load";
import { Section } from "./bits";
import { Outcome } from "./Outcome";
import { Await, Failure } from "./states";

/** What one is about to do: decisions to take, or to take back. */
export interface Plan {
  title: string;
  wishes: Wish[];
  withdraw: number[];
  reason: string;
}
export interface Acts {
  plan: (plan: Plan) => void;
}

export const ref = (node: number) => `node:${node}`;

export const always = (a: number, b: number): Plan => ({ title: "Always one person", wishes: [{ verdict: "always", a: ref(a), b: ref(b) }], withdraw: [], reason: "the same person" });
export const never = (a: number, b: number): Plan => ({ title: "Never one person", wishes: [{ verdict: "never", a: ref(a), b: ref(b) }], withdraw: [], reason: "two persons" });

/** Before and after, the reason, and then the act itself. */
export function Planned({ plan, cancel, done }: { plan: Plan; cancel: () => void; done: (told: string) => void }) {
  const frame = useRef<HTMLDivElement>(null);
  const id = JSON.stringify([plan.wishes, plan.withdraw]);
  const preview = useLoad<Preview>(`plan ${id}`, (signal) => api.preview({ decisions: plan.wishes, withdraw: plan.withdraw }, signal));
  useEffect(() => {
    frame.current?.scrollIntoView({ block: "nearest" });
    frame.current?.focus({ preventScroll: true });
  }, [id]);
  return (
    <div ref={frame} tabIndex={-1} className="plan-frame">
      <Section id="plan" title={`${plan.title}: before and after`} className="plan" note="Nothing is written yet.">
        <Await loaded={preview} what="what it would change">
          {(found) => (
            <>
              <Outcome preview={found} />
              <Confirm key={id} plan={plan} cancel={cancel} done={done} />
            </>
          )}
        </Await>
        {preview.error && (
          <button type="button" className="button" onClick={cancel}>
            Cancel
          </button>
        )}
      </Section>
    </div>
  );
}

function Confirm({ plan, cancel, done }: { plan: Plan; cancel: () => void; done: (told: string) => void }) {
  const [reason, setReason] = useState(plan.reason);
  const act = useAct();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const decided = await act.run(() => carryOut(plan, reason.trim()));
    if (decided) done(`${plan.title}: done. Now ${decided.applied ? plural(decided.applied.profiles, "person", "people") : "it waits to be applied"}.`);
  };
  return (
    <form className="confirm" onSubmit={submit}>
      {act.error && <Failure error={act.error} />}
      <label className="field">
        <span>Reason</span>
        <input required maxLength={300} value={reason} onChange={(event) => setReason(event.target.value)} />
      </label>
      <button type="submit" className="button primary" disabled={act.busy || !reason.trim()}>
        {act.busy ? "Deciding …" : plan.withdraw.length > 0 ? `Take back ${plural(plan.withdraw.length, "decision")}` : `Decide (${plural(plan.wishes.length, "decision")})`}
      </button>
      <button type="button" className="button" onClick={cancel}>
        Cancel
      </button>
    </form>
  );
}

/** Many are taken back one by one, and identity follows with the last. */
async function carryOut(plan: Plan, reason: string): Promise<Decided | null> {
  if (plan.wishes.length > 0) return api.decide(plan.wishes, reason, true);
  let last: Decided | null = null;
  for (const [i, id] of plan.withdraw.entries()) last = await api.undo(id, reason, i === plan.withdraw.length - 1);
  return last;
}
