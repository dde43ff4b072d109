# Vitrine's front door: `make` lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
ORDERS ?= 2000
SEED ?= 7
# Of `make slim`.
BASE = origin/main
# Of `make new-contract`: where a payload says what names it, and its own time (empty: it has none).
ID = id
TIME = timestamp
# Unit tests of models need the tables' shapes, not their rows: a scratch database of their own. The linter's has not
# even tables, so that it always reads models as a first build does. Both are called as a build's are, so that the project
# is parsed once for all.
scratch = VITRINE_RAW=target/$(1)/raw VITRINE_BUILD=target/$(1)/vitrine.duckdb VITRINE_BUILD_PII=target/$(1)/vitrine_pii.duckdb
SCRATCH := $(call scratch,scratch)

export DBT_SEND_ANONYMOUS_USAGE_STATS := false

# Some containers ask for that. Here each of a thousand processes would compile what it imports of the project anew.
unexport PYTHONDONTWRITEBYTECODE

# Unit tests of increments are off in a plain `dbt build`; these all ask for the same project, which is parsed once.
lint-sql lint-googlesql test-models test-python: export VITRINE_TEST_INCREMENTS := True

# Two at once, each of which keeps one core busy; what each says in one piece, where make can.
BESIDE := --no-print-directory --jobs=2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
AIRFLOW := orchestration/airflow/.venv
SUPERSET := bi/superset/.venv
# Models that say something else to BigQuery by themselves; macros are judged where they are executed.
OF_TARGETS = $(shell grep -lrE 'target\.' models --include='*.sql')

.PHONY: help setup demo test test-long lint lint-python lint-sql lint-googlesql test-models test-python test-airflow googlesql slim bench new-contract clean

help: ## List the targets.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

setup: .venv/.installed ## Make the virtual environment (every other target does).

.venv/.installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Vitrine needs Python 3.11 or newer: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	@# The lock names everything, so nothing is resolved: a new release elsewhere cannot change or break an installation. And
	@# so each half can be installed by itself, both at once: pip keeps one core busy.
	awk '/^[^ #]/ {n++} n {print > ("$(@D)/lock-" n % 2)}' $<
	ls $(@D)/lock-* | xargs -n 1 -P 2 $(BIN)/pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes --requirement
	@# On all cores, which pip does not; and without what packages bring along and hardly anybody imports.
	$(BIN)/python -m compileall -qq -j 0 -x 'aiplatform|genai|resourcemanager|vertexai|packages/.*/tests/|packages/(graphql|moto|mypyc?|pygments/lexers|scipy|twilio/rest)/' .venv/lib || true
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/pip check --quiet --disable-pip-version-check
	@touch $@

# The night after the last day of the simulated history, so that yesterday's visits are yesterday's.
demo: setup ## Run the main job on a simulated store: simulate, land, build, audit, publish, suggest.
	@mkdir -p data
	$(BIN)/vitrine simulate --orders $(ORDERS) --seed $(SEED) --out data/demo-$(ORDERS)-$(SEED).ndjson.gz
	$(BIN)/vitrine land data/demo-$(ORDERS)-$(SEED).ndjson.gz
	$(BIN)/vitrine build --as-of 2024-12-31T06:00:00Z
	$(BIN)/vitrine suggestions --top 8

test: setup ## Run every check: linters, types, unit tests of models, Python tests.
	@# One linter after another beside the tests, many of which wait for something: both cores are busy until the end.
	@$(MAKE) --no-print-directory --jobs=2 --keep-going test-python lint-python test-models lint-sql lint-googlesql

test-long: setup ## Run the random and kill tests at full length, and all GoogleSQL through the linter.
	@$(MAKE) --no-print-directory lint-googlesql OF_TARGETS="models tests/*.sql"
	$(BIN)/pytest -m long

lint: setup ## Check style and types of Python and SQL.
	@$(MAKE) $(BESIDE) lint-sql lint-python lint-googlesql

lint-python: setup ## Check style and types of Python.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lint-sql: setup ## Check style and syntax of SQL.
	$(call scratch,lint) $(BIN)/python -m tests.style lint models tests/*.sql

lint-googlesql: setup ## Check style and syntax of what BigQuery alone gets.
	$(BIN)/python -m tests.googlesql.lint $(OF_TARGETS)

test-models: setup ## Run the unit tests of dbt's models.
	$(SCRATCH) $(BIN)/python -m tests.models

test-python: setup ## Run the Python tests.
	$(BIN)/pytest -m "not long" --numprocesses 3 --dist loadfile --no-loadscope-reorder

# Airflow has its own environment: what it needs would not go together with what Vitrine does.
$(AIRFLOW)/.installed: orchestration/airflow/requirements.lock
	$(PYTHON) -m venv $(AIRFLOW)
	$(AIRFLOW)/bin/pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes --requirement $<
	@touch $@

test-airflow: setup $(AIRFLOW)/.installed ## Run the DAGs to their end in a current Airflow (`make test` only reads them).
	$(AIRFLOW)/bin/python -m pytest --noconftest -p no:cacheprovider tests/airflow

# So has Superset.
$(SUPERSET)/.installed: bi/superset/requirements.lock
	$(PYTHON) -m venv $(SUPERSET)
	$(SUPERSET)/bin/pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes --requirement $<
	@touch $@

superset: export SUPERSET_CONFIG_PATH := $(CURDIR)/bi/superset/superset_config.py
superset: $(SUPERSET)/.installed ## Serve Superset with the dashboard over the published file, to this machine.
	$(SUPERSET)/bin/python bi/superset/load.py
	$(SUPERSET)/bin/gunicorn --bind 127.0.0.1:8088 --threads 4 --timeout 120 "superset.app:create_app()"

test-superset: export VITRINE_TEST_SUPERSET := $(CURDIR)/$(SUPERSET)/bin
test-superset: setup $(SUPERSET)/.installed ## Compare each chart of the dashboard, in a browser, with SQL on the marts.
	$(BIN)/pytest tests/project/test_superset.py

googlesql: setup ## Check one model, and all it reads, with GoogleSQL: make googlesql MODEL=fct_orders
	$(BIN)/python -m tests.googlesql $(MODEL)

slim: setup ## Build what the branch changed since BASE, and what hangs on it, over the published build.
	@$(BIN)/python -m tests.slim --base $(BASE)

bench: setup ## Print one JSON line a benchmark; ONLY=name for one of them.
	$(BIN)/python -m benchmarks $(ONLY)

# What make is told is in the environment; so are these, and no text is read by the shell.
new-contract: export ID := $(ID)
new-contract: export TIME := $(TIME)
new-contract: setup ## Add a kind of message to land, stage and account for: NAME=marketing.survey (docs/intake.md has more).
	@$(BIN)/python -m scaffold "$$NAME" --id "$$ID" --time "$$TIME" --key "$$KEY" --plural "$$PLURAL" --fields "$$FIELDS"

clean: ## Remove what tools generated; data/ stays.
	rm -rf target logs .pytest_cache .ruff_cache .mypy_cache .hypothesis
