# Needs make and Python >= 3.11, nothing else. Another interpreter: make test PYTHON=/path/to/python
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip
INSTALL := $(PIP) install --quiet --constraint constraints.txt
# A class, or a page of the documentation, stays in one process: its examples build on each other.
PYTEST_ARGS ?= -n auto --dist loadscope

# The first of these that is new enough and can make an environment.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& { echo $$p; break; }; done)

# The newest Django needs a newer Python than the oldest supported one: the first of these that works.
NEWER_PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 $$HOME/.pyenv/versions/3.1[2-9]*/bin/python; do \
	$$p -c 'import ensurepip, sqlite3, sys, venv; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1 \
	&& { echo $$p; break; }; done)
NEWER := $(VENV)-newer

.DEFAULT_GOAL := help
.PHONY: help demo test doors-on-postgres check lint types imports coverage coverage-report docs oracle oracle-short oracle-long newer-python django-newest django-newest-contract races crashes screens format rows constraints clean

help: ## list what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.demo ## serve the portal on this machine, with people and codes in it
	$(BIN)/python -m tenantaccess.demo

test: $(VENV)/.test ## run the tests, on SQLite and on a real PostgreSQL
	$(BIN)/python -m pytest $(PYTEST_ARGS)

doors-on-postgres: $(VENV)/.test ## requests to a Django project whose database is PostgreSQL: half a minute
	TENANTACCESS_TEST_DJANGO_DEFAULT=postgresql $(BIN)/python -m pytest -n 0 tests/django/test_door_views.py \
		tests/django/test_door_commands.py tests/django/test_door_stale_sessions.py

check: lint types imports coverage doors-on-postgres docs oracle django-newest django-newest-contract ## run every gate, the long runs beside the oracle included

lint: $(VENV)/.dev ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev ## mypy, strict
	$(BIN)/mypy

imports: $(VENV)/.dev ## the import contracts
	$(BIN)/lint-imports

coverage: $(VENV)/.dev ## run the tests, with the coverage gate
	$(BIN)/python -m pytest $(PYTEST_ARGS) --cov --cov-report=
	@$(MAKE) --no-print-directory coverage-report

coverage-report: $(VENV)/.dev ## the gate alone, on the last run: model, rules and services 100 %
	$(BIN)/coverage report --fail-under=100

docs: $(VENV)/.dev ## build the documentation, warnings as errors
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going --fresh-env -b html docs docs/_build/html

oracle: $(VENV)/.dev ## the library beside the oracle: every small state, and long runs on each store
	$(BIN)/python tests/oracle/explore.py --alphabet lifecycle --depth 4
	$(BIN)/python tests/oracle/explore.py --alphabet people --depth 4
	$(BIN)/python tests/oracle/replay.py --alphabet lifecycle --depth 2
	$(BIN)/python tests/oracle/replay.py --alphabet people --depth 2 --every 9
	$(BIN)/python tests/oracle/differential.py --store memory --steps 200000 --cells tests/oracle/cells.txt
	$(BIN)/python tests/oracle/differential.py --store sqlite --steps 200000 --every 50 --cells tests/oracle/cells.txt
	$(BIN)/python tests/oracle/differential.py --store postgres --steps 20000 --every 50
	$(BIN)/python tests/oracle/differential.py --store django:sqlite --steps 50000 --every 50
	$(BIN)/python tests/oracle/differential.py --store django:postgres --steps 20000 --every 50

oracle-short: $(VENV)/.dev ## the same, as far as a few minutes reach: what CI runs
	$(BIN)/python tests/oracle/explore.py --alphabet lifecycle --depth 4
	$(BIN)/python tests/oracle/explore.py --alphabet people --depth 3
	$(BIN)/python tests/oracle/replay.py --alphabet lifecycle --depth 1
	$(BIN)/python tests/oracle/replay.py --alphabet people --depth 1 --every 3
	$(BIN)/python tests/oracle/differential.py --store memory --steps 60000
	$(BIN)/python tests/oracle/differential.py --store sqlite --steps 30000 --every 50
	$(BIN)/python tests/oracle/differential.py --store postgres --steps 4000 --every 50
	$(BIN)/python tests/oracle/differential.py --store django:sqlite --steps 4000 --every 50
	$(BIN)/python tests/oracle/differential.py --store django:postgres --steps 2000 --every 50

oracle-long: $(VENV)/.dev ## the small states of the lifecycle, further: an hour or two
	$(BIN)/python tests/oracle/explore.py --alphabet lifecycle --depth 6
	$(BIN)/python tests/oracle/replay.py --alphabet lifecycle --depth 3

newer-python: ## print which Python the newest Django is tried on
	@echo "$(NEWER_PYTHON)"

django-newest: $(NEWER)/.test ## the tests of Django's app on its newest release, which needs Python >= 3.12
	$(NEWER)/bin/python -c 'import django; print("Django", django.__version__)'
	$(NEWER)/bin/python -m pytest $(PYTEST_ARGS) tests/django -k "not TestInTheHosts and not TestOnPostgreSQL"

django-newest-contract: $(NEWER)/.test ## what that leaves out: the contract on PostgreSQL, and in a host's transaction
	$(NEWER)/bin/python -m pytest $(PYTEST_ARGS) tests/django -k "TestInTheHosts or TestOnPostgreSQL"

races: $(VENV)/.test ## whatever may meet, in every order of its calls and 250 times on PostgreSQL: an hour
	$(BIN)/python tests/schedules/campaign.py
	$(BIN)/python tests/races/campaign.py

crashes: $(VENV)/.test ## kill workers at every port call, and at a thousand random moments: half an hour
	$(BIN)/python tests/crashes/campaign.py --store sqlite --random 1000
	$(BIN)/python tests/crashes/campaign.py --store postgres --random 1000

screens: $(VENV)/.test ## take pictures of every page of the portal, for the documentation
	$(BIN)/python tests/browser/screens.py docs/screens

format: $(VENV)/.dev ## let ruff write the format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

rows: $(VENV)/.test ## write which test holds which row to rows.txt
	$(BIN)/python -m pytest --collect-only --quiet --quiet --rows rows.txt

# Resolves everything anew in a fresh environment of Python 3.11, the oldest supported.
constraints: ## renew constraints.txt
	rm -rf $(VENV)-new
	$(PYTHON) -m venv $(VENV)-new
	$(VENV)-new/bin/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "needs PYTHON=python3.11")'
	$(VENV)-new/bin/python -m pip install --quiet --upgrade pip
	$(VENV)-new/bin/python -m pip install --quiet --editable '.[all]' --group dev
	{ sed '/^[^#]/d' constraints.txt; \
	  $(VENV)-new/bin/python -m pip freeze --exclude-editable | grep -v '^#' | LC_ALL=C sort -f; } > constraints.new
	mv constraints.new constraints.txt
	rm -rf $(VENV)-new

clean: ## remove what the targets above made
	rm -rf $(VENV) $(VENV)-new $(NEWER) docs/_build .coverage .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

# pip comes first: the one bundled with an older Python knows no dependency groups.
$(VENV)/.pip:
	@test -n "$(PYTHON)" || { echo "No Python >= 3.11 with venv found; name one: make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --upgrade pip
	@touch $@

# What is pinned is pinned for the oldest Python; Django and its kin are to be the newest there are.
$(NEWER)/.test: pyproject.toml constraints.txt
	@test -n "$(NEWER_PYTHON)" || { echo "No Python >= 3.12 with venv found; name one: make $@ NEWER_PYTHON=/path/to/python"; exit 1; }
	$(NEWER_PYTHON) -m venv $(NEWER)
	$(NEWER)/bin/python -m pip install --quiet --upgrade pip
	grep -v -i -E '^(django|asgiref|sqlparse)' constraints.txt > $(NEWER)/constraints.txt
	$(NEWER)/bin/python -m pip install --quiet --constraint $(NEWER)/constraints.txt --editable . --group browser --group test 'django>=6'
	@touch $@

# The stamps: a second call installs nothing unless the requirements changed.
$(VENV)/.demo: $(VENV)/.pip pyproject.toml constraints.txt
	$(INSTALL) --editable '.[demo]'
	@touch $@

$(VENV)/.test: $(VENV)/.pip pyproject.toml constraints.txt
	$(INSTALL) --editable . --group browser --group test
	@touch $@

$(VENV)/.dev: $(VENV)/.pip pyproject.toml constraints.txt
	$(INSTALL) --editable '.[all]' --group dev
	@touch $@ $(VENV)/.demo $(VENV)/.test
