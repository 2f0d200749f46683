// The confidence selector: the same person read loosely or strictly, and how many records each reading takes in.

import { useId } from "react";
import type { AtConfidence, Profile } from "../api/types";
import { confidence as asConfidence, plural } from "../lib/format";

const PRESETS = [0.5, 0.8, 0.9, 0.95, 0.99, 0.999];
const MEANS: { [confidence: string]: string } = {
  "0.5": "more likely than not", "0.8": "newsletter", "0.9": "recommendation", "0.95": "profile ids", "0.99": "order mail", "0.999": "payment",
};

interface Props {
  profile: Profile;
  /** What was chosen last; its profile may still be on its way. */
  wanted: number;
  onChoose: (confidence: number) => void;
}

export function ConfidenceRail({ profile, wanted, onChoose }: Props) {
  const name = useId();
  const stops = stopsOf(profile);
  return (
    <fieldset className="rail">
      <legend>How sure must it be?</legend>
      <div className="rail-title" aria-hidden="true">
        <strong>How sure must it be?</strong>
        <span>Looser takes in more records, stricter fewer.</span>
      </div>
      <div className="rail-stops">
        {stops.map((stop) => {
          const chosen = same(stop.confidence, wanted);
          const extra = stop.records - profile.records.length;
          return (
            <label key={stop.confidence} className={chosen ? "stop chosen" : "stop"}>
              <input type="radio" name={name} checked={chosen} value={stop.confidence} onChange={() => onChoose(stop.confidence)} />
              <span className="stop-confidence">{asConfidence(stop.confidence)}</span>
              <span className="stop-records">
                {plural(stop.records, "record")}
                {extra !== 0 && <b className={extra > 0 ? "more" : "fewer"}>{extra > 0 ? `+${extra}` : `−${-extra}`}</b>}
              </span>
              <span className="stop-means">{MEANS[String(stop.confidence)] ?? ""}</span>
            </label>
          );
        })}
      </div>
    </fieldset>
  );
}

const same = (a: number, b: number) => Math.abs(a - b) < 1e-9;

/** What the server says of other confidences, and the asked one; a longer list is cut to the usual stops. */
export function stopsOf(profile: Profile): AtConfidence[] {
  const asked = { confidence: profile.confidence, records: profile.records.length };
  const others = [...profile.looser, ...profile.stricter].filter((stop) => !same(stop.confidence, asked.confidence));
  const usual = others.filter((stop) => PRESETS.some((preset) => same(preset, stop.confidence)));
  const kept = others.length > 8 && usual.length > 0 ? usual : others.slice(0, 8);
  const unique = kept.filter((stop, i) => kept.findIndex((other) => same(other.confidence, stop.confidence)) === i);
  return [asked, ...unique].sort((a, b) => a.confidence - b.confidence);
}
