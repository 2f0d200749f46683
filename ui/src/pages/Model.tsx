// The match model: what it weighs, what it has learnt from the records without labels, and what each threshold would give.

import { api } from "../api/client";
import type { Blocking, MatchRule, Model, Unlinkable } from "../api/types";
import { bits, confidence, count, percent, plural } from "../lib/format";
import { useLoad } from "../lib/load";
import { Bar, Scroll, Section, Stat } from "../parts/bits";
import { IdentityNav } from "../parts/IdentityNav";
import { Levels, Weights } from "../parts/Levels";
import { Await, Heading } from "../parts/states";
import { TableHead, drawing, number } from "../parts/TableHead";
import { Thresholds } from "../parts/Thresholds";

export function ModelPage() {
  const model = useLoad("model", (signal) => api.model(signal));
  const thresholds = useLoad("thresholds", (signal) => api.thresholds(signal));
  return (
    <div className="page">
      <Heading title="Match model" />
      <IdentityNav current="model" />
      <Await loaded={model} what="the model">
        {(model) => (
          <>
            <Prior model={model} />
            <Section id="threshold" title="What each threshold would give" note="Move it: nothing is changed. Estimates are as honest as the model is calibrated; true pairs that no blocking rule finds are not in them.">
              <Await loaded={thresholds} what="the thresholds">
                {(answer) => <Thresholds answer={answer} />}
              </Await>
            </Section>
            <Section id="weights" title="Match weights" note="In bits: one bit doubles the odds. Each mark is a level of agreement; what lies left of the line speaks against one person.">
              <Weights comparisons={model.comparisons} />
            </Section>
            <div className="two-columns">
              <BlockingRules rules={model.blocking} />
              <Unlinkables rows={model.unlinkables} at={model.confidence} />
            </div>
            <Rules rules={model.rules} />
            <Section
              id="levels"
              title="What the model has learnt"
              note="For each level of agreement: m, how often it is seen among true pairs; u, how often among others; and the weight, log2(m/u). Learnt without labels; the file is model.toml."
            >
              <Levels comparisons={model.comparisons} records={model.trained_on} />
            </Section>
          </>
        )}
      </Await>
    </div>
  );
}

function Prior({ model }: { model: Model }) {
  const oneIn = (p: number) => (p > 0 ? `1 in ${count(Math.round(1 / p))}` : "–");
  return (
    <dl className="stats">
      <Stat label="Before looking" value={oneIn(model.prior_match)} note={`pairs is a match, ${bits(model.prior_bits)} bits`} />
      <Stat label="Confidence in force" value={confidence(model.confidence)} note={`${bits(Math.log2(model.confidence / (1 - model.confidence)))} bits`} />
      <Stat label="Learnt from" value={count(model.trained_on)} note="records" />
      <Stat label="Compares" value={count(model.comparisons.length)} note={`fields, found by ${plural(model.blocking.length, "blocking rule")}`} />
    </dl>
  );
}

function BlockingRules({ rules }: { rules: Blocking[] }) {
  const most = Math.max(...rules.map((rule) => rule.pairs ?? 0), 1);
  const known = (n: number | null) => (n === null ? "–" : count(n));
  return (
    <Section
      id="blocking"
      title="Blocking rules"
      note="Which pairs are compared at all: those that agree on all parts of a rule. Each pair counts for the rule that found it first; edges are those that may be one person. Logarithmic bars."
    >
      <Scroll label="Blocking rules">
        <table className="chart-table">
          <TableHead columns={["Rule", drawing, number("Pairs"), number("Edges")]} />
          <tbody>
            {rules.map((rule) => (
              <tr key={rule.rule}>
                <th scope="row" className="rule-name">{rule.rule.replaceAll(":", ": ").replaceAll("_", " ")}</th>
                <td className="drawing">
                  <Bar share={Math.log1p(rule.pairs ?? 0) / Math.log1p(most)} />
                  <Bar share={Math.log1p(rule.edges ?? 0) / Math.log1p(most)} kind="for" />
                </td>
                <td className="num">{known(rule.pairs)}</td>
                <td className="num">{known(rule.edges)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {rules.some((rule) => rule.pairs === null) && <p className="note">The next resolution counts them.</p>}
    </Section>
  );
}

function Unlinkables({ rows, at }: { rows: Unlinkable[]; at: number }) {
  const most = Math.max(...rows.map((row) => row.share), 0.01);
  return (
    <Section
      id="unlinkables"
      title="Unlinkable records"
      note="Records that say so little that even a perfect copy would not reach the confidence. Many of them: it asks for more than the data say."
    >
      <Scroll label="Unlinkable records by confidence">
        <table className="chart-table">
          <TableHead columns={["Confidence", number("Bits"), drawing, number("Records"), number("Share")]} />
          <tbody>
            {rows.map((row) => (
              <tr key={row.confidence}>
                <th scope="row">
                  {confidence(row.confidence)} {Math.abs(row.confidence - at) < 1e-9 && <span className="tag tag-for">in force</span>}
                </th>
                <td className="num faint">{bits(row.weight_bits)}</td>
                <td className="drawing">
                  <Bar share={row.share / most} kind="against" />
                </td>
                <td className="num">{count(row.records)}</td>
                <td className="num">{row.share > 0 && row.share < 0.001 ? "< 0.1 %" : percent(row.share)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Section>
  );
}

/** `[[rule]]` of kith.toml, and what each did. */
function Rules({ rules }: { rules: MatchRule[] }) {
  if (rules.length === 0) return null;
  return (
    <Section id="rules" title="Rules" note="From kith.toml: they hold for all records, stronger than the model, weaker than decisions.">
      <Scroll label="Rules of matching">
        <table className="runs">
          <TableHead columns={["Rule", "Fields", "Says", number("Confidence"), number("Keys"), number("Links"), number("Too large")]} />
          <tbody>
            {rules.map((rule) => (
              <tr key={rule.name}>
                <th scope="row">{rule.name}</th>
                <td>{rule.fields.join(", ")}</td>
                <td>{rule.verdict === "match" ? "one person" : "two persons"}</td>
                <td className="num">{rule.confidence === null ? "–" : confidence(rule.confidence)}</td>
                <td className="num">{count(rule.keys)}</td>
                <td className="num">{count(rule.links)}</td>
                <td className="num">{count(rule.too_large)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Section>
  );
}
