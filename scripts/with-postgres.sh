#!/usr/bin/env bash
# Runs a command beside a throw-away PostgreSQL on a free loopback port, and appends the server's URL to the command.
# The password is in PGPASSWORD; server and data are gone when the command ends. POSTGRES_OPTIONS are for the server ("-c jit=off").
set -euo pipefail

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || bin=$(dirname "$(command -v initdb)")
dir=$(mktemp -d)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
PGPASSWORD=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
export PGPASSWORD

# initdb refuses to run as root; Debian's package made the user postgres.
as() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
stop() {
  as "$bin/pg_ctl" -D "$dir/data" -m immediate -s stop >/dev/null 2>&1 || true
  rm -rf "$dir"
}
trap stop EXIT

printf '%s' "$PGPASSWORD" >"$dir/password"
chmod 755 "$dir"
[ "$(id -u)" = 0 ] && chown -R postgres "$dir"
as "$bin/initdb" -D "$dir/data" -U kith --pwfile="$dir/password" --auth=scram-sha-256 -E UTF8 >/dev/null
as "$bin/pg_ctl" -D "$dir/data" -s -w -l "$dir/log" \
  -o "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories= -c fsync=off ${POSTGRES_OPTIONS:-}" start
"$@" "postgres://kith@127.0.0.1:$port/postgres"
