// What this server offers, by its own OpenAPI document: pages and buttons whose route is not in it are left out.
// Asked once a tab, and only by the pages that need it.

import { useLoad } from "../lib/load";
import { api, ApiError } from "./client";

interface Operation {
  parameters?: { name: string; in: string }[];
}
export interface OpenApi {
  paths: { [path: string]: { [method: string]: Operation } };
}

export interface Offers {
  route: (method: "get" | "post", path: string) => boolean;
  parameter: (path: string, name: string) => boolean;
}

const NOTHING: Offers = { route: () => false, parameter: () => false };
let known: Promise<Offers> | null = null;

async function ask(): Promise<Offers> {
  try {
    const { paths } = await api.openapi();
    return {
      route: (method, path) => Boolean(paths[`/v1${path}`]?.[method]),
      parameter: (path, name) => Boolean(paths[`/v1${path}`]?.get?.parameters?.some((one) => one.name === name)),
    };
  } catch (cause) {
    known = null;
    if (cause instanceof ApiError && cause.status === 404) return NOTHING;
    throw cause;
  }
}

export const offers = (): Promise<Offers> => (known ??= ask());

/** Nothing is offered until the document has come. */
export function useOffers(): Offers {
  return useLoad("offers", offers).data ?? NOTHING;
}
