# Every target does its own set-up in .venv; nothing outside the checkout is touched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FLEET ?=
FUNCTION ?=
EVENT ?=
ARGS ?=
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --require-hashes --no-deps

.DEFAULT_GOAL := help
.PHONY: help run test test-long check build invoke deploy clean

help: ## list what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

run: $(VENV)/.run ## watch the demonstration fleet; FLEET=my.yaml watches yours, ARGS="--every 10s" adds options
	@$(BIN)/icwatch run $(FLEET) $(ARGS)

test: $(VENV)/.development ## run all tests
	@$(BIN)/python -m pytest -n auto $(ARGS)

test-long: $(VENV)/.development ## fuzz what comes from outside for a minute or two: addresses, answers, expressions, sweeps
	@$(BIN)/python -m pytest -n auto tests/fuzz --hypothesis-profile=long $(ARGS)

check: $(VENV)/.development ## ruff, strict mypy, cfn-lint and all tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@PYTHONPATH=. $(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/cfn-lint template.yaml
	$(BIN)/python -m pytest -n auto --quiet

build: $(VENV)/.development ## sam build, into .aws-sam
	@python313="$$($(BIN)/python -m icwatch_cli.local.python313)" && \
		PATH="$$python313:$(CURDIR)/$(BIN):$$PATH" SAM_CLI_TELEMETRY=0 $(BIN)/sam build $(ARGS)

invoke: $(VENV)/.development ## FUNCTION=prober runs it once in Lambda's container, against what make run runs; ARGS=--dry-run shows how
	@$(BIN)/python -m icwatch_cli.local.invoke "$(FUNCTION)" $(if $(EVENT),--event "$(EVENT)") $(ARGS)

deploy: $(VENV)/.development ## sam build, then sam deploy --guided into your AWS account
	@$(MAKE) --no-print-directory build ARGS=
	@SAM_CLI_TELEMETRY=0 $(BIN)/sam deploy --guided $(ARGS)

clean: ## remove .venv and all that was built
	rm -rf $(VENV) .aws-sam .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "icwatch needs Python 3.11, 3.12 or 3.13; this is %d.%d. Name another: make PYTHON=python3.13 ..." % sys.version_info[:2])'
	@echo "Setting up $(VENV) (once; a minute or two) ..."
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.created requirements/cli.txt requirements/cloud.txt pyproject.toml
	@$(PIP) -r requirements/cli.txt
	@test -x $(VENV)/cloud/bin/python || $(PYTHON) -m venv $(VENV)/cloud
	@$(VENV)/cloud/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --no-deps -r requirements/cloud.txt
	@$(BIN)/python -m pip --disable-pip-version-check --quiet install --no-deps --no-build-isolation --editable .
	@touch $@

# The wheels of the dependencies layer are kept, so that the test which builds it needs no network.
$(VENV)/.development: $(VENV)/.run requirements/development.txt layers/dependencies/requirements.txt layers/dependencies/Makefile
	@$(PIP) -r requirements/development.txt
	@$(MAKE) --no-print-directory --silent -C layers/dependencies wheels \
		INTERPRETER="$(CURDIR)/$(BIN)/python" WHEELS="$(CURDIR)/$(VENV)/wheels"
	@touch $@
