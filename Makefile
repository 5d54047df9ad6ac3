# Halla's entry points. `make` alone lists them.
#
# A fresh clone needs make, Python 3.11 or newer, and a package registry. On Debian and Ubuntu
# PostGIS comes from apt without being installed; elsewhere it must be installed, and a sentence
# says how.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
# Tests rewrite their assertions and start the program dozens of times: what Python compiled is
# kept, also where the environment says otherwise.
COMPILED := PYTHONDONTWRITEBYTECODE=

IS_RECENT := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$each" -c '$(IS_RECENT)' 2>/dev/null && echo "$$each" && break; done)

.PHONY: help setup postgis demo test check bench conformance pin clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.packages $(VENV)/.program postgis ## Prepare everything a start needs

demo: setup ## Start Halla with simulated stations on the map of Jeju; Ctrl-C stops it
	@$(BIN)/halla demo

test: setup ## Check the code and run every test, in a real browser too
	@$(BIN)/python -m tests.browser
	@$(MAKE) check
	@$(COMPILED) $(BIN)/pytest -n $(WORKERS) --dist loadfile

check: $(VENV)/.packages ## Style, types and who may import whom
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: setup ## Measure how many messages a second become durable
	@$(BIN)/python -m tests.bench

conformance: setup ## Play all certification cases and write docs/conformance.md
	@$(BIN)/python -m tests.ingress.oca.conformance

pin: $(VENV)/.packages ## Resolve the dependencies anew into requirements*.txt
	@command -v uv >/dev/null || $(BIN)/pip install --quiet uv
	@PATH="$$PATH:$(BIN)" && for extra in "" dev; do \
		uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url \
			--no-header $${extra:+--extra $$extra} pyproject.toml \
			--output-file "requirements$${extra:+-$$extra}.txt" || exit 1; done

clean: ## Remove what tests and tools left; the data in .halla stays
	@[ ! -x $(BIN)/python ] || $(BIN)/python -m tests.cluster remove
	@rm -rf .halla-test .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis \
		build *.egg-info test-results
	@find app tests alembic -name __pycache__ -type d -prune -exec rm -rf {} +

# Debian keeps pip out of Python's own venv; its wheel then comes from a package, unpacked.
$(BIN)/pip:
	@[ -n "$(PYTHON)" ] || { echo "Halla needs Python 3.11 or newer; install it, or run: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version)."
	@$(PYTHON) -m venv --without-pip --clear $(VENV)
	@$(BIN)/python -m ensurepip >/dev/null 2>&1 || { \
		$(BIN)/python -m app.store.debian $(VENV)/pip-package python3-pip-whl && \
		for wheel in $(VENV)/pip-package/usr/share/python-wheels/pip-*.whl; do \
			$(BIN)/python "$$wheel/pip" install --quiet --no-index "$$wheel"; done; \
	} || { echo "Python has no pip here; try again with a network, or run: sudo apt-get install python3-venv" >&2; \
		rm -rf $(VENV); exit 1; }
	@[ -x $@ ] || ln -s pip3 $@

$(VENV)/.packages: requirements-dev.txt | $(BIN)/pip
	@echo "Installing the pinned packages (the first time takes a minute)."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.txt || { \
		echo "The pinned packages could not be installed; pip says above why. The first time needs a network." >&2; exit 1; }
	@touch $@

$(VENV)/.program: pyproject.toml $(VENV)/.packages
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# No file target: make cannot name a path with spaces, and a data directory may have one.
postgis: $(VENV)/.packages
	@data="$${HALLA_DATA_DIR:-.halla}"; \
	if [ -z "$$HALLA_DATABASE_URL" ] && [ ! -e "$$data/.postgis" ]; then \
		$(BIN)/python -m app.store.embedded fetch --data-dir "$$data" && \
		mkdir -p "$$data" && touch "$$data/.postgis"; \
	fi
