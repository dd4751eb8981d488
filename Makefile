# Every target works on a fresh clone: set-up runs by itself and is skipped when nothing changed.
PYTHON ?= python3
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONDONTWRITEBYTECODE :=
COMPILE = uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock"

# Two halves of about the same length, which run side by side; the second is all that is not here.
TESTS_OF_JOBS = tests/sparkjob tests/sparkcli tests/control spark_jobs engine

.DEFAULT_GOAL := help
.PHONY: help setup demo up down test test-jobs test-cloud test-fast reliability check format snapshots synth diff bench bench-faults bench-streams mutation oracle lock clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-13s %s\n", $$1, $$2}'

setup: ## Install everything into .venv and one cache folder (says how much first)
	@$(PYTHON) scripts/setup.py

demo: setup ## A real job on real data through the whole laptop cloud, with the answer on the screen
	@./sparkrail demo

up: setup ## Start the laptop cloud and deploy to it
	@./sparkrail up

down: ## Stop the laptop cloud
	@./sparkrail down

test: check ## Everything: lint, types, import rules, all tests (about half an hour on 2 cores)
	@$(MAKE) --no-print-directory -j 2 test-jobs test-cloud

test-jobs: setup
	@pytest $(TESTS_OF_JOBS)

test-cloud: setup
	@pytest $(addprefix --ignore=,$(TESTS_OF_JOBS))

test-fast: setup ## The tests that take seconds (about 4 minutes)
	@pytest -m "not slow"

reliability: setup ## Write docs/reliability.md from what the tests of failure modes see
	@pytest -m failure_mode --write-reliability

check: setup ## Lint, format, types and import rules
	@ruff check .
	@ruff format --check .
	@mypy
	@lint-imports

format: setup ## Format and mend what ruff can mend
	@ruff format .
	@ruff check --fix .

snapshots: setup ## Write the template snapshots anew; review the diff like code
	@python -m sparkrail.testing.snapshots
	@WRITE_DEFINITIONS=1 pytest tests/sparkrail/test_definitions.py

node_modules/.package-lock.json: package-lock.json
	@npm ci --silent --no-audit --no-fund

synth: setup node_modules/.package-lock.json ## Synthesize every environment with the pinned CDK CLI, without credentials
	@npx --no-install cdk synth --quiet --no-notices --no-lookups

diff: setup node_modules/.package-lock.json ## Compare with what is deployed (needs credentials)
	@npx --no-install cdk diff --no-notices

bench: setup ## Benchmarks, as ratios against a rival or a bare spark-submit (about 20 minutes)
	@python -m benchmarks.synth
	@python -m benchmarks.package
	@python -m benchmarks.laptop
	@python -m benchmarks.transitions

bench-faults: setup ## Pull plugs and count: SIGKILL of drivers and of the laptop cloud, 10,000 triggers (about an hour)
	@python -m benchmarks.faults --times 10
	@python -m benchmarks.durability
	@python -m benchmarks.triggers
	@python -m benchmarks.burst

bench-streams: setup ## A stream of a million records under 200 faults, and beside a plain one (about 2 hours)
	@python -m benchmarks.streams
	@python -m benchmarks.stream_rivals
	@python -m benchmarks.state_store

mutation: setup ## Mutation tests of the code that writes machines and ledger (about 20 minutes)
	@python -m benchmarks.mutation

oracle: setup ## Fetch the evaluator of policies that ours is held against (AGPL: a tool of tests)
	@python tests/roles_oracle/oracle.py install

lock: setup ## Resolve and hash-pin the Python requirements anew
	@$(COMPILE) pyproject.toml -o requirements.txt
	@$(COMPILE) --extra laptop --extra test pyproject.toml -o requirements-dev.txt
	@for f in uv java node mutation; do $(COMPILE) requirements/$$f.in -o requirements/$$f.txt; done

clean: down ## Remove what can be made again (.venv, cdk.out, caches of tools)
	@rm -rf .venv .cache cdk.out node_modules .sparkrail .mypy_cache .ruff_cache .pytest_cache
