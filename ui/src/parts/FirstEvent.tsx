// Before the first event: how to send one, and a word when it comes.

import { COLLECT, KEY } from "../lib/curl";
import { Copy } from "./bits";

const CONFIG = `[[source]]
name = "web"
kind = "events"
write_key = "wk_web_…"        # or "env:WEB_WRITE_KEY"`;

/** `refused`: something came, and could not be taken. */
export function FirstEvent({ connected, refused }: { connected: boolean; refused: boolean }) {
  const collect = COLLECT();
  const line = `curl -u "${KEY}:" ${collect}/v1/track -H 'content-type: application/json' -d '{"userId": "u1", "event": "Order Completed", "properties": {"total": 12.50}}'`;
  const snippet = `import { Analytics } from "@segment/analytics-node";

const analytics = new Analytics({ writeKey: process.env.KITH_WRITE_KEY, host: "${collect}" });
analytics.track({ userId: "u1", event: "Order Completed", properties: { total: 12.5 } });`;
  return (
    <section className="panel first-event" aria-labelledby="first-event">
      <h2 id="first-event">{connected ? "No event has come yet" : "No source of events is connected yet"}</h2>
      {refused && (
        <p className="inline-error">
          What came last was refused: <a href="#/failed">see why</a>.
        </p>
      )}
      {!connected && <Snippet title="Add one to kith.toml and start kith serve again" text={CONFIG} />}
      <Snippet title="By hand" text={line} />
      <Snippet title="With Segment’s library" text={snippet} />
      <p className="note">
        The write key stands in <code>kith.toml</code>. Events go to a port of their own, 7778 unless <code>kith serve</code> was told another.
      </p>
      {connected && (
        <p className="waits" role="status">
          <span className="spinner" aria-hidden="true" />
          Waiting for the first event; it shows here within a second or two.
        </p>
      )}
    </section>
  );
}

/** A few lines to copy. */
export function Snippet({ title, text }: { title: string; text: string }) {
  return (
    <div className="snippet">
      <h3>{title}</h3>
      <pre tabIndex={0} aria-label={title}>{text}</pre>
      <Copy text={text} label={`Copy: ${title}`} />
    </div>
  );
}
