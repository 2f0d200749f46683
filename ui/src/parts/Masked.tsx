// What the policy keeps back, said wherever a value or a name of such a column stands: a lock, the mask, the reason.

import type { MaskOf } from "../api/tables";

const MASKS: { [mask: string]: string } = {
  year: "only the year", month: "only year and month", domain: "only the domain", last4: "only the last four characters", bucket: "rounded", fixed: "replaced", null: "taken out",
};

export const maskName = (mask: string): string => MASKS[mask] ?? mask;

export function Lock() {
  return (
    <svg className="lock" viewBox="0 0 16 16" width="12" height="12" aria-hidden="true" focusable="false">
      <rect x="3" y="7" width="10" height="7" rx="1.5" />
      <path d="M5.2 7V5a2.8 2.8 0 0 1 5.6 0v2" />
    </svg>
  );
}

export function Masked({ of: { mask, why }, reason = false }: { of: MaskOf; reason?: boolean }) {
  return (
    <span className="masked" title={why}>
      <Lock /> masked: {maskName(mask)}
      {why && (reason ? <span className="note"> · {why}</span> : <span className="sr">, {why}</span>)}
    </span>
  );
}
