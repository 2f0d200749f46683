#!/usr/bin/env bash
# Builds the Python wheel, installs the file in a clean environment with pandas, polars and pyarrow, and runs its tests.
#   scripts/wheel.sh              all of it
#   scripts/wheel.sh build        only the wheel; the last line says where it is
# Environments and tools live in ${XDG_CACHE_HOME:-~/.cache}/kith-python, build products in $CARGO_TARGET_DIR/python. Where KITH
# names the command, or a built one is found, frames are compared with files as well.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
cache=${XDG_CACHE_HOME:-$HOME/.cache}/kith-python
target=${CARGO_TARGET_DIR:-$HOME/.cache/kith-target}
dist=$target/python/wheels

scripts/setup.sh build python
mkdir -p "$cache" "$dist"

# An environment that was cut off half-way, or whose Python is gone, is made anew.
environment() {
  "$1/bin/python" -m pip --version >/dev/null 2>&1 || { rm -rf "$1" && python3 -m venv "$1"; }
}

pip_install() {
  local python=$1
  shift
  "$python" -m pip install --quiet --disable-pip-version-check "$@"
}

environment "$cache/build"
"$cache/build/bin/maturin" --version >/dev/null 2>&1 || pip_install "$cache/build/bin/python" "maturin>=1.9,<2"

echo "building the wheel; the first time compiles about 100 crates: roughly three minutes of CPU"
rm -f "$dist"/kith-*.whl
(cd sdk/python && CARGO_TARGET_DIR=$target/python "$cache/build/bin/maturin" build --quiet --release --locked --out "$dist")
wheel=$(ls "$dist"/kith-*.whl)

if [ "${1:-}" != build ]; then
  environment "$cache/test"
  pip_install "$cache/test/bin/python" "pytest>=8" "pandas>=2.2" "polars>=1" "pyarrow>=14"
  # The file itself, from nowhere else, and never a copy of an older build.
  pip_install "$cache/test/bin/python" --force-reinstall --no-deps --no-index "$wheel"
  [ -n "${KITH:-}" ] || { [ -x "$target/release/kith" ] && export KITH=$target/release/kith; } || true
  (cd "$root/sdk/python" && "$cache/test/bin/python" -m pytest -q -p no:cacheprovider tests)
fi
echo "$wheel"
