// A tiny router over the address's fragment: `#/profiles/p0000000000042?confidence=0.99`.
// The fragment never reaches a server or its log, and any static server can serve the pages.
// What a person types (names, e-mails) is kept in the history entry's state, not in the address.

import { useSyncExternalStore } from "react";

export interface Route {
  path: string[];
  query: URLSearchParams;
}

function read(): string {
  return location.hash.startsWith("#/") ? location.hash.slice(1) : "/";
}

export function parse(text: string): Route {
  const [path = "", search = ""] = text.split("?", 2);
  const parts = path.split("/").filter(Boolean).map(decode);
  return { path: parts, query: new URLSearchParams(search) };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function subscribe(tell: () => void): () => void {
  addEventListener("hashchange", tell);
  addEventListener("popstate", tell);
  return () => {
    removeEventListener("hashchange", tell);
    removeEventListener("popstate", tell);
  };
}

export function useRoute(): Route {
  return parse(useSyncExternalStore(subscribe, read));
}

/** The address of a page: `to(["profiles", id], { confidence: 0.9 })`. */
export function to(path: (string | number)[], query: { [name: string]: string | number | undefined } = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== "") search.set(name, String(value));
  const text = search.toString();
  return `#/${path.map((part) => encodeURIComponent(String(part))).join("/")}${text ? `?${text}` : ""}`;
}

export function go(address: string, how: "push" | "replace" = "push") {
  if (how === "push") location.hash = address;
  else {
    history.replaceState(history.state, "", address);
    dispatchEvent(new PopStateEvent("popstate"));
  }
}

/** Remembers a text in this history entry: it survives reload and "back", and is in no address. */
export const remembered = {
  read: (name: string): string => String((history.state as { [name: string]: unknown } | null)?.[name] ?? ""),
  write: (name: string, text: string) => history.replaceState({ ...(history.state as object | null), [name]: text }, ""),
};
