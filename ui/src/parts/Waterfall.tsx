// One pair as a waterfall: where it starts (two random records), what every field adds or takes, where it ends.
// It is a table, so that the drawing needs no other alternative; each bar begins where the one above it ended.

import type { Explanation } from "../api/types";
import { bits, count, fieldName, probability, rate, words } from "../lib/format";
import { waterfall, type Step, type Waterfall as Spans } from "../lib/waterfall";

export function Waterfall({ explanation }: { explanation: Explanation }) {
  const spans = waterfall(explanation);
  return (
    <>
      <table className="waterfall">
        <caption className="sr">Weights of the pair, in bits</caption>
        <thead>
          <tr>
            <th scope="col">Evidence</th>
            <th scope="col">
              <span className="sr">Drawing</span>
            </th>
            <th scope="col" className="num">
              Bits
            </th>
          </tr>
        </thead>
        <tbody>
          <tr className="prior">
            <th scope="row">
              Before looking <span className="compared">two records, taken by chance</span>
            </th>
            <td>
              <Span spans={spans} parts={[{ from: 0, to: spans.prior, kind: "start" }]} />
            </td>
            <td className="num" data-bits={spans.prior}>
              {bits(spans.prior)}
            </td>
          </tr>
          {spans.steps.map((step) => (
            <Field key={step.field.field} step={step} spans={spans} />
          ))}
        </tbody>
        <tfoot>
          <tr className="total">
            <th scope="row">
              Together <span className="compared">{verdict(explanation.probability)}</span>
            </th>
            <td>
              <Span spans={spans} parts={[{ from: 0, to: spans.total, kind: spans.total < 0 ? "against" : "total" }]} />
            </td>
            <td className="num" data-total={spans.total}>
              {bits(spans.total)}
            </td>
          </tr>
        </tfoot>
      </table>
      <p className="outcome">
        Probability that both are one person <strong>{probability(explanation.probability)}</strong>
        {!spans.consistent && <span className="inline-error"> The parts do not add up to the total: please report this pair.</span>}
      </p>
      {spans.silent.length > 0 && (
        <p className="note">
          Not compared, since a side lacks it: {spans.silent.map((field) => fieldName(field.field, field.label).toLowerCase()).join(", ")}.
        </p>
      )}
    </>
  );
}

function Field({ step, spans }: { step: Step; spans: Spans }) {
  const { field } = step;
  const rarity = field.term_frequency_bits ?? 0;
  const kind = (part: number) => (part < 0 ? "against" : "for");
  return (
    <tr>
      <th scope="row">
        {fieldName(field.field, field.label)} <span className={`level ${step.bits < 0 ? "level-against" : "level-for"}`}>{words(field.level)}</span>
        {(field.left !== null || field.right !== null) && (
          <span className="compared">
            {field.left ?? "–"}
            {field.left !== field.right && (
              <>
                {" "}
                <span aria-hidden="true">↔</span>
                <span className="sr"> against </span> {field.right ?? "–"}
              </>
            )}
          </span>
        )}
      </th>
      <td>
        <Span
          spans={spans}
          parts={[
            { from: step.from, to: step.middle, kind: kind(step.bits - rarity) },
            { from: step.middle, to: step.to, kind: `${kind(rarity)}-rarity` },
          ]}
        />
        <span className="odds">
          {field.m !== null && field.u !== null && (
            <>
              <span>
                m {rate(field.m)} <span className="sr">among true pairs,</span>
              </span>
              <span>
                u {rate(field.u)} <span className="sr">among others</span>
              </span>
            </>
          )}
          {rarity !== 0 && (
            <span>
              {bits(rarity)} {rarity > 0 ? "rare value" : "common value"}
            </span>
          )}
        </span>
      </td>
      <td className="num" data-bits={step.bits}>
        {bits(step.bits)}
      </td>
    </tr>
  );
}

function Span({ spans, parts }: { spans: Spans; parts: { from: number; to: number; kind: string }[] }) {
  const pad = (spans.max - spans.min) * 0.01 || 1;
  const [min, width] = [spans.min - pad, spans.max - spans.min + 2 * pad];
  const x = (value: number) => ((value - min) / width) * 200;
  return (
    <svg className="span" viewBox="0 0 200 14" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <rect className="zero" x={x(0) - 0.25} y="0" width="0.5" height="14" />
      {parts
        .filter((part) => part.from !== part.to)
        .map((part) => (
          <rect
            key={part.kind} className={`bar-${part.kind}`} y="2" height="10" rx="0.6"
            x={x(Math.min(part.from, part.to))} width={Math.max(0.8, x(Math.max(part.from, part.to)) - x(Math.min(part.from, part.to)))}
          />
        ))}
    </svg>
  );
}

/** Two leading digits are as much as such a number can promise. */
function about(n: number): string {
  const size = 10 ** Math.max(0, Math.floor(Math.log10(n)) - 1);
  return count(Math.max(2, Math.round(n / size) * size));
}

/** The probability as odds that one can picture. */
function verdict(p: number): string {
  if (p >= 0.9999999) return "practically certain";
  if (p >= 0.5) return `of ${about(1 / (1 - p))} such pairs, one would be two persons`;
  if (p <= 0.0000001) return "practically ruled out";
  return `of ${about(1 / p)} such pairs, one would be one person`;
}
