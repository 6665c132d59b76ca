# Two commands: `make demo` runs the pipeline on invented data, `make test` runs the tests. Both set themselves up first.
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

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 16

setup: $(STAMP) ## create .venv from the hashed lock files

# setuptools first, from its own lock: pyspark comes as a source archive, and its build then needs nothing unlocked.
$(STAMP): requirements.lock requirements-build.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 is needed, found " + sys.version.split()[0]) if sys.version_info[:2] != (3, 11) else 0'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --require-hashes -r requirements-build.lock
	$(VENV)/bin/pip install --quiet --require-hashes --no-build-isolation -r requirements.lock
	$(VENV)/bin/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

demo: $(STAMP) ## deliver invented data, run the pipeline, change two consents, and show what happened
	@$(STEDI) demo --landing $(LANDING) --lake $(LAKE)

test: $(STAMP) ## check format and types, lint, run the tests
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not scale and not trino and not faults"

test-trino: $(STAMP) ## compare the embedded query engine with a real Trino, query by query (540 MB once, minutes)
	$(VENV)/bin/pytest -m trino

test-faults: $(STAMP) ## kill, stop and fail runs at every named point, and fail each call to Glue and S3 (hours; STEDI_FAULT_CALLS=1:300:10)
	$(VENV)/bin/pytest -m faults

bench: $(STAMP) ## measure queries and full runs against plain scripts, increments against full runs, growth (hours, 20 GB)
	$(VENV)/bin/python -m benchmarks.query
	$(VENV)/bin/python -m benchmarks.full_run
	$(VENV)/bin/python -m benchmarks.increment
	$(VENV)/bin/python -m benchmarks.maintenance

declarations: $(STAMP) ## generate Terraform's variables and state machine from the jobs' declarations
	$(VENV)/bin/python -m jobs.deployment

package: $(STAMP) ## build what Terraform deploys into build/package/: scripts, code, dependencies, manifest
	$(VENV)/bin/python -m jobs.deployment.package

plan: $(STAMP) ## show what a deployment would change (ENVIRONMENT=dev or prod; needs an AWS account)
	$(VENV)/bin/python -m jobs.deployment.deploy $(ENVIRONMENT) --plan

deploy: $(STAMP) ## package, upload, apply, smoke run (ENVIRONMENT=dev or prod; needs an AWS account)
	$(VENV)/bin/python -m jobs.deployment.deploy $(ENVIRONMENT)

destroy: ## destroy a deployment; a copy of the configuration overrides what protects it (ENVIRONMENT=dev)
	rm -rf build/down && mkdir -p build/down/catalog
	cp -r terraform build/down/ && cp -r catalog/queries build/down/catalog/ && cp -r terraform/disposable/. build/down/terraform/
	terraform -chdir=build/down/terraform init -input=false -reconfigure -backend-config=environments/$(ENVIRONMENT).s3.tfbackend
	terraform -chdir=build/down/terraform destroy -var-file=environments/$(ENVIRONMENT).tfvars -var=package_dir=../../package

checkov: ## check terraform/ with Checkov, in an environment of its own
	$(PYTHON) -m venv build/checkov
	build/checkov/bin/pip install --quiet --require-hashes -r requirements-checkov.lock
	build/checkov/bin/checkov --directory terraform --framework terraform --skip-path disposable --compact --quiet

tflint: ## check terraform/ with TFLint (needs Go; compiles it the first time)
	for folder in terraform terraform/modules/*; do go run github.com/terraform-linters/tflint@v0.54.0 --config=$(CURDIR)/terraform/.tflint.hcl --chdir=$$folder || exit 1; done

lock: ## update requirements.lock from pyproject.toml (needs uv)
	uv pip compile --universal --extra dev --generate-hashes --no-header --no-annotate --python-version 3.11 pyproject.toml -o requirements.lock

clean: ## remove the environment, the demo's lake and its landing data
	rm -rf $(VENV) $(LAKE) $(LANDING) build dist ./*.egg-info
