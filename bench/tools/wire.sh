#!/usr/bin/env bash
# A million generated rows (a whole number, a text, a float) by each door: bench/tools/wire.sh DIR SQL_ADDR HTTP_URL TOKEN, where
# `kith serve` serves DIR, PGUSER and PGPASSWORD are set, and psycopg is in PYTHON. Prints the median of five, in seconds.
set -euo pipefail
sql="WITH d(x) AS (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) SELECT a.x * 1000 + f.x AS n, 'some text ' || b.x AS t, c.x * 1.5e0 AS f FROM d a, d b, d c, d d, d e, d f"
export PGHOST=${2%:*} PGPORT=${2#*:} PGDATABASE=kith
median() {
  local name=$1
  shift
  for _ in 1 2 3 4 5; do
    local begun=$(date +%s.%N)
    "$@" >/dev/null
    echo "$(date +%s.%N) - $begun" | bc
  done | sort -n | sed -n 3p | xargs printf '%-28s %s\n' "$name"
}
body=$(python3 -c 'import json, sys; print(json.dumps({"query": sys.argv[1]}))' "$sql")
http() { curl -sfN "$3/v1/sql" -H "Authorization: Bearer $4" -H 'Content-Type: application/json' -H "Accept: $5" -d "$body"; }
binary() {
  "${PYTHON:-python3}" - "$sql" "$1" <<'P'
import sys, psycopg
from psycopg import pq
c = pq.PGconn.connect(b"")
c.send_query_params(sys.argv[1].encode(), None, result_format=int(sys.argv[2]))
c.set_chunked_rows_mode(10_000)
n = 0
while r := c.get_result():
    n += r.ntuples
assert n == 1_000_000, n
P
}
median "HTTP, Arrow" http "$@" application/vnd.apache.arrow.stream
median "HTTP, CSV" http "$@" text/csv
median "wire, text, psql" psql -X -A -t -o /dev/null -v FETCH_COUNT=0 -c "$sql"
median "wire, text, libpq" binary 0
median "wire, binary, libpq" binary 1
