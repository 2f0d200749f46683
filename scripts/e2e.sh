#!/usr/bin/env bash
# The user interface in a real, headless Chromium against a real `kith serve` over the demo's data.
set -euo pipefail
cd "$(dirname "$0")/.."

kith="${CARGO_TARGET_DIR:-$HOME/.cache/kith-target}/release/kith"
[ -x "$kith" ] || { echo "e2e.sh: $kith is missing; run 'make build' first" >&2; exit 1; }
dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT

"$kith" demo --headless --people 3000 --dir "$dir/demo" >/dev/null
token=$("$kith" --dir "$dir/demo" token create e2e --json | sed -nE 's/.*"token": *"([^"]+)".*/\1/p')
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$kith" --dir "$dir/demo" serve --addr "127.0.0.1:$port" 2>"$dir/serve.log" &
server=$!
for _ in $(seq 100); do
  curl -fsS "http://127.0.0.1:$port/v1/health" >/dev/null 2>&1 && break
  kill -0 "$server" 2>/dev/null || { cat "$dir/serve.log" >&2; exit 1; }
  sleep 0.1
done
cd ui
KITH_URL="http://127.0.0.1:$port" KITH_TOKEN="$token" npm run --silent e2e
