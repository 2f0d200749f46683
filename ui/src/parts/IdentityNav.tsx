// The pages about identity, one beside the other.

import { PageTabs } from "./PageTabs";

const PAGES = [
  { path: "identity", name: "Overview" },
  { path: "review", name: "Pair review" },
  { path: "model", name: "Match model" },
  { path: "scored", name: "Scored pairs" },
  { path: "preview", name: "Preview a change" },
] as const;

export function IdentityNav({ current }: { current?: (typeof PAGES)[number]["path"] }) {
  return <PageTabs label="Identity" pages={PAGES} current={current} />;
}
