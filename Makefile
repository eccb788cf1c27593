PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= data
PORT ?= 8080

.DEFAULT_GOAL := help
.PHONY: help install up test faults soak check format layouts lock bench clean

help: ## show this help
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else "Gouji needs Python 3.11 or newer; this is %d.%d. Say PYTHON=python3.11 make …  需要 Python 3.11 或更新版本" % v[:2])'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --config-settings editable_mode=compat -e .
	@touch $@

install: $(VENV)/.installed ## make the virtual environment from the locked dependencies

up: install ## start the whole system on this machine; Ctrl-C drains and stops it
	@exec $(BIN)/gouji up --data $(DATA) --port $(PORT)

test: install ## run every test that can run on this machine, and say what was skipped and why
	$(BIN)/pytest

faults: install ## kill everything at random, 500 documents over Apache Kafka (needs Java 17 and Maven); about ten minutes
	REQUIRE_KAFKA=1 FAULT_DOCUMENTS=500 FAULT_ROUNDS=24 $(BIN)/pytest -s tests/faults/test_faults.py

soak: install ## 20,000 tiny documents at 70 % of the measured capacity, on either kind of engines: memory, latency, nothing lost; about 50 minutes each
	$(BIN)/python benchmarks/soak.py --engines apache
	$(BIN)/python benchmarks/soak.py --engines embedded

check: install ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install ## apply the formatter and the safe fixes
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

layouts: install ## compile the layouts after a change to one, for a fast start
	$(BIN)/python -c 'from shared.layouts import FOLDER, compile_layouts; print(compile_layouts(), end="")' > layouts.tmp
	mv layouts.tmp shared/layouts/compiled.json

COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --no-annotate --python-version 3.11

lock: install ## resolve the dependencies anew into the two lock files
	$(BIN)/pip install --quiet uv
	$(COMPILE) --extra embedded --extra build --extra dev -o requirements.lock pyproject.toml
	$(COMPILE) --extra build --constraint requirements.lock -o requirements-runtime.lock pyproject.toml

clean: ## remove the environment and the caches (the data folder stays)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
