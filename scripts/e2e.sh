#!/usr/bin/env bash
# The user interface in a real, headless Chromium against a real `kith serve` over the demo's data, and a source of events.
#   scripts/e2e.sh [e2e/plans.test.mjs …]
set -euo pipefail
cd "$(dirname "$0")/.."

kith="${CARGO_TARGET_DIR:-$HOME/.cache/kith-target}/release/kith"
[ -x "$kith" ] || { echo "e2e.sh: $kith is missing; run 'make build' first" >&2; exit 1; }
dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT

"$kith" demo --headless --people 3000 --dir "$dir/demo" >/dev/null
cat >>"$dir/demo/kith.toml" <<'TOML'

[[source]]
name = "web"
kind = "events"
write_key = "wk_web_e2e"

[[source]]
name = "till"
kind = "events"
write_key = "wk_till_e2e"
tracking_plan = "plan.json"
unplanned_events = "block"
invalid_events = "block"

[[context]]
template = "order"

[[trait]]
name = "lifetime_value"
context = "order"
aggregate = "sum"
of = "value"

[[connection]]
name = "shopdb"
kind = "sqlite"
path = "shopdb.db"

[[copy]]
table = "shopdb.stars"
mode = "accelerated"
owner = "ann@example.org"
purpose = "reporting"
expires = "2099-12-31"
key = "no"

[[connection]]
name = "away"
kind = "postgres"
url = "postgres://nobody@127.0.0.1:1/nothing"
TOML
python3 - "$dir/demo/shopdb.db" <<'PY'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("CREATE TABLE orders (id INTEGER, customer INTEGER, amount REAL, note TEXT, paid BOOLEAN)")
db.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", [(i, i * 7 % 900, i % 97 / 2, None if i % 5 else f"note {i % 11}", i % 2) for i in range(5000)])
db.execute("CREATE TABLE stars (no INTEGER, stars INTEGER)")
db.executemany("INSERT INTO stars VALUES (?, ?)", [(i, i % 5) for i in range(300)])
db.commit()
PY
echo '{"rules": {"events": []}}' >"$dir/demo/plan.json"
token=$("$kith" --dir "$dir/demo" token create e2e --json | sed -nE 's/.*"token": *"([^"]+)".*/\1/p')
read -r port collect < <(python3 -c 'import socket
found = [socket.socket(), socket.socket()]
for one in found: one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in found))')
"$kith" --dir "$dir/demo" serve --addr "127.0.0.1:$port" --collect-addr "127.0.0.1:$collect" 2>"$dir/serve.log" &
server=$!
for _ in $(seq 100); do
  curl -fsS "http://127.0.0.1:$port/v1/health" >/dev/null 2>&1 && break
  kill -0 "$server" 2>/dev/null || { cat "$dir/serve.log" >&2; exit 1; }
  sleep 0.1
done
cd ui
export KITH_URL="http://127.0.0.1:$port" KITH_TOKEN="$token" KITH_COLLECT="http://127.0.0.1:$collect" KITH_WRITE_KEY=wk_web_e2e
export KITH_SHOP="$dir/demo/shopdb.db"
export KITH_PLAN="$dir/demo/plan.json" KITH_PLAN_KEY=wk_till_e2e
if [ $# -gt 0 ]; then node --test --test-concurrency=1 "$@"; else npm run --silent e2e; fi
