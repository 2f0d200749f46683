// What the model has learnt of each comparison: for each level of agreement m, u and the weight; and how rare values are.

import type { Comparison } from "../api/types";
import { bits, count, percent, rate, words } from "../lib/format";
import { Bar, Scroll } from "./bits";
import { TableHead, drawing, hidden, number } from "./TableHead";

export function Levels({ comparisons, records }: { comparisons: Comparison[]; records: number }) {
  const most = mostOf(comparisons);
  return (
    <div className="model">
      {comparisons.map((one) => (
        <div key={one.label} className="model-card">
          <table className="chart-table model-field">
            <caption>
              {one.label} <small>{percent(records > 0 ? one.present / records : 0)} of the records have it</small>
            </caption>
            <TableHead columns={["Level", number("m"), hidden("Drawing of m and u"), number("u"), drawing, number("Bits")]} />
            <tbody>
              {one.levels.map((level) => (
                <tr key={level.level}>
                  <th scope="row">{words(level.level)}</th>
                  <td className="num faint">{rate(level.m)}</td>
                  <td className="m-and-u">
                    <Bar share={level.m} kind="for" />
                    <Bar share={level.u} kind="against" />
                  </td>
                  <td className="num faint">{rate(level.u)}</td>
                  <td className="drawing">
                    <Diverging share={level.weight_bits / most} />
                  </td>
                  <td className="num">{bits(level.weight_bits)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {one.term_frequencies.length > 0 && <Terms comparison={one} />}
        </div>
      ))}
    </div>
  );
}

export const mostOf = (comparisons: Comparison[]) => Math.max(...comparisons.flatMap((one) => one.levels.map((level) => Math.abs(level.weight_bits))), 1);

/** The commonest values and the rarest: an agreement on a rare one says more. */
function Terms({ comparison }: { comparison: Comparison }) {
  const most = Math.max(...comparison.term_frequencies.map((term) => Math.abs(term.bits)), 1);
  return (
    <details className="terms">
      <summary>
        Common and rare values<span className="sr"> of {comparison.label}</span>, of {count(comparison.distinct)}
      </summary>
      <table className="model-field">
        <caption className="sr">Term frequencies of {comparison.label}</caption>
        <TableHead columns={["Value", number("Records"), drawing, number("Adds, bits")]} />
        <tbody>
          {comparison.term_frequencies.map((term) => (
            <tr key={term.value}>
              <th scope="row" className="value">
                {term.value}
              </th>
              <td className="num">{count(term.records)}</td>
              <td className="drawing">
                <Diverging share={term.bits / most} />
              </td>
              <td className="num">{bits(term.bits)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

/** A bar to the left (against) or to the right (for) of the middle. */
function Diverging({ share }: { share: number }) {
  const width = Math.max(0.6, Math.min(1, Math.abs(share)) * 50);
  return (
    <svg className="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <rect className={share < 0 ? "bar-against" : "bar-for"} x={share < 0 ? 50 - width : 50} y="0" width={width} height="10" />
      <rect className="zero" x="49.8" y="0" width="0.4" height="10" />
    </svg>
  );
}

/** All comparisons on one axis of bits: each mark is a level, so one sees what can speak loudest, for and against. */
export function Weights({ comparisons }: { comparisons: Comparison[] }) {
  const all = comparisons.flatMap((one) => one.levels.map((level) => level.weight_bits));
  const [low, high] = [Math.min(0, ...all), Math.max(0, ...all)];
  const pad = (high - low) * 0.02 || 1;
  const x = (weight: number) => (300 * (weight - low + pad)) / (high - low + 2 * pad);
  const spread = (one: Comparison) => Math.max(...one.levels.map((level) => level.weight_bits)) - Math.min(...one.levels.map((level) => level.weight_bits));
  const sorted = [...comparisons].sort((a, b) => spread(b) - spread(a));
  return (
    <Scroll label="Match weights">
      <table className="chart-table weights">
        <TableHead columns={["Comparison", number("Most against"), drawing, number("Most for")]} />
        <tbody>
          {sorted.map((one) => {
            const weights = one.levels.map((level) => level.weight_bits);
            const [least, most] = [Math.min(...weights), Math.max(...weights)];
            return (
              <tr key={one.label}>
                <th scope="row">{one.label}</th>
                <td className="num">{bits(least)}</td>
                <td className="drawing">
                  <svg className="strip" viewBox="0 0 300 18" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                    <rect className="strip-ground" x="0" y="8" width="300" height="2" />
                    {least < 0 && <rect className="bar-against-rarity" x={x(least)} y="6" width={x(Math.min(0, most)) - x(least)} height="6" />}
                    {most > 0 && <rect className="bar-for-rarity" x={x(Math.max(0, least))} y="6" width={x(most) - x(Math.max(0, least))} height="6" />}
                    <rect className="zero" x={x(0) - 0.4} y="0" width="0.8" height="18" />
                    {one.levels.map((level) => (
                      <rect key={level.level} className={level.weight_bits < 0 ? "bar-against" : "bar-for"} x={x(level.weight_bits) - 1} y="1" width="2" height="16">
                        <title>{`${words(level.level)} ${bits(level.weight_bits)}`}</title>
                      </rect>
                    ))}
                  </svg>
                </td>
                <td className="num">{bits(most)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}
