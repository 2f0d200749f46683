// What another confidence, other rules or another model would do to people, before anyone decides on it. The digest holds the promise:
// what is promoted is exactly what was previewed, or nothing.

import { useState, type FormEvent } from "react";
import { api } from "../api/client";
import type { Model, Preview, PreviewAsk, Promoted } from "../api/types";
import { useAct } from "../lib/act";
import { confidence as asConfidence, count, plural } from "../lib/format";
import { useLoad } from "../lib/load";
import { Section } from "../parts/bits";
import { IdentityNav } from "../parts/IdentityNav";
import { Outcome } from "../parts/Outcome";
import { RuleEditor, rowsOf, wishesOf } from "../parts/RuleEditor";
import { Await, Failure, Heading } from "../parts/states";

export function PreviewPage({ confidence }: { confidence?: number }) {
  const model = useLoad("model", (signal) => api.model(signal));
  return (
    <div className="page">
      <Heading title="Preview a change" />
      <IdentityNav current="preview" />
      <p className="lead-note">A preview runs the whole resolution and writes nothing. What you promote is exactly what you saw.</p>
      <Await loaded={model} what="the model">
        {(model) => <Change model={model} wanted={confidence} />}
      </Await>
    </div>
  );
}

function Change({ model, wanted }: { model: Model; wanted?: number }) {
  const [inForce, setInForce] = useState({ toml: model.toml, confidence: model.confidence, rules: rowsOf(model.rules) });
  const [confidence, setConfidence] = useState(asText(wanted ?? model.confidence));
  const [toml, setToml] = useState(model.toml);
  const [rules, setRules] = useState(inForce.rules);
  const [shown, setShown] = useState<{ ask: PreviewAsk; preview: Preview } | null>(null);
  const [promoted, setPromoted] = useState<Promoted | null>(null);
  const act = useAct();
  const fields = [...new Set(model.comparisons.flatMap((one) => one.columns).filter(Boolean))].sort();

  const ask: PreviewAsk = {};
  if (Number(confidence) !== inForce.confidence) ask.confidence = Number(confidence);
  if (toml !== inForce.toml) ask.model = toml;
  const rulesEdited = JSON.stringify(rules) !== JSON.stringify(inForce.rules);
  if (rulesEdited) ask.rules = wishesOf(rules);
  const outdated = shown !== null && JSON.stringify(shown.ask) !== JSON.stringify(ask);

  const preview = async (event: FormEvent) => {
    event.preventDefault();
    setPromoted(null);
    setShown(null);
    const answer = await act.run(() => api.preview(ask));
    if (answer) setShown({ ask, preview: answer });
  };
  const promote = async () => {
    if (!shown) return;
    const answer = await act.run(() => api.promote({ ...shown.ask, digest: shown.preview.digest }));
    if (!answer) return;
    setPromoted(answer);
    setShown(null);
    setInForce({ toml, confidence: Number(confidence), rules });
  };
  const discard = () => {
    act.clear();
    setShown(null);
    setConfidence(asText(inForce.confidence));
    setToml(inForce.toml);
    setRules(inForce.rules);
  };
  return (
    <>
      <Section id="change" title="The change" note={`In force: confidence ${asConfidence(inForce.confidence)}, the model of log position ${count(model.model_position)}.`}>
        <form className="change-form" onSubmit={preview}>
          <label className="field">
            <span>Confidence</span>
            <input type="number" min="0.01" max="0.999999" step="any" required value={confidence} onChange={(event) => setConfidence(event.target.value)} />
          </label>
          <details>
            <summary>
              {plural(rules.length, "rule")} {rulesEdited && <span className="tag change-merged">edited</span>}
            </summary>
            <RuleEditor rows={rules} fields={fields} onChange={setRules} />
          </details>
          <details open={toml !== inForce.toml || undefined}>
            <summary>The model {toml !== inForce.toml && <span className="tag change-merged">edited</span>}</summary>
            <label htmlFor="toml" className="note">
              model.toml, as it is in force; change numbers in it
            </label>
            <textarea id="toml" rows={18} spellCheck={false} value={toml} onChange={(event) => setToml(event.target.value)} />
          </details>
          <p className="run">
            <button type="submit" className="button primary" disabled={act.busy}>
              Preview
            </button>
            {act.busy && <span className="note" role="status">Resolving …</span>}
            {Object.keys(ask).length === 0 && !act.busy && <span className="note">Nothing is changed yet: this previews decisions that wait to be applied.</span>}
          </p>
        </form>
      </Section>
      {act.error && <Refused error={act.error} />}
      {promoted && (
        <p className="notice" role="status">
          Promoted in {promoted.applied.seconds.toFixed(1)} s, as it was previewed: {plural(promoted.people_affected, "person", "people")} affected, now{" "}
          <strong>{count(promoted.applied.profiles)}</strong> people. <a href="#/identity">Overview</a>
        </p>
      )}
      {shown && (
        <Section
          id="outcome"
          title="What would happen"
          note={
            <>
              Stands for every record at every confidence: digest <code data-digest>{shown.preview.digest.slice(0, 12)}</code>
            </>
          }
          aside={
            <div className="outcome-run">
              {outdated && <span className="inline-error">Edited since: preview it again.</span>}
              <button type="button" className="button primary" disabled={act.busy || outdated} onClick={promote}>
                Promote
              </button>
              <button type="button" className="button" disabled={act.busy} onClick={discard}>
                Discard
              </button>
            </div>
          }
        >
          <Outcome preview={shown.preview} />
        </Section>
      )}
    </>
  );
}

const asText = (confidence: number) => String(Number(confidence.toFixed(6)));

/** A preview that no longer holds, or a model that can not be read: the message keeps its lines, it may point at a column. */
function Refused({ error }: { error: Parameters<typeof Failure>[0]["error"] }) {
  return (
    <div className="refused">
      <Failure error={error} />
      {error.code === "K-PREVIEW-STALE" && <p className="note">Something has changed since the preview. Preview again to see what would happen now; nothing was promoted.</p>}
    </div>
  );
}
