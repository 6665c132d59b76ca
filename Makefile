# Two commands do all: `make demo` runs the main job, `make test` runs the tests. Each sets itself up first.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
STAMP := $(VENV)/.installed
LAKE ?= lake
LANDING ?= landing
STEDI := $(VENV)/bin/stedi

ENVIRONMENT ?= dev

.PHONY: help setup demo test test-trino test-faults lock bench clean
.PHONY: declarations package plan deploy destroy checkov tflint
.DEFAULT_GOAL := help

help: ## show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 16

setup: $(STAMP) ## make .venv from the hashed lock files

# setuptools first, from its own lock: pyspark comes as a source archive, and its build then needs nothing unlocked.
$(STAMP): requirements.lock requirements-build.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 is needed, found " + sys.version.split()[0]) if sys.version_info[:2] != (3, 11) else 0'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --require-hashes -r requirements-build.lock
	$(VENV)/bin/pip install --quiet --require-hashes --no-build-isolation -r requirements.lock
	$(VENV)/bin/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

demo: $(STAMP) ## make synthetic landing data, run everything on it, say what happened and what to try next
	@if [ -e $(LANDING) ]; then echo "using the landing data in $(LANDING)/"; else $(STEDI) simulate --customers 1000 --seed 1 --to $(LANDING); fi
	$(STEDI) run --landing $(LANDING) --lake $(LAKE) --timings
	$(STEDI) status --lake $(LAKE)
	@printf '%s\n' '' 'Try next:' \
	  '  $(STEDI) run --landing $(LANDING) --lake $(LAKE)   # again: nothing is new, so nothing is published' \
	  '  $(STEDI) run trusted.accelerometer_trusted --lake $(LAKE)   # one table' \
	  '  $(STEDI) simulate --help   # other data: withdrawals, late files, broken records' \
	  '  $(STEDI) report --lake $(LAKE) --open   # the validation report, in the browser'

test: $(STAMP) ## format, lint, types and tests
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/pytest -n 2 --dist loadfile -m "not scale and not trino and not faults"

test-trino: $(STAMP) ## compare the embedded query engine with a real Trino, query by query (540 MB once, minutes)
	$(VENV)/bin/pytest -m trino

test-faults: $(STAMP) ## fail each call to Glue and S3 of a small run, one after the other (an hour; STEDI_FAULT_CALLS=1:300:10)
	$(VENV)/bin/pytest -m faults

bench: $(STAMP) ## queries and full runs against plain scripts, increments against full runs (an hour, 20 GB)
	$(VENV)/bin/python -m benchmarks.query
	$(VENV)/bin/python -m benchmarks.full_run
	$(VENV)/bin/python -m benchmarks.increment

declarations: $(STAMP) ## write what Terraform reads of the jobs: terraform/lineage.auto.tfvars.json, state_machine.asl.json
	$(VENV)/bin/python -m jobs.deployment

package: $(STAMP) ## build what Terraform deploys into build/package/: scripts, code, dependencies, manifest
	$(VENV)/bin/python -m jobs.deployment.package

plan: $(STAMP) ## show what a deployment would change (ENVIRONMENT=dev or prod; needs an AWS account)
	$(VENV)/bin/python -m jobs.deployment.deploy $(ENVIRONMENT) --plan

deploy: $(STAMP) ## package, upload, apply, smoke run (ENVIRONMENT=dev or prod; needs an AWS account)
	$(VENV)/bin/python -m jobs.deployment.deploy $(ENVIRONMENT)

destroy: ## take down a deployment that may be: what prevents it is overridden in a copy (ENVIRONMENT=dev)
	rm -rf build/down && mkdir -p build/down/catalog
	cp -r terraform build/down/ && cp -r catalog/queries build/down/catalog/ && cp -r terraform/disposable/. build/down/terraform/
	terraform -chdir=build/down/terraform init -input=false -reconfigure -backend-config=environments/$(ENVIRONMENT).s3.tfbackend
	terraform -chdir=build/down/terraform destroy -var-file=environments/$(ENVIRONMENT).tfvars -var=package_dir=../../package

checkov: ## check terraform/ against Checkov's rules (its own environment: its dependencies are not ours)
	$(PYTHON) -m venv build/checkov
	build/checkov/bin/pip install --quiet --require-hashes -r requirements-checkov.lock
	build/checkov/bin/checkov --directory terraform --framework terraform --skip-path disposable --compact --quiet

tflint: ## check terraform/ against TFLint's rules (needs Go; compiles it the first time)
	for folder in terraform terraform/modules/*; do go run github.com/terraform-linters/tflint@v0.54.0 --config=$(CURDIR)/terraform/.tflint.hcl --chdir=$$folder || exit 1; done

lock: ## renew requirements.lock from pyproject.toml (needs uv)
	uv pip compile --universal --extra dev --generate-hashes --no-header --no-annotate --python-version 3.11 pyproject.toml -o requirements.lock

clean: ## remove the environment, the demo's lake and its landing data
	rm -rf $(VENV) $(LAKE) $(LANDING) build dist ./*.egg-info
