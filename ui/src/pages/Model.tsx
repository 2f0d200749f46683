// The match model: what it weighs, what it has learnt from the records without labels, and what each threshold would give.

import { api } from "../api/client";
import type { Blocking, MatchRule, Model } from "../api/types";
import { bits, confidence, count, percent, plural } from "../lib/format";
import { useLoad } from "../lib/load";
import { Bar, Section, Stat } from "../parts/bits";
import { IdentityNav } from "../parts/IdentityNav";
import { Levels, Weights } from "../parts/Levels";
import { Await, Heading } from "../parts/states";
import { Table } from "../parts/TableHead";
import { Reliability } from "../parts/Reliability";
import { Thresholds } from "../parts/Thresholds";
import { Unlinkables } from "../parts/Unlinkables";

export function ModelPage() {
  const model = useLoad("model", (signal) => api.model(signal));
  const thresholds = useLoad("thresholds", (signal) => api.thresholds(signal));
  const reliability = useLoad("reliability", (signal) => api.reliability(signal));
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
            <Section id="reliability" title="Does its word hold?" note="Of the pairs that people have decided: what the model states of them, as if nobody had decided, against the share that people call one person. On the line, its word holds; below it, it promises too much.">
              <Await loaded={reliability} what="the reliability">
                {(answer) => <Reliability answer={answer} />}
              </Await>
            </Section>
            <Section id="weights" title="Match weights" note="In bits: one bit doubles the odds. Each mark is a level of agreement; what lies left of the line speaks against one person.">
              <Weights comparisons={model.comparisons} />
            </Section>
            <div className="two-columns">
              <BlockingRules rules={model.blocking} />
              <Unlinkables model={model} />
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
      <Table
        label="Blocking rules" className="chart-table" rows={rules} keyOf={(rule) => rule.rule}
        columns={[
          { name: "Rule", kind: "head", cell: (rule) => <span className="rule-name">{rule.rule.replaceAll(":", ": ").replaceAll("_", " ")}</span> },
          {
            name: "Drawing", kind: "drawing",
            cell: (rule) => (
              <>
                <Bar share={Math.log1p(rule.pairs ?? 0) / Math.log1p(most)} />
                <Bar share={Math.log1p(rule.edges ?? 0) / Math.log1p(most)} kind="for" />
              </>
            ),
          },
          { name: "Pairs", kind: "number", cell: (rule) => known(rule.pairs) },
          { name: "Edges", kind: "number", cell: (rule) => known(rule.edges) },
          { name: "Worth it", kind: "number", cell: (rule) => (rule.pairs ? percent((rule.edges ?? 0) / rule.pairs) : "–") },
        ]}
      />
      {rules.some((rule) => rule.pairs === null) && <p className="note">The next resolution counts them.</p>}
    </Section>
  );
}

/** `[[rule]]` of kith.toml, and what each did. */
function Rules({ rules }: { rules: MatchRule[] }) {
  if (rules.length === 0) return null;
  return (
    <Section id="rules" title="Rules" note="From kith.toml: they hold for all records, stronger than the model, weaker than decisions.">
      <Table
        label="Rules of matching" className="runs" rows={rules} keyOf={(rule) => rule.name}
        columns={[
          { name: "Rule", kind: "head", cell: (rule) => rule.name },
          { name: "Fields", cell: (rule) => rule.fields.join(", ") },
          { name: "Says", cell: (rule) => (rule.verdict === "match" ? "one person" : "two persons") },
          { name: "Confidence", kind: "number", cell: (rule) => (rule.confidence === null ? "–" : confidence(rule.confidence)) },
          { name: "Keys", kind: "number", cell: (rule) => count(rule.keys) },
          { name: "Links", kind: "number", cell: (rule) => count(rule.links) },
          { name: "Too large", kind: "number", cell: (rule) => count(rule.too_large) },
        ]}
      />
    </Section>
  );
}
