#!/usr/bin/env bash
# Looks for what the recipes need and installs what it may; else says exactly what is missing.
#   scripts/setup.sh [build] [ui] [test] [brokers] [s3] [oidc] [taps] [clickhouse] [postgres] [mariadb] [python] [chaos]
set -euo pipefail

missing=()
apt_updated=
have() { command -v "$1" >/dev/null 2>&1; }

# Installs Debian packages when we may (root, or sudo without a password).
install() {
  local sudo=
  if [ "$(id -u)" != 0 ]; then
    have sudo && sudo -n true 2>/dev/null && sudo=sudo || { missing+=("the packages: $*   (apt-get install $*)"); return; }
  fi
  have apt-get || { missing+=("the packages: $*   (no apt-get here: use your system's package manager)"); return; }
  if [ -z "$apt_updated" ]; then
    $sudo apt-get update -qq || true
    apt_updated=1
  fi
  echo "installing: $*"
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "$@" >/dev/null ||
    missing+=("the packages: $*   (apt-get install failed)")
}

need_build() {
  have cc || install gcc libc6-dev
  have make || install make
  have cargo || missing+=("Rust 1.95 or newer with cargo   (by rustup, or your system's packages)")
}

need_ui() {
  have node || install nodejs npm
  have npm || install npm
  local major
  major=$(node --version 2>/dev/null | sed -E 's/^v([0-9]+).*/\1/') || major=0
  [ "${major:-0}" -ge 20 ] || missing+=("Node.js 20 or newer   (found: $(node --version 2>/dev/null || echo none))")
}

need_postgres() {
  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || have initdb || install postgresql
}

need_mariadb() {
  [ -x /usr/sbin/mariadbd ] || have mariadbd || install mariadb-server
}

# Brokers that tests of streams talk to: a real NATS server, and librdkafka's brokers in Python.
need_brokers() {
  [ -x /usr/sbin/nats-server ] || have nats-server || install nats-server
  have openssl || install openssl
  need_python
  local environment=${XDG_CACHE_HOME:-$HOME/.cache}/kith-python/kafka
  "$environment/bin/python" -c 'import confluent_kafka' 2>/dev/null && return
  { rm -rf "$environment" && mkdir -p "$(dirname "$environment")" && python3 -m venv "$environment" &&
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check "confluent-kafka>=2.5,<3"; } ||
    missing+=("the Python package confluent-kafka in $environment   (pip install failed)")
}

# A server that speaks S3, for tests of files in object storage.
need_s3() {
  need_python
  local environment=${XDG_CACHE_HOME:-$HOME/.cache}/kith-python/s3
  "$environment/bin/python" -c 'import moto.server' 2>/dev/null && return
  { rm -rf "$environment" && mkdir -p "$(dirname "$environment")" && python3 -m venv "$environment" &&
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check "moto[server]>=5,<6"; } ||
    missing+=("the Python package moto[server] in $environment   (pip install failed)")
}

# An issuer of OpenID Connect, for tests of sign-on.
need_oidc() {
  need_ui
  local modules=${XDG_CACHE_HOME:-$HOME/.cache}/kith-node/oidc
  [ -d "$modules/node_modules/oidc-provider" ] && return
  { mkdir -p "$modules" && (cd "$modules" && npm install --silent --no-audit --no-fund oidc-provider@9.13.3); } ||
    missing+=("the npm package oidc-provider in $modules   (npm install failed)")
}

# Singer taps and a source of Airbyte, for tests of programs; each in an environment of its own, as they want different libraries.
need_taps() {
  need_python
  local folder=${XDG_CACHE_HOME:-$HOME/.cache}/kith-python/taps package name
  for package in tap-csv-folder==0.0.1a1 tap-jsonl==0.3.1 tap-rest-api-msdk==1.4.2 meltanolabs-tap-postgres==0.10.0 airbyte-source-faker==7.2.1; do
    name=${package%%==*}
    [ -e "$folder/$name/ready-${package##*==}" ] && continue
    { rm -rf "${folder:?}/$name" && mkdir -p "$folder" && python3 -m venv "$folder/$name" &&
      "$folder/$name/bin/python" -m pip install --quiet --disable-pip-version-check "$package" &&
      touch "$folder/$name/ready-${package##*==}"; } ||
      missing+=("the Python package $package in $folder/$name   (pip install failed)")
  done
}

# The engine of ClickHouse as a Python library.
need_clickhouse() {
  need_python
  local environment=${XDG_CACHE_HOME:-$HOME/.cache}/kith-python/clickhouse
  "$environment/bin/python" -c 'import chdb' 2>/dev/null && return
  { rm -rf "$environment" && mkdir -p "$(dirname "$environment")" && python3 -m venv "$environment" &&
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check "chdb>=4.4,<5"; } ||
    missing+=("the Python package chdb in $environment   (pip install failed)")
}

need_test() {
  need_postgres
  need_mariadb
  need_brokers
  need_s3
  need_taps
  need_clickhouse
  need_oidc
  [ -x /usr/bin/chromium ] || have chromium || have google-chrome || install chromium fonts-dejavu-core
  have curl || install curl
}

need_python() {
  have python3 || install python3
  python3 -c 'import ensurepip, venv' 2>/dev/null || install python3-venv python3-pip
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null ||
    missing+=("Python 3.10 or newer   (found: $(python3 --version 2>/dev/null || echo none))")
  python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=("Python's venv and pip   (apt-get install python3-venv python3-pip)")
}

need_chaos() {
  have strace && have mkfs.xfs && have mkfs.ext4 && [ -e /usr/lib/*/libeatmydata.so.1 ] ||
    install strace xfsprogs e2fsprogs libeatmydata1
}

for part in "${@:-build}"; do
  case "$part" in
    build | ui | test | brokers | s3 | oidc | taps | clickhouse | postgres | mariadb | python | chaos) "need_$part" ;;
    *) echo "setup.sh: unknown part $part" >&2; exit 2 ;;
  esac
done
if [ "${#missing[@]}" -gt 0 ]; then
  echo "Kith can not be built here yet. Missing:" >&2
  printf '  - %s\n' "${missing[@]}" >&2
  exit 1
fi
