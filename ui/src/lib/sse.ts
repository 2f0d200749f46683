// Server-sent events, followed. By fetch and not by EventSource, which can not send the token.
// 1. Opens, reads what is sent, and opens again where that ends: the caller says from where on. 2. Rests while the tab is hidden,
// since a browser has six connections for all its tabs. 3. Silence is a fault too: the server says something each 15 seconds.

import { api } from "../api/client";

export interface Sent {
  id: string;
  event: string;
  data: string;
}

const SILENT_MS = 45_000;
const SOONEST_MS = 500;
const SLOWEST_MS = 15_000;

/** What a body of server-sent events says, one after the other. Comments say nothing. */
export async function* sentBy(body: ReadableStream<Uint8Array>, heard: () => void = () => {}): AsyncGenerator<Sent> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = "";
  let sent: Sent = { id: "", event: "message", data: "" };
  let id = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      heard();
      const lines = (rest + value).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "") {
          if (sent.data) yield { ...sent, id, data: sent.data.slice(0, -1) };
          sent = { id: "", event: "message", data: "" };
          continue;
        }
        const [, name = "", text = ""] = /^([^:]*):? ?([\s\S]*)$/.exec(line) ?? [];
        if (name === "data") sent.data += `${text}\n`;
        if (name === "event") sent.event = text;
        if (name === "id") id = text;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

export interface Followed {
  /** The path to ask, from where it should go on now. */
  path: () => string;
  take: (sent: Sent) => void;
  /** It is open, or it is not, and is tried again. Why it is not, asking in its place says. */
  told: (open: boolean) => void;
}

/** Follows until what it returns is called. */
export function follow({ path, take, told }: Followed): () => void {
  let stopped = false;
  let running: AbortController | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let faults = 0;
  const read = async (own: AbortController) => {
    let silent: ReturnType<typeof setTimeout> | undefined;
    const heard = () => {
      clearTimeout(silent);
      silent = setTimeout(() => own.abort(), SILENT_MS);
    };
    try {
      heard();
      const body = await api.stream(path(), own.signal);
      told(true);
      for await (const sent of sentBy(body, heard)) take(sent);
    } finally {
      clearTimeout(silent);
    }
  };
  const turn = async () => {
    timer = undefined;
    if (stopped || document.hidden || running) return;
    const own = new AbortController();
    running = own;
    const began = performance.now();
    await read(own).catch(() => {});
    running = null;
    if (stopped) return;
    told(false);
    // One that has held for a while is opened again at once.
    faults = performance.now() - began > SLOWEST_MS ? 0 : faults + 1;
    if (!document.hidden) timer = setTimeout(turn, Math.min(SLOWEST_MS, SOONEST_MS * 2 ** Math.min(faults, 8)));
  };
  const seen = () => {
    if (document.hidden) {
      running?.abort();
      clearTimeout(timer);
      timer = undefined;
    } else if (timer === undefined) {
      faults = 0;
      void turn();
    }
  };
  document.addEventListener("visibilitychange", seen);
  void turn();
  return () => {
    stopped = true;
    running?.abort();
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", seen);
  };
}
