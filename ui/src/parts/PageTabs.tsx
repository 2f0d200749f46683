// Pages that belong together, one beside the other.

interface PageTabsProps<Path extends string> {
  label: string;
  pages: readonly { path: Path; name: string }[];
  current?: Path | undefined;
}

export function PageTabs<Path extends string>({ label, pages, current }: PageTabsProps<Path>) {
  return (
    <nav className="tabs" aria-label={label}>
      <ul>
        {pages.map((page) => (
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
