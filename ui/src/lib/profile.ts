// One profile, live: read once, and then as the server's stream says it whenever it has changed. While there is no stream, who
// shows the timeline asks, and says when the profile is to be read again.

import { useEffect, useState } from "react";
import { api } from "../api/client";
import type { Profile } from "../api/types";
import { useLoad, type Loaded } from "./load";
import { follow } from "./sse";

/** However often it changes, it is drawn no more often. */
const SHOWN_MS = 400;

export interface LiveProfile extends Loaded<Profile> {
  /** True while the server says by itself what is new. */
  streamed: boolean;
  /** Another number whenever something was. */
  news: number;
}

export function useProfile(id: string, confidence: number | undefined): LiveProfile {
  const key = `profile ${id} ${confidence ?? ""}`;
  const loaded = useLoad(key, (signal) => api.profile("profile", id, confidence, signal));
  const [fresh, setFresh] = useState<{ key: string; profile: Profile | null; streamed: boolean; news: number }>({ key, profile: null, streamed: false, news: 0 });
  const there = loaded.data !== null && loaded.error === null;
  // What was read anew is newer than what the stream said before.
  useEffect(() => setFresh((before) => ({ ...before, profile: null })), [loaded.data]);
  useEffect(() => {
    if (!there) return;
    let newest: string | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = () => {
      timer = undefined;
      if (newest === null) return;
      const profile = JSON.parse(newest) as Profile;
      newest = null;
      setFresh((before) => ({ key, profile, streamed: true, news: before.news + 1 }));
    };
    const asked = new URLSearchParams({ profile: `profile:${id}`, ...(confidence !== undefined && { confidence: String(confidence) }) });
    const end = follow({
      path: () => `/stream?${asked}`,
      take: (sent) => {
        if (sent.event !== "profile") return;
        newest = sent.data;
        timer ??= setTimeout(show, SHOWN_MS);
      },
      told: (open) => setFresh((before) => ({ ...before, streamed: open })),
    });
    return () => {
      end();
      clearTimeout(timer);
      setFresh((before) => ({ ...before, profile: null, streamed: false }));
    };
  }, [key, there]);
  const { profile, streamed, news } = fresh;
  return { ...loaded, data: (fresh.key === key ? profile : null) ?? loaded.data, streamed, news };
}
