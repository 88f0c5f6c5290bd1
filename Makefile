# What a newcomer needs: `make demo` shows a release, `make test` checks everything. See `make help`.

CARGO ?= cargo
# Outside the workspace, as nothing else needs what stands beside our policies.
POLICY_FIGURES = tests/benchmarks/policies/Cargo.toml
TARGET = $(or $(CARGO_TARGET_DIR),target)

.DEFAULT_GOAL := help
.PHONY: help demo test bench simulation conformance fuzz toolchain proxies format lint tests documents

help:  ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The programs are run from where they were built: `cargo run` of one package alone would choose other features for
# what they share, and compile it again.

demo: toolchain  ## A canary release that is promoted and one that is rolled back, on real processes
	@echo "building sluice and the demo service (minutes the first time, then nothing)"
	@$(CARGO) build --locked -p sluice-cli -p demo-service -p end-to-end --bins
	@$(TARGET)/debug/demo

test: format lint tests documents  ## Everything that the project checks
	@echo "all checks passed"

bench: toolchain  ## The project's figures, beside what they are compared with
	@echo "building for speed (many minutes the first time, then nothing)"
	@$(CARGO) build --locked --release -p sluice-cli -p benchmarks --bins
	@$(CARGO) build --locked --release --manifest-path $(POLICY_FIGURES) --target-dir $(abspath $(TARGET))
	@$(CARGO) build --locked --workspace --bins
	@$(TARGET)/release/benchmarks
	@echo "policies, beside Rego and Cedar:"
	@$(TARGET)/release/policy-figures
	@echo "hostile expressions in a build that is not for speed:"
	@$(TARGET)/debug/benchmarks hostile

simulation: toolchain  ## How often the shipped checks cry wolf, and how soon they find what is wrong
	@$(CARGO) build --quiet --locked -p simulation
	@$(TARGET)/debug/simulation

conformance: toolchain  ## The PromQL, exposition and CEL suites of the folder that SLUICE_VECTORS names
	@test -n "$(SLUICE_VECTORS)" || { echo "set SLUICE_VECTORS to the folder with promql.ndjson, exposition.ndjson and cel.ndjson"; exit 2; }
	@$(CARGO) test --quiet --locked -p sluice-metrics -p sluice-policy --test main -- conformance --nocapture --test-threads 1

# Outside `make test`, as it wants a nightly compiler and cargo-fuzz, which nothing else does.
fuzz:  ## A minute of hostile pages, and a minute of hostile queries
	@command -v cargo-fuzz >/dev/null || { echo "cargo-fuzz is missing: cargo install cargo-fuzz, and rustup toolchain install nightly"; exit 2; }
	@mkdir -p $(TARGET)/fuzz/exposition $(TARGET)/fuzz/promql
	@cd engine/metrics && $(CARGO) +nightly fuzz run --target-dir $(abspath $(TARGET))/fuzz/build exposition \
		$(abspath $(TARGET))/fuzz/exposition fuzz/seeds/prometheus fuzz/seeds/openmetrics fuzz/seeds/protobuf \
		-- -max_total_time=60 -rss_limit_mb=2048
	@cd engine/metrics && $(CARGO) +nightly fuzz run --target-dir $(abspath $(TARGET))/fuzz/build promql \
		$(abspath $(TARGET))/fuzz/promql fuzz/seeds/promql -- -max_total_time=60 -rss_limit_mb=2048

# The parts of `make test`. All of them use the one development profile, so that each dependency is compiled once.

format: toolchain  ## Formatting
	@echo "== format"
	@$(CARGO) fmt --all --check
	@$(CARGO) fmt --check --manifest-path $(POLICY_FIGURES)

lint: toolchain  ## Clippy, with warnings denied
	@echo "== lint"
	@$(CARGO) clippy --quiet --locked --workspace --all-targets -- -D warnings

tests: toolchain proxies  ## Unit, snapshot, property, hostile-plugin, end-to-end and fault tests, and the house rules
	@echo "== tests"
	@$(CARGO) test --quiet --locked --workspace

documents: toolchain  ## The crates' documentation, with warnings denied
	@echo "== documentation"
	@RUSTDOCFLAGS="-D warnings" $(CARGO) doc --quiet --locked --workspace --no-deps

toolchain:
	@.ci/toolchain

# HAProxy, Envoy and Python, for the tests of targets, and Prometheus, for those of metrics; says what is left out where they can not be had.
proxies:
	@.ci/proxies
	@.ci/prometheus
