// The pairs whose answer helps most, one after the other, decided by single keys. Answers are saved at once, as decisions;
// identity follows when one applies them, so that a session of many answers costs one resolution.

import { useEffect, useRef, useState, type RefObject } from "react";
import { api } from "../api/client";
import type { ReviewPair, ReviewQueue } from "../api/types";
import { useAct } from "../lib/act";
import { confidence as asConfidence, count, plural } from "../lib/format";
import { useLoad } from "../lib/load";
import { nameOf, normalsOf } from "../lib/pair";
import { to } from "../lib/router";
import { Bar, Section } from "../parts/bits";
import { IdentityNav } from "../parts/IdentityNav";
import { Keys, useKeys } from "../parts/Keys";
import { RecordTable } from "../parts/Records";
import { Await, Empty, Failure, Heading } from "../parts/states";
import { Waterfall } from "../parts/Waterfall";

const PAIRS_MOST = 30;
const SAID = { always: "one person", never: "two persons", unsure: "unsure" } as const;
type Say = keyof typeof SAID;

/** `first`: a pair, as `a-b` by its nodes, that one has come here to decide. */
export function Review({ first }: { first: string | null }) {
  const [a, b] = first?.split("-") ?? [];
  const queue = useLoad(`review ${first}`, (signal) => api.queue(PAIRS_MOST, a && b ? [a, b] : undefined, signal));
  return (
    <div className="page review">
      <Heading title="Pair review" />
      <IdentityNav current="review" />
      <Await loaded={queue} what="the pairs">
        {(answer) => (answer.pairs.length === 0 ? <Nothing /> : <Session key={answer.position} queue={answer} more={queue.reload} />)}
      </Await>
    </div>
  );
}

function Nothing() {
  return (
    <Empty title="No pair waits for an answer.">
      <p>All pairs near the threshold are decided, or there are none.</p>
    </Empty>
  );
}

interface Answer {
  say: Say;
  /** The decisions that it became; none where unsure. */
  ids: number[];
}

function Session({ queue, more }: { queue: ReviewQueue; more: () => void }) {
  const { pairs } = queue;
  const [at, setAt] = useState(0);
  const [answers, setAnswers] = useState<{ [at: number]: Answer }>({});
  const [order, setOrder] = useState<number[]>([]);
  const [note, setNote] = useState("");
  const [told, setTold] = useState("");
  const [waiting, countWaiting] = useWaiting();
  const act = useAct();
  const noteBox = useRef<HTMLInputElement>(null);
  const pair = pairs[at];
  const answered = Object.keys(answers).length;

  const go = (next: number) => {
    act.clear();
    setNote("");
    setAt(Math.max(0, Math.min(pairs.length, next)));
  };
  const say = async (verdict: Say) => {
    if (!pair || act.busy) return;
    if (answers[at]) return setTold(`Answered already: ${SAID[answers[at].say]}. z takes it back.`);
    const ids = verdict === "unsure" ? [] : await act.run(() => decide(pair, verdict, note));
    if (!ids) return;
    setAnswers({ ...answers, [at]: { say: verdict, ids } });
    setOrder([...order.filter((one) => one !== at), at]);
    setTold(`${at + 1}: ${SAID[verdict]}. z takes it back.`);
    go(at + 1);
    if (ids.length > 0) countWaiting();
  };
  const undo = async () => {
    const place = answers[at] ? at : order.at(-1);
    const answer = place === undefined ? undefined : answers[place];
    if (place === undefined || !answer || act.busy) return setTold("There is nothing to take back.");
    const done = await act.run(async () => {
      for (const id of answer.ids) await api.undo(id, "taken back in review", false);
      return true;
    });
    if (!done) return;
    const { [place]: _, ...rest } = answers;
    setAnswers(rest);
    setOrder(order.filter((one) => one !== place));
    setTold(`${place + 1}: taken back.`);
    go(place);
    countWaiting();
  };
  const apply = async () => {
    const done = await act.run(() => api.apply());
    if (!done) return;
    setTold(`Applied in ${done.seconds.toFixed(1)} s: ${count(done.profiles)} people.`);
    countWaiting();
  };
  const keys = useKeys([
    { key: "m", does: "match", run: () => say("always") },
    { key: "n", does: "no match", run: () => say("never") },
    { key: "u", does: "unsure", run: () => say("unsure") },
    { key: "z", does: "undo", run: undo },
    { key: "e", does: "note", run: () => noteBox.current?.focus() },
    { key: "ArrowLeft", shown: "←", does: "back", run: () => go(at - 1) },
    { key: "ArrowRight", shown: "→", does: "skip", run: () => go(at + 1) },
    { key: "a", does: "apply", run: apply },
  ]);

  return (
    <>
      <section className="panel review-bar" aria-label="Progress and keys">
        <div className="review-progress">
          <p>
            {pair ? (
              <>
                Pair <strong data-at={at + 1}>{at + 1}</strong> of {pairs.length},
              </>
            ) : (
              "End of the list,"
            )}{" "}
            <strong data-answered={answered}>{answered}</strong> answered
            <span className="note"> of {count(queue.uncertain)} uncertain pairs</span>
          </p>
          <Bar share={answered / pairs.length} kind="for" />
        </div>
        <p className="review-told" role="status">
          {told}
        </p>
        <div className="review-apply">
          <span className="note" data-waiting={waiting ?? undefined}>{waiting ? `${plural(waiting, "decision")} not applied yet` : "all applied"}</span>
          <button type="button" className="button small" disabled={!waiting || act.busy} onClick={apply}>
            Apply
          </button>
        </div>
        <Keys keys={keys} />
      </section>
      {act.error && <Failure error={act.error} />}
      {pair ? (
        <One key={at} pair={pair} threshold={queue.confidence} answer={answers[at]} busy={act.busy} say={say} note={note} setNote={setNote} noteBox={noteBox} />
      ) : (
        <End answers={Object.values(answers)} more={more} />
      )}
    </>
  );
}

async function decide(pair: ReviewPair, verdict: "always" | "never", note: string): Promise<number[]> {
  const reason = note.trim() ? `reviewed: ${note.trim()}` : "reviewed";
  const { decisions } = await api.decide([{ verdict, a: `node:${pair.a.node_id}`, b: `node:${pair.b.node_id}` }], reason, false);
  return decisions.map((decision) => decision.id);
}

/** How many decisions wait to be applied, of all that there are. */
function useWaiting(): [number | null, () => void] {
  const [waiting, setWaiting] = useState<number | null>(null);
  const countWaiting = () => {
    api.decisions().then(
      (answer) => setWaiting(answer.pending),
      () => setWaiting(null),
    );
  };
  useEffect(countWaiting, []);
  return [waiting, countWaiting];
}

function One({ pair, threshold, answer, busy, say, note, setNote, noteBox }: {
  pair: ReviewPair; threshold: number; answer?: Answer; busy: boolean; say: (say: Say) => void;
  note: string; setNote: (note: string) => void; noteBox: RefObject<HTMLInputElement | null>;
}) {
  const loaded = useLoad(`explain ${pair.a.node_id} ${pair.b.node_id}`, (signal) => api.explain(pair.a.node_id, pair.b.node_id, signal));
  const heading = useRef<HTMLHeadingElement>(null);
  // The button that was pressed is gone with its pair: readers and the Tab key go on from the new one.
  useEffect(() => {
    if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <>
      <section className="panel review-ask" aria-labelledby="ask">
        <div>
          <h2 id="ask" ref={heading} tabIndex={-1}>
            {loaded.data ? nameOf(loaded.data.a) : pair.a.name} <small>and</small> {loaded.data ? nameOf(loaded.data.b) : pair.b.name}: one person?
          </h2>
          <Suggestion pair={pair} threshold={threshold} />
        </div>
        <div className="review-say" role="group" aria-label="Answer">
          <button type="button" className="button primary" disabled={busy} aria-keyshortcuts="m" onClick={() => say("always")}>
            Match <kbd aria-hidden="true">m</kbd>
          </button>
          <button type="button" className="button" disabled={busy} aria-keyshortcuts="n" onClick={() => say("never")}>
            No match <kbd aria-hidden="true">n</kbd>
          </button>
          <button type="button" className="button" disabled={busy} aria-keyshortcuts="u" onClick={() => say("unsure")}>
            Unsure <kbd aria-hidden="true">u</kbd>
          </button>
          {answer && <span className="tag tag-for">you said: {SAID[answer.say]}</span>}
        </div>
        <label className="review-note">
          <span>Note</span>
          <input
            ref={noteBox} value={note} maxLength={300} placeholder="optional, kept with the decision" aria-keyshortcuts="e" onChange={(event) => setNote(event.target.value)}
            onKeyDown={(event) => ["Enter", "Escape"].includes(event.key) && event.currentTarget.blur()}
          />
        </label>
      </section>
      <Await loaded={loaded} what="the pair">
        {(both) => (
          <div className="pair-columns">
            <Section id="both" title="Side by side" note="What the second record says otherwise is marked." aside={<a href={to(["clusters", pair.a.node_id])}>Cluster</a>}>
              <RecordTable records={[both.a, both.b]} golden={normalsOf(both.a)} form="original" all={false} against="the first record" />
            </Section>
            <Section id="weighing" title="The weighing" note="Each field speaks for (+) or against (−) one person, in bits: one bit doubles the odds.">
              <Waterfall explanation={both} />
            </Section>
          </div>
        )}
      </Await>
    </>
  );
}

function Suggestion({ pair, threshold }: { pair: ReviewPair; threshold: number }) {
  const leans = pair.probability >= threshold;
  return (
    <p className="review-suggestion">
      <span className={leans ? "tag tag-for" : "tag tag-against"}>suggestion: {leans ? "match" : "no match"}</span>{" "}
      <span>
        {pair.probability.toFixed(4)}, the threshold is {asConfidence(threshold)}.
      </span>{" "}
      <span className="note">
        Asked because it {because(pair.why)}. Today {pair.merged ? "one profile" : "two profiles"}; the answer concerns {plural(pair.records, "record")}.
      </span>
    </p>
  );
}

const because = (why: string) => (why.startsWith("near") ? `is ${why}` : why === "asked for" ? "was asked for" : why);

function End({ answers, more }: { answers: Answer[]; more: () => void }) {
  const of = (say: Say) => answers.filter((answer) => answer.say === say).length;
  return (
    <Empty title="You are through this list.">
      <p>
        {of("always")} one person, {of("never")} two persons, {of("unsure")} unsure.
      </p>
      <p>
        <button type="button" className="button" onClick={more}>
          More pairs
        </button>
      </p>
      <p>
        <a href="#/model">What the answers say of the model</a>
      </p>
    </Empty>
  );
}
