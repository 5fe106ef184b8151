# Every target does its own set-up in .venv; nothing outside the checkout is touched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FLEET ?=
# Where the state of a fleet is kept; empty: nowhere. That of the demonstration is not kept.
STATE ?= .icwatch
FUNCTION ?=
EVENT ?=
ARGS ?=
# Where it is set, every process would compile all modules anew, and a test run starts some hundreds of them.
unexport PYTHONDONTWRITEBYTECODE

PIP_OPTIONS := --disable-pip-version-check --quiet
PINNED := $(PIP_OPTIONS) --require-hashes --no-deps
PURE := $(wildcard tests/model) tests/rules tests/evaluation tests/announcements tests/notices tests/robots tests/storage/test_codec.py \
	tests/test_address.py tests/test_duration.py tests/test_text.py
COVERING := $(PURE) tests/vectors tests/fuzz tests/functions tests/cli/fleet
PROPERTIES := tests/fuzz tests/vectors/test_reference.py tests/cli/fleet/test_fleet.py tests/cli/schemas/test_fleet.py \
	tests/cli/commands/test_check.py tests/evaluation/test_evaluate.py tests/announcements/test_subscribers.py \
	tests/robots/test_outbox.py

.DEFAULT_GOAL := help
.PHONY: help run test test-unit test-long chaos coverage bench check audit build wheel invoke deploy clean

help: ## list what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run: $(VENV)/.run ## watch the demonstration fleet; FLEET=my.yaml watches yours and keeps its state in .icwatch, ARGS="--every 10s" adds options
	@$(BIN)/icwatch run $(FLEET) $(if $(FLEET),$(if $(STATE),--state $(STATE))) $(ARGS)

test: $(VENV)/.test ## run all tests
	@command -v promtool >/dev/null || echo "Without promtool, the tests against Prometheus are skipped; it comes with: apt-get install prometheus"
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

test-unit: $(VENV)/.test ## run the tests of what is pure, in seconds: rules, evaluation, announcements, notices
	@$(BIN)/python -m pytest -n auto -m "not large" --hypothesis-profile=quick $(PURE) $(ARGS)

test-long: $(VENV)/.test ## try thousands of examples of what comes from outside, a bad hour of all robots, an hour of a run that is killed and started again, and half an hour in which everything goes wrong
	@$(BIN)/python -m pytest -n auto --dist worksteal -m hypothesis $(PROPERTIES) --hypothesis-profile=long $(ARGS)
	@$(BIN)/python -m pytest -n auto -m long tests/pipeline $(ARGS)

chaos: $(VENV)/.test ## every fault at every call of the functions, two workers at every pair of calls, faults by chance: a table, in some minutes
	@PYTHONPATH=. $(BIN)/python -m tests.chaos.suite $(ARGS)

coverage: $(VENV)/.test ## say which branches of what is pure no test takes, in two minutes
	@$(BIN)/coverage run -m pytest --quiet $(COVERING) $(ARGS)
	@$(BIN)/coverage report

bench: $(VENV)/.bench ## measure speed, memory and cost beside others and write docs/performance.md, in a quarter of an hour; ARGS="--only latency" or --quick
	@$(BIN)/python -m scripts.bench $(ARGS)

check: $(VENV)/.development ## ruff, strict mypy, import-linter and cfn-lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@PYTHONPATH=. $(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/cfn-lint template.yaml

audit: $(VENV)/.audit ## ask whether a version that is pinned has a known vulnerability, where advisories can be had
	@$(BIN)/python -m scripts.audit

build: $(VENV)/.test ## sam build, into .aws-sam
	@python313="$$($(BIN)/python -m icwatch_cli.local.python313)" && \
		PATH="$$python313:$(CURDIR)/$(BIN):$$PATH" SAM_CLI_TELEMETRY=0 $(BIN)/sam build $(ARGS)

wheel: $(VENV)/.run ## the icwatch command as a wheel, into dist; docs/one-machine.md says how it is installed
	@$(BIN)/python -m pip wheel $(PIP_OPTIONS) --no-deps --no-build-isolation --wheel-dir dist .

invoke: $(VENV)/.test ## FUNCTION=prober runs it once in Lambda's container, against what make run runs; ARGS=--dry-run shows how
	@$(BIN)/python -m icwatch_cli.local.invoke "$(FUNCTION)" $(if $(EVENT),--event "$(EVENT)") $(ARGS)

deploy: $(VENV)/.test ## sam build, then sam deploy --guided into your AWS account
	@$(MAKE) --no-print-directory build ARGS=
	@SAM_CLI_TELEMETRY=0 $(BIN)/sam deploy --guided $(ARGS)

clean: ## remove .venv and all that was built; the state in .icwatch stays
	rm -rf $(VENV) dist .aws-sam .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "icwatch needs Python 3.11, 3.12 or 3.13; this is %d.%d. Name another: make PYTHON=python3.13 ..." % sys.version_info[:2])'
	@echo "Setting up $(VENV), once: 3 steps for make run, 2 more for make test, and 1 more for make check"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.created requirements/cli.txt requirements/cloud.txt pyproject.toml
	@echo "1/6 The icwatch command: what it needs, some 40 packages ..."
	@$(BIN)/python -m pip install $(PINNED) -r requirements/cli.txt
	@echo "2/6 The local cloud, in an environment of its own ..."
	@test -x $(VENV)/cloud/bin/python || $(PYTHON) -m venv $(VENV)/cloud
	@$(VENV)/cloud/bin/python -m pip install $(PINNED) -r requirements/cloud.txt
	@echo "3/6 The icwatch command itself, from this checkout ..."
	@$(BIN)/python -m pip install $(PIP_OPTIONS) --no-deps --no-build-isolation --editable .
	@touch $@

# The wheels of the dependencies layer are kept, so that the test which builds it needs no network.
$(VENV)/.test: $(VENV)/.run requirements/test.txt $(foreach layer,dependencies page,$(addprefix layers/$(layer)/,requirements.txt Makefile wheels.mk))
	@echo "4/6 For the tests: pytest, hypothesis, sam, some 60 packages; a minute or so ..."
	@$(BIN)/python -m pip install $(PINNED) -r requirements/test.txt
	@echo "5/6 For the tests: the packages of the layers that are deployed ..."
	@for layer in dependencies page; do $(MAKE) --no-print-directory --silent -C layers/$$layer wheels \
		INTERPRETER="$(CURDIR)/$(BIN)/python" WHEELS="$(CURDIR)/$(VENV)/wheels" || exit 1; done
	@touch $@

$(VENV)/.audit: $(VENV)/.created requirements/audit.txt
	@echo "For make audit: pip-audit, in an environment of its own ..."
	@test -x $(VENV)/audit/bin/python || $(PYTHON) -m venv $(VENV)/audit
	@$(VENV)/audit/bin/python -m pip install $(PINNED) -r requirements/audit.txt
	@touch $@

$(VENV)/.bench: $(VENV)/.test requirements/bench.txt
	@echo "For make bench: aiohttp, which is a peer, in an environment of its own ..."
	@test -x $(VENV)/bench/bin/python || $(PYTHON) -m venv $(VENV)/bench
	@$(VENV)/bench/bin/python -m pip install $(PINNED) -r requirements/bench.txt
	@touch $@

$(VENV)/.development: $(VENV)/.test requirements/development.txt
	@echo "6/6 For make check: ruff, mypy, import-linter, cfn-lint ..."
	@$(BIN)/python -m pip install $(PINNED) -r requirements/development.txt
	@touch $@
