// The pages about events, one beside the other. The tracking plan is there where the server has one.

import { useOffers, type Offers } from "../api/offers";
import { PageTabs } from "./PageTabs";

const PAGES = [
  { path: "events", name: "Live events" },
  { path: "failed", name: "Failed events" },
  { path: "tracking-plan", name: "Tracking plan" },
] as const;

export const hasPlans = (offers: Offers) => offers.route("get", "/tracking-plan") || offers.route("get", "/events/violations");

export function EventsNav({ current }: { current: (typeof PAGES)[number]["path"] }) {
  const offers = useOffers();
  const pages = PAGES.filter((page) => page.path !== "tracking-plan" || hasPlans(offers));
  return <PageTabs label="Events" pages={pages} current={current} />;
}
