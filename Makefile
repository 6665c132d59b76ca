# Two commands do all: `make demo` runs the main job, `make test` runs the tests. Each sets itself up first.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
STAMP := $(VENV)/.installed
LAKE ?= lake
LANDING ?= landing
REPORTS ?= reports
STEDI := $(VENV)/bin/stedi

.PHONY: help setup demo test check lock bench clean
.DEFAULT_GOAL := help

help: ## show what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

setup: $(STAMP) ## make .venv from the hashed lock files

# setuptools first, from its own lock: pyspark comes as a source archive, and its build then needs nothing unlocked.
$(STAMP): requirements.lock requirements-build.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 is needed, found " + sys.version.split()[0]) if sys.version_info[:2] != (3, 11) else 0'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --require-hashes -r requirements-build.lock
	$(VENV)/bin/pip install --quiet --require-hashes --no-build-isolation -r requirements.lock
	$(VENV)/bin/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@
