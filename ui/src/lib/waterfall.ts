// The arithmetic of one pair: prior + fields = total, as spans on one axis of bits.

import type { Explanation, FieldWeight } from "../api/types";

export interface Step {
  field: FieldWeight;
  bits: number;
  /** The running total before, between the two parts, and after. */
  from: number;
  middle: number;
  to: number;
}
export interface Waterfall {
  prior: number;
  steps: Step[];
  /** Fields that one side lacks: they say nothing. */
  silent: FieldWeight[];
  total: number;
  /** Prior and fields give the stated total, to a tenth of a bit. */
  consistent: boolean;
  min: number;
  max: number;
}

export function waterfall(explanation: Explanation): Waterfall {
  const steps: Step[] = [];
  const silent: FieldWeight[] = [];
  let sum = explanation.prior_bits;
  let [min, max] = [Math.min(0, sum), Math.max(0, sum)];
  for (const field of explanation.fields) {
    const bits = field.weight_bits;
    if (bits === 0 && (field.left === null || field.right === null || field.level === "missing")) {
      silent.push(field);
      continue;
    }
    const step = { field, bits, from: sum, middle: sum + bits - (field.term_frequency_bits ?? 0), to: sum + bits };
    steps.push(step);
    sum = step.to;
    min = Math.min(min, step.middle, step.to);
    max = Math.max(max, step.middle, step.to);
  }
  const total = explanation.weight_bits;
  return {
    prior: explanation.prior_bits, steps, silent, total, consistent: Math.abs(sum - total) < 0.1,
    min: Math.min(min, total), max: Math.max(max, total),
  };
}
