#!/usr/bin/env bash
# Public SDKs, unmodified, send a known story to a fresh project; see tests/clients/README.md. Arguments go to run.py:
#   scripts/clients.sh                   against the built kith
#   scripts/clients.sh --kill 5          kill -9 five times meanwhile
#   scripts/clients.sh --recorder        against a recorder, to look at the clients
# The SDKs for Python live in ${XDG_CACHE_HOME:-~/.cache}/kith-clients, and so do the built drivers of those for Rust.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh ui test python
cache=${XDG_CACHE_HOME:-$HOME/.cache}/kith-clients
"$cache/bin/python" -m pip --version >/dev/null 2>&1 || { rm -rf "$cache" && python3 -m venv "$cache"; }
"$cache/bin/python" -m pip install --quiet --disable-pip-version-check -r tests/clients/requirements.txt
# A workspace and a target folder of its own: nothing of the SDKs comes into Kith's tree.
CARGO_TARGET_DIR="$cache/rust" cargo build --release --locked --quiet --manifest-path tests/clients/drivers/rust/Cargo.toml
# `npm ci` makes the folder anew each time; once is enough for one lock file.
cmp -s tests/clients/package-lock.json tests/clients/node_modules/.of-lock || {
  (cd tests/clients && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
  cp tests/clients/package-lock.json tests/clients/node_modules/.of-lock
}
case " $* " in
  *" --recorder "* | *" --kith "*) ;;
  *) set -- --kith "${KITH:-${CARGO_TARGET_DIR:-$HOME/.cache/kith-target}/release/kith}" "$@" ;;
esac
exec python3 tests/clients/run.py "$@"
