// What a page shows when it has no data: still loading, nothing there, or an error that says what, why and what next.

import { useEffect, useRef, type ReactNode } from "react";
import type { ApiError } from "../api/client";
import type { Loaded } from "../lib/load";

export function Loading({ what }: { what: string }) {
  return (
    <div className="state loading" role="status">
      <span className="spinner" aria-hidden="true" />
      Loading {what} …
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="state empty">
      <p className="state-title">{title}</p>
      {children}
    </div>
  );
}

export function Failure({ error, retry }: { error: ApiError; retry?: () => void }) {
  return (
    <div className="state failure" role="alert">
      <p className="state-title">{error.message}</p>
      {error.help && <p>{error.help}</p>}
      <p className="state-code">
        <code>{error.code}</code>
      </p>
      {retry && (
        <button type="button" className="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Shows the right one of the three, or the data. */
export function Await<T>({ loaded, what, children }: { loaded: Loaded<T>; what: string; children: (data: T) => ReactNode }) {
  if (loaded.error) return <Failure error={loaded.error} retry={loaded.reload} />;
  if (loaded.data === null) return <Loading what={what} />;
  return <div aria-busy={loaded.stale}>{children(loaded.data)}</div>;
}

/** The page's heading: it sets the window's title (never with a person's data) and takes the focus after a change of page. */
export function Heading({ title, children, className }: { title: string; children?: ReactNode; className?: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const first = document.title === "Kith";
    document.title = `${title} · Kith`;
    if (!first && (document.activeElement === document.body || document.activeElement?.tagName === "A")) {
      heading.current?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
  }, [title]);
  return (
    <h1 ref={heading} tabIndex={-1} className={className}>
      {children ?? title}
    </h1>
  );
}
