// The pages about tables, one beside the other.

import { PageTabs } from "./PageTabs";

const PAGES = [
  { path: "catalogue", name: "Catalogue" },
  { path: "lineage", name: "Lineage" },
  { path: "connections", name: "Connections" },
  { path: "copies", name: "Copies" },
  { path: "usage", name: "Usage" },
] as const;

export const DataNav = ({ current }: { current?: (typeof PAGES)[number]["path"] }) => <PageTabs label="Tables" pages={PAGES} current={current} />;
