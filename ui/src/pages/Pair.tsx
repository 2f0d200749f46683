// Two records that are near the threshold, or that someone asks about: side by side, and weighed.

import { api } from "../api/client";
import { useLoad } from "../lib/load";
import { nameOf, normalsOf } from "../lib/pair";
import { to } from "../lib/router";
import { Chip, Section } from "../parts/bits";
import { RecordTable } from "../parts/Records";
import { Await, Heading } from "../parts/states";
import { Waterfall } from "../parts/Waterfall";
import type { RecordOf } from "../api/types";

export function Pair({ a, b }: { a: string; b: string }) {
  const loaded = useLoad(`pair ${a} ${b}`, (signal) => api.explain(a, b, signal));
  return (
    <div className="page">
      {!loaded.data && <Heading title="A pair of records" />}
      <Await loaded={loaded} what="the pair">
        {(pair) => (
          <>
          <Heading title="A pair of records" className="pair-names">
            {nameOf(pair.a)} <small>and</small> {nameOf(pair.b)}
          </Heading>
          <div className="pair-columns">
            <Section id="both" title="Side by side" note="What the second record says otherwise is marked." aside={<Open records={[pair.a, pair.b]} />}>
              <RecordTable records={[pair.a, pair.b]} golden={normalsOf(pair.a)} form="original" all={false} against="the first record" />
            </Section>
            <Section id="weighing" title="The weighing" note="Each field speaks for (+) or against (−) one person, in bits: one bit doubles the odds.">
              <Waterfall explanation={pair} />
            </Section>
          </div>
          </>
        )}
      </Await>
    </div>
  );
}

function Open({ records }: { records: RecordOf[] }) {
  return (
    <p className="open-profiles">
      {records.map((record) => (
        <a key={record.node_id} href={to(["records", record.source, record.key])}>
          Profile of <Chip source={record.source} record={record.key} />
        </a>
      ))}
      {records[0] && <a href={to(["clusters", records[0].node_id])}>Their cluster</a>}
    </p>
  );
}
