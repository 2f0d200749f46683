# Kith. The recipes that people and CI use; each says what it does.
# Build products live outside the checkout, so that several clones share one compiled dependency tree.
export CARGO_TARGET_DIR ?= $(HOME)/.cache/kith-target
KITH = $(CARGO_TARGET_DIR)/release/kith

.PHONY: help demo demo-postgres build ui quick test clients chaos wheel lint bench bench-peers bench-federated bench-doors bench-parts bench-frame docs

help: ## list the recipes
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: build ## set up, build, resolve a small invented company and open the product
	$(KITH) demo

demo-postgres: ## the same with the CRM in a real PostgreSQL
	scripts/setup.sh build postgres
	$(MAKE) build
	scripts/with-postgres.sh $(KITH) demo --postgres

build: ui ## build the one binary, with the user interface inside
	scripts/setup.sh build
	@echo "building kith; the first time compiles about 500 crates: roughly half an hour on two cores, seconds afterwards"
	cargo build --release --locked --workspace

ui: ui/dist/index.html ## build the user interface
ui/dist/index.html: docs/reference/errors.md $(shell find ui/src ui/index.html ui/package-lock.json ui/vite.config.ts -type f 2>/dev/null)
	scripts/setup.sh ui
	cd ui && npm ci --no-audit --no-fund --loglevel=error && npm run --silent build

quick: ## the tests of the pure crates, in seconds
	cargo test --release --locked -p kith-core -p kith-resolve -p kith-dedupe

# One seed, so that a change is judged by what it changes; `make quick` and a bare `cargo test` look further each time.
test: export PROPTEST_RNG_SEED = 20261122
test: ui ## set up and run all tests, the browser's included
	scripts/setup.sh build test python
	cargo test --release --locked --workspace
	KITH=$(KITH) scripts/wheel.sh
	scripts/e2e.sh

clients: ## public SDKs for Segment and RudderStack send to a fresh project, and all of it is counted once
	scripts/clients.sh

chaos: build ## break Kith on purpose, count what is lost, and write docs/reliability.md (root, half an hour)
	sudo -n true 2>/dev/null || [ $$(id -u) = 0 ] || { echo "make chaos needs root: mounts, cgroups, strace"; exit 1; }
	scripts/setup.sh build chaos
	bench/chaos.py $(KITH) --report docs/reliability.md

wheel: ## build the Python wheel, and test it in a clean environment
	scripts/wheel.sh

lint: ui ## format, clippy, types
	cargo fmt --all --check
	cargo clippy --release --locked --workspace --all-targets -- -D warnings
	cd sdk/python && cargo fmt --check && CARGO_TARGET_DIR=$(CARGO_TARGET_DIR)/python cargo clippy --release --locked -- -D warnings
	cd ui && npm run --silent lint

bench: build ## accuracy and speed on the data sets in bench/data, written to docs/benchmarks.md by hand
	bench/bench.py $(KITH)

bench-peers: build ## the same beside Splink 5 and DuckDB, in one run
	bench/bench.py $(KITH) --peers --million

bench-federated: build ## twenty queries over PostgreSQL, SQLite and Parquet, beside DuckDB: rows fetched and time
	scripts/setup.sh python postgres
	bench/federated.py $(KITH)

bench-doors: build ## a million rows by each way out: Arrow, Flight SQL, PostgreSQL's wire
	scripts/setup.sh python postgres
	bench/doors.py $(KITH)

bench-parts: ## how long the steps of the matching library take (criterion)
	CARGO_TARGET_DIR=$(CARGO_TARGET_DIR)/criterion cargo bench --manifest-path bench/criterion/Cargo.toml

bench-frame: build wheel ## kith.dedupe on pandas frames, beside the command and Splink
	bench/bench_frame.py $(KITH) --peers
