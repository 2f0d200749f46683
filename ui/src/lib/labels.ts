// Labels of columns, where this server has them.

import { api } from "../api/client";
import { offers } from "../api/offers";
import { useLoad, type Loaded } from "./load";
import type { LabelsOf } from "../api/tables";

/** Null also where there are none to have. */
export function useLabels(): Loaded<LabelsOf[]> {
  return useLoad<LabelsOf[]>("labels", async (signal) => ((await offers()).route("get", "/labels") ? ((await api.labels(signal)) ?? NONE) : NONE)) as Loaded<LabelsOf[]>;
}

/** Stands for "there are no labels here": nothing is shown of them. */
export const NONE: LabelsOf[] = [];

/** Labels to choose from beside those that are in use. */
const USUAL = ["name", "email", "phone", "address", "birth_date", "national_id", "payment", "location", "health", "free_text", "identifier"];

export function known(labels: LabelsOf[]): string[] {
  const used = labels.flatMap((one) => [...(one.labels ?? []), ...one.proposed.map((proposed) => proposed.label)]);
  return [...new Set([...USUAL, ...used])].sort();
}
