# What a machine needs: Python 3.11 to 3.14, make and git. `make help` lists the targets.

SHELL := /bin/sh
BIN := .venv/bin
STAMP := .venv/installed
ARGS ?=

# The interpreter that makes .venv: `make PYTHON=python3.12 …` names another one.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null && { echo "$$python"; break; }; done)

.PHONY: help install up demo test mutants lint format audit bench bench-long browser pictures lock

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile

install: $(STAMP) ## Make .venv and install what the lock names; nothing to do while the lock is the same

$(STAMP): requirements.lock
	@test -n "$(PYTHON)" && "$(PYTHON)" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null || \
		{ echo "Tidemark needs Python 3.11 to 3.14: install one, or name it with make PYTHON=/path/to/python." >&2; exit 1; }
	"$(PYTHON)" -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@touch $(STAMP)

up: install ## Start everything; ARGS="--port 8001" passes options on
	@exec $(BIN)/python manage.py up $(ARGS)

demo: install ## The same, then send a little real input and print what came out
	@exec $(BIN)/python manage.py up --demo $(ARGS)

test: install ## The whole test suite, three files at a time; ARGS="-k name" passes options on
	$(BIN)/python -m pytest -n 3 --dist loadfile $(ARGS)

mutants: install ## Tests against code that is broken on purpose; ARGS="drain leases" chooses, docs/testing.md explains
	$(BIN)/python -m tests.mutants $(ARGS)

lint: install ## Style, types, the direction of imports, models without migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python manage.py check
	$(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

format: install ## Put the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

audit: install ## Known vulnerabilities of what the locks name; AUDIT_DATA=/path/to/all.zip does without network
	@$(BIN)/python .ci/audit.py

bench: install ## The benchmarks; docs/performance.md explains them
	$(BIN)/python -m benchmarks $(ARGS)

bench-long: install ## The benchmarks that take many minutes: ten million stored events
	$(BIN)/python -m benchmarks --long $(ARGS)

browser: install ## What the tests in a browser need; without it they are skipped
	@command -v chromium >/dev/null || { echo "Install chromium (Debian: apt-get install chromium)." >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-browser.lock

pictures: browser ## Take the pictures of the README anew, of a running demonstration; needs chromium
	$(BIN)/python docs/pictures/take.py

COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --quiet \
	--no-emit-index-url --no-header

lock: install ## Resolve pyproject.toml anew into the locks, for Linux and macOS and every Python we support
	$(COMPILE) --extra embedded --extra bench --extra dev --upgrade --output-file requirements.lock
	$(COMPILE) --constraint requirements.lock --upgrade --output-file requirements-production.lock
	$(COMPILE) --constraint requirements.lock --extra embedded --extra browser --upgrade --output-file requirements-browser.lock
