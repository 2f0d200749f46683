// From an event to the person. A user id may be an e-mail address, so it goes into no address of a page: the profile's id does.

import { api } from "../api/client";
import type { EventOf } from "../api/events";
import { useAct } from "../lib/act";
import { go, to } from "../lib/router";

export function PersonLink({ event }: { event: EventOf }) {
  const act = useAct();
  const [type, id] = event.user_id ? ["user_id", event.user_id] : ["anonymous_id", event.anonymous_id];
  if (!id) return null;
  const open = async () => {
    const profile = await act.run(() => api.profile(type as string, id));
    if (profile?.profile_id) go(to(["profiles", profile.profile_id]));
  };
  return (
    <>
      <button type="button" className="button small" disabled={act.busy} onClick={open}>
        Open the person’s profile
      </button>
      {act.error && (
        <span className="inline-error" role="alert">
          {act.error.message}
        </span>
      )}
    </>
  );
}
