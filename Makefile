# Everything a user or contributor runs. Needs Python 3.11+ with venv, git and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
WEEK ?= 2026-W07

.PHONY: help install install-dev run test test-full test-kill test-mutations test-year test-embeddings dev lint identity bench clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

install: $(VENV)/installed ## make .venv with tradeflow in it
install-dev: $(VENV)/installed-dev

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "tradeflow needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..."; exit 1; }
	@echo "Creating $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing tradeflow and its dependencies into $(VENV) (a few minutes the first time) ..."
	@$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	@echo "Installing the development tools into $(VENV) ..."
	@$(PIP) install --constraint constraints.txt --editable '.[dev]'
	@touch $@

$(VENV)/installed-embeddings: $(VENV)/installed-dev
	@echo "Installing sentence-transformers and torch into $(VENV) (1.2 GB) ..."
	@$(PIP) install --constraint constraints.txt --editable '.[embeddings]'
	@touch $@

$(VENV)/installed-bench: $(VENV)/installed-dev
	@echo "Installing what the benchmarks compare with into $(VENV) ..."
	@$(PIP) install --constraint constraints.txt --editable '.[bench]'
	@touch $@

run: $(VENV)/installed ## write the weekly brief (WEEK=2026-W07)
	@$(BIN)/tradeflow run --week $(WEEK)

test: $(VENV)/installed-dev ## the default test suite, minutes
	@$(BIN)/python -m pytest -n 2 -m "not slow and not campaign"

test-full: $(VENV)/installed-embeddings ## the slow campaigns, the packaging test, models of meaning
	@$(BIN)/python -m pytest -n 2 -m slow

test-kill: $(VENV)/installed-dev ## two hundred kills of a run at random moments, most of an hour
	@$(BIN)/python -m pytest -n 2 --dist=worksteal -m campaign tradeflow_tests/pipeline/test_crashes.py

test-year: $(VENV)/installed-dev ## a back-fill of 52 weeks, the 30th held against the week made alone
	@$(BIN)/python -m pytest -m campaign tradeflow_tests/pipeline/test_backfill.py

test-embeddings: $(VENV)/installed-embeddings ## the loading of models of meaning, on a small one made here
	@$(BIN)/python -m pytest tradeflow_tests/search/test_dense.py

test-mutations: $(VENV)/installed-dev ## a wrong word put in at every place of the golden reports
	@$(BIN)/python -m pytest -n 2 --dist=worksteal -m campaign tradeflow_tests/briefing/test_mutations.py

dev: $(VENV)/installed ## open the Dagster UI on http://127.0.0.1:3000
	@$(BIN)/tradeflow dev

lint: $(VENV)/installed-dev ## ruff, format, types, the law of the SQL layers, the law of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -p no:cacheprovider tradeflow_tests/test_import_law.py \
		tradeflow_tests/sql/test_layer_law.py

identity: $(VENV)/installed ## write the generated tables of economies and Census areas anew
	@$(BIN)/python -m tradeflow.identity

bench: $(VENV)/installed-bench ## measure a weekly run, back-fills, the concentration marts, the search, reports and site
	@$(BIN)/python benchmarks/weekly_run.py
	@$(BIN)/python benchmarks/backfill.py
	@$(BIN)/python benchmarks/concentration.py
	@$(BIN)/python -m benchmarks.retrieval
	@$(BIN)/python -m benchmarks.report_and_site

clean: ## remove the environment, the data and the published reports
	rm -rf $(VENV) data reports/published .pytest_cache .mypy_cache .ruff_cache .hypothesis
