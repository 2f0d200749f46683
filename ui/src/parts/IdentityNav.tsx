// The pages about identity, one beside the other.

const PAGES = [
  { path: "identity", name: "Overview" },
  { path: "review", name: "Pair review" },
  { path: "model", name: "Match model" },
  { path: "scored", name: "Scored pairs" },
  { path: "preview", name: "Preview a change" },
] as const;

export function IdentityNav({ current }: { current?: (typeof PAGES)[number]["path"] }) {
  return (
    <nav className="tabs" aria-label="Identity">
      <ul>
        {PAGES.map((page) => (
          <li key={page.path}>
            <a href={`#/${page.path}`} aria-current={current === page.path ? "page" : undefined}>
              {page.name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
