// The stream of identity changes, in the order of the log: what downstream systems consume, readable.

import { api } from "../api/client";
import type { Change } from "../api/types";
import { count, plural } from "../lib/format";
import { useLoad } from "../lib/load";
import { to } from "../lib/router";
import { Scroll } from "../parts/bits";
import { Await, Empty, Heading } from "../parts/states";

const PAGE = 50;

export function Changes({ since }: { since: number }) {
  const from = Number.isFinite(since) && since > 0 ? Math.floor(since) : 0;
  const loaded = useLoad(`changes ${from}`, (signal) => api.changes(from, PAGE, signal));
  return (
    <div className="page">
      <Heading title="Identity changes" />
      <p className="lead-note">
        Every profile that was made, joined, merged, split or left, in the order of the log. Systems that keep profile ids read the same stream:{" "}
        <code>GET /v1/changes?since={from}</code>
      </p>
      <Await loaded={loaded} what="the changes">
        {({ changes, next }) => (
          <section className="panel" aria-labelledby="stream">
            <header className="panel-head">
              <h2 id="stream">{changes.length === 0 ? "No change" : `Log positions ${count(changes[0]?.position ?? 0)} to ${count(changes.at(-1)?.position ?? 0)}`}</h2>
              <Pager from={from} next={changes.length < PAGE ? null : next} />
            </header>
            {changes.length === 0 ? (
              <Empty title={from ? "Nothing has changed since." : "Nobody has been identified yet."}>
                {from === 0 && (
                  <p>
                    Run <code>kith run</code>.
                  </p>
                )}
              </Empty>
            ) : (
              <Stream changes={changes} />
            )}
          </section>
        )}
      </Await>
    </div>
  );
}

function Pager({ from, next }: { from: number; next: number | null }) {
  return (
    <nav className="pager" aria-label="Pages of changes">
      {from > 0 && <a href="#/changes">From the start</a>}
      {from > 0 && (
        <button type="button" className="quiet" onClick={() => history.back()}>
          Back
        </button>
      )}
      {next !== null && <a href={to(["changes"], { since: next })}>Next {PAGE}</a>}
    </nav>
  );
}

function Stream({ changes }: { changes: Change[] }) {
  return (
    <Scroll label="Identity changes">
      <table className="stream">
        <thead>
          <tr>
            <th scope="col" className="num">Position</th>
            <th scope="col">Change</th>
            <th scope="col">Profile</th>
            <th scope="col">Records</th>
          </tr>
        </thead>
        <tbody>
          {changes.map((change, i) => (
            <tr key={`${change.position} ${i}`}>
              <td className="num">{count(change.position)}</td>
              <td>
                <span className={`tag change-${change.change}`}>{change.change}</span>
              </td>
              <td>
                <Who change={change} />
              </td>
              <td className="note">{change.nodes ? plural(change.nodes.length, "record") : "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Who({ change }: { change: Change }) {
  const link = (id: string | undefined) => (id ? <a href={to(["profiles", id])}><code>{id}</code></a> : null);
  if (!change.from && !change.into) return link(change.profile);
  return (
    <>
      {link(change.from)} <span aria-hidden="true">→</span>
      <span className="sr"> into </span> {link(change.into)}
    </>
  );
}
