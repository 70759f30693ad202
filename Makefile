# Everything a developer or a visitor runs. Needs Python ≥ 3.11, Node ≥ 20.19 and make; no root, no Docker.
#
#   make up      set everything up and start Hengjian with a simulated city
#   make test    check everything and run every test
#   make soak    the fault tests at full length, seeds and counts in a table at the end; hours, and 16 GB of memory
#   make check   style, types, arrows between the rooms, documentation
#   make bench-ingest   how fast the way in is, beside raw COPY and a bare subscriber; 25 minutes of a quiet machine
#   make scorecard      what every judge finds and falsely says: simulated worlds, recorded data beside the checkout
#   make bench-fleet    what judging a fleet costs, up to a million instruments; 15 minutes of a quiet machine, 15 GB of disk
#   make lock    resolve the dependencies anew and pin them with hashes
#   make clean   remove what was built; var/ (the data) stays

PYTHON ?= python3
UP ?=

VENV := .venv
BIN := $(VENV)/bin

DEPENDENCIES := $(VENV)/.dependencies
INSTALLED := $(VENV)/.installed
NODE_MODULES := console/node_modules/.installed
CONSOLE := console/dist/index.html
CONSOLE_SOURCES := $(shell find console -path console/node_modules -prune -o -path console/dist -prune -o \
	-type f \( -path 'console/src/*' -o -path 'console/public/*' -o -name '*.html' -o -name '*.json' -o -name '*.ts' \) -print)

.DEFAULT_GOAL := up
.PHONY: up install test check check-python check-console test-python test-console soak bench-ingest bench-fleet scorecard lock clean
.DELETE_ON_ERROR:

up: install $(CONSOLE)
	$(BIN)/hengjian up $(UP)

install: $(INSTALLED)

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or later is needed, and '$(PYTHON)' is not installed; name another with PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed, and '$(PYTHON)' is $$($(PYTHON) --version 2>&1); name another with PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "'$(PYTHON)' cannot make virtual environments: install its venv module (Debian: python3-venv)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(DEPENDENCIES): requirements.lock | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

# The checkout itself; built with the tools the lock already brought.
$(INSTALLED): pyproject.toml $(DEPENDENCIES)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(NODE_MODULES): console/package-lock.json console/package.json
	@command -v node >/dev/null && command -v npm >/dev/null || { echo "Node 20.19 or later with npm is needed to build the console, and it is not installed" >&2; exit 1; }
	@node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' || { echo "Node 20.19 or later is needed to build the console, and this is $$(node --version)" >&2; exit 1; }
	cd console && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(CONSOLE): $(NODE_MODULES) $(CONSOLE_SOURCES)
	cd console && npm run --silent build
	@touch $@

test: check test-python test-console

check: check-python check-console

# ruff's D rules are the documentation coverage: a public name without a docstring does not pass.
check-python: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check-console: $(NODE_MODULES)
	cd console && npm run --silent check

# The tests, and every example in a docstring; those that kill, freeze and fill things one by one, after the others.
test-python: $(INSTALLED) $(CONSOLE)
	$(BIN)/python -m pytest -q -m 'not fault' -n auto --maxprocesses 4 --durations=15
	$(BIN)/python -m pytest -q -m fault --durations=15

# Kills by the hundred, the database away for half an hour; SOAK='-k database' chooses among them.
SOAK ?=
soak: $(INSTALLED)
	HENGJIAN_SOAK=1 $(BIN)/python -m pytest -q -m fault --timeout=21600 tests/faults $(SOAK)

test-console: $(NODE_MODULES) $(CONSOLE)
	cd console && npm test --silent
	@if command -v chromium >/dev/null || [ "$(HENGJIAN_REQUIRE_SERVICES)" = 1 ]; then cd console && npm run --silent e2e; \
		else echo "the console's browser tests were left out: chromium is not installed"; fi

# BENCH=--quick shows in three minutes whether all of it works.
BENCH ?=
bench-ingest: install
	$(BIN)/python -m benchmarks.ingest $(BENCH)

scorecard: $(INSTALLED)
	$(BIN)/python -m benchmarks.scorecard
	$(BIN)/python -m benchmarks.drift

# BENCH='--sizes 10000 --days 5' shows in two minutes whether all of it works; BENCH=--full judges all days of a million.
bench-fleet: install
	$(BIN)/python -m benchmarks.fleet $(BENCH)

# Needs uv. The image's lists leave out what only development and the one-machine product need.
lock:
	@command -v uv >/dev/null || { echo "'make lock' needs uv on the PATH" >&2; exit 1; }
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--extra standalone --group dev --output-file requirements.lock pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--constraint requirements.lock --output-file deploy/image/requirements.lock pyproject.toml
	echo hatchling | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --constraint requirements.lock --output-file deploy/image/build.lock -

clean:
	rm -rf $(VENV) console/node_modules console/dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache *.egg-info dist
