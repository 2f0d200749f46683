#!/usr/bin/env bash
# Clients, unmodified, ask a fresh project: psql, psycopg 3, psycopg2, SQLAlchemy, JDBC over PostgreSQL's wire; ADBC over Flight SQL.
#   scripts/sql-clients.sh               against the built kith (or KITH=path/to/kith)
# Needs psql (postgresql-client), python3-venv, and for JDBC java and libpostgresql-jdbc-java; without the last two JDBC is left out,
# and it says so. The clients for Python live in ${XDG_CACHE_HOME:-~/.cache}/kith-sql-clients.
set -euo pipefail
cd "$(dirname "$0")/.."

kith=$(realpath "${KITH:-${CARGO_TARGET_DIR:-$HOME/.cache/kith-target}/release/kith}")
here=$PWD/tests/sql-clients
cache=${XDG_CACHE_HOME:-$HOME/.cache}/kith-sql-clients
"$cache/bin/python" -m pip --version >/dev/null 2>&1 || { rm -rf "$cache" && python3 -m venv "$cache"; }
"$cache/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"

project=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$project"' EXIT
cp "$here/crm.csv" "$project"
cd "$project"
"$kith" init crm.csv >/dev/null
"$kith" run --quiet >/dev/null
password=$("$kith" user add anna --role owner 2>/dev/null)
token=$("$kith" token create clients 2>/dev/null)
serve() {
  : >said
  "$kith" --json serve --addr 127.0.0.1:0 --sql-addr 127.0.0.1:0 --flight-addr 127.0.0.1:0 "$@" >said 2>>log &
  server=$!
  for _ in $(seq 100); do [ -s said ] && break || sleep 0.1; done
  addr=$(python3 -c 'import json; print(json.load(open("said"))["sql"])')
  flight=$(python3 -c 'import json; print(json.load(open("said"))["flight"])')
}
serve

echo "psql: $(psql --version)"
export PGPASSWORD=$password PGHOST=${addr%:*} PGPORT=${addr#*:} PGUSER=anna PGDATABASE=kith
while IFS='|' read -r ask wanted; do
  got=$(psql -X -A -t -v ON_ERROR_STOP=1 -c "$ask" 2>&1) || { echo "psql: $ask failed: $got"; exit 1; }
  grep -qF -- "$wanted" <<<"$got" || { echo "psql: $ask gave no $wanted: $got"; exit 1; }
  echo "  ok  $ask"
done <"$here/psql.txt"

"$cache/bin/python" "$here/check.py" "$addr" "$password"
"$cache/bin/python" "$here/flight.py" "$flight" "$password" "$token"

jar=$(find /usr/share/java -name 'postgresql*.jar' 2>/dev/null | sort | tail -1)
if [ -n "$jar" ] && command -v java >/dev/null; then
  java -cp "$jar" "$here/Check.java" "$addr" "$password"
else
  echo "JDBC: left out, there is no java or no /usr/share/java/postgresql.jar"
fi
kill "$server" && wait "$server" || true
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
  -keyout key.pem -out cert.pem 2>/dev/null
serve --sql-tls-certificate cert.pem --sql-tls-key key.pem
tls="host=localhost hostaddr=127.0.0.1 port=${addr#*:} user=anna dbname=kith sslmode=verify-full sslrootcert=cert.pem"
psql -X "$tls" -c '\conninfo' | grep -q 'SSL connection' || { echo "psql: no TLS"; exit 1; }
echo "  ok  psql over TLS, verified"
"$cache/bin/python" "$here/flight.py" "$flight" "$password" "$token" cert.pem
! grep -i panic log || exit 1
