// Asks for the token when there is none, or when the server refused it.

import { useState, type FormEvent } from "react";
import { session } from "../api/client";
import { Mark } from "../parts/bits";
import { Heading } from "../parts/states";

export function SignIn() {
  const [token, setToken] = useState("");
  const refused = session.refused();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (token.trim()) session.set(token.trim());
  };
  return (
    <main className="sign-in">
      <form className="sign-in-card" onSubmit={submit}>
        <Mark />
        <Heading title="Sign in">Sign in to Kith</Heading>
        {refused && (
          <p className="inline-error" role="alert" id="refused">
            The server refused the token. It may have been revoked, or cut off when it was copied.
          </p>
        )}
        <label htmlFor="token">Access token</label>
        <input
          id="token"
          type="password"
          autoComplete="off"
          spellCheck={false}
          value={token}
          onChange={(event) => setToken(event.target.value)}
          aria-describedby="token-help"
          autoFocus
        />
        <p className="note" id="token-help">
          <code>kith serve</code> prints a link that carries one. The token stays in this browser tab and is forgotten when you close it.
        </p>
        <button type="submit" className="button primary" disabled={!token.trim()}>
          Sign in
        </button>
      </form>
    </main>
  );
}
