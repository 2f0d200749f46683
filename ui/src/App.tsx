// The frame around every page: sign-in, navigation, the page itself.

import { useEffect, useRef, useSyncExternalStore, type ReactNode } from "react";
import { api, session } from "./api/client";
import { useLoad } from "./lib/load";
import { go, useRoute, type Route } from "./lib/router";
import { Mark, SourcesContext } from "./parts/bits";
import { Empty, Heading } from "./parts/states";
import { Catalogue } from "./pages/Catalogue";
import { Changes } from "./pages/Changes";
import { ClusterPage } from "./pages/Cluster";
import { Connections } from "./pages/Connections";
import { Copies } from "./pages/Copies";
import { Events } from "./pages/Events";
import { Failed } from "./pages/Failed";
import { HealthPage } from "./pages/Health";
import { IdentityPage } from "./pages/Identity";
import { Lineage } from "./pages/Lineage";
import { ModelPage } from "./pages/Model";
import { Pair } from "./pages/Pair";
import { PreviewPage } from "./pages/Preview";
import { ProfilePage, RecordPage } from "./pages/Profile";
import { Review } from "./pages/Review";
import { Search } from "./pages/Search";
import { SignIn } from "./pages/SignIn";
import { ScoredPage } from "./pages/Scored";
import { Sources } from "./pages/Sources";
import { Sql } from "./pages/Sql";
import { TableDetail } from "./pages/TableDetail";
import { TrackingPlanPage } from "./pages/TrackingPlan";
import { Usage } from "./pages/Usage";

const PAGES = [
  { path: "", name: "Search" },
  { path: "identity", name: "Identity" },
  { path: "events", name: "Events" },
  { path: "sources", name: "Sources" },
  { path: "changes", name: "Changes" },
  { path: "catalogue", name: "Catalogue" },
  { path: "sql", name: "SQL" },
  { path: "health", name: "Health" },
];

export function App() {
  const token = useSyncExternalStore(session.subscribe, session.token);
  return token ? <Frame /> : <SignIn />;
}

function Frame() {
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  const sources = useLoad("sources", (signal) => api.sources(signal));
  useSlashKey();
  return (
    <SourcesContext value={sources.data ?? []}>
      <a
        className="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to the content
      </a>
      <header className="top">
        <a className="brand" href="#/" aria-label="Kith, to the search">
          <Mark />
          Kith
        </a>
        <nav aria-label="Pages">
          <ul>
            {PAGES.map((page) => (
              <li key={page.path}>
                <a href={`#/${page.path}`} aria-current={isCurrent(page.path, route) ? "page" : undefined}>
                  {page.name}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <div className="top-end">
          {route.path.length > 0 && (
            <a className="to-search" href="#/">
              Find a person <kbd>/</kbd>
            </a>
          )}
          <button type="button" className="quiet" onClick={() => session.end("left")}>
            Sign out
          </button>
        </div>
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        {page(route)}
      </main>
    </SourcesContext>
  );
}

function page({ path, query }: Route): ReactNode {
  const [first = "", second, third] = path;
  const number = (name: string) => (query.has(name) ? Number(query.get(name)) : undefined);
  if (first === "") return <Search />;
  if (first === "profiles" && second) return <ProfilePage key={second} id={second} confidence={number("confidence")} pair={query.get("pair")} />;
  if (first === "records" && second && third) return <RecordPage key={`${second}:${third}`} source={second} record={third} />;
  if (first === "pairs" && second && third) return <Pair a={second} b={third} />;
  if (first === "clusters" && second) return <ClusterPage key={second} node={second} />;
  if (first === "model") return <ModelPage />;
  if (first === "scored") return <ScoredPage query={query} />;
  if (first === "review") return <Review first={query.get("pair")} />;
  if (first === "preview") return <PreviewPage key={query.get("confidence")} confidence={number("confidence")} />;
  if (first === "identity") return <IdentityPage query={query} />;
  if (first === "events") return <Events query={query} />;
  if (first === "failed") return <Failed query={query} />;
  if (first === "tracking-plan") return <TrackingPlanPage />;
  if (first === "health") return <HealthPage />;
  if (first === "sources") return <Sources chosen={query.get("rejects") ?? undefined} />;
  if (first === "changes") return <Changes since={number("since") ?? 0} />;
  if (first === "sql") return <Sql key={query.get("table")} table={query.get("table") ?? undefined} />;
  if (first === "catalogue" && second && third) return <TableDetail key={`${second}.${third}`} schema={second} table={third} />;
  if (first === "catalogue") return <Catalogue />;
  if (first === "lineage") return <Lineage table={query.get("table") ?? undefined} depth={number("depth")} of={query.get("of") ?? undefined} column={query.get("column") ?? undefined} />;
  if (first === "connections") return <Connections />;
  if (first === "copies") return <Copies />;
  if (first === "usage") return <Usage days={number("days") || 30} />;
  return (
    <div className="page">
      <Heading title="No such page" />
      <Empty title="There is no page at this address.">
        <p>
          <a href="#/">Go to the search</a>
        </p>
      </Empty>
    </div>
  );
}

function isCurrent(path: string, route: Route): boolean {
  const first = route.path[0] ?? "";
  if (first === "profiles" || first === "records") return path === "";
  if (["pairs", "scored", "clusters", "model", "review", "preview"].includes(first)) return path === "identity";
  if (["failed", "tracking-plan"].includes(first)) return path === "events";
  if (["connections", "copies", "lineage", "usage"].includes(first)) return path === "catalogue";
  return first === path;
}

/** `/` goes to the search box from anywhere, unless one is typing. */
function useSlashKey() {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement | null;
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
      if (target?.closest("input:not([type=radio]):not([type=checkbox]), textarea, select")) return;
      event.preventDefault();
      const box = document.querySelector<HTMLInputElement>("#q");
      if (box) box.focus();
      else go("#/");
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}
