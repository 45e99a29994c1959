# Everything a newcomer runs. Python 3.11+ with venv and pip is all it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SPARK ?= $(VENV)/spark
# Hashes are read from the lock, so what is installed is what was tested.
INSTALL := sh .ci/install $(VENV)
# Each has a lock of its own beside the product's, for an image or an environment that is to have it.
EXTRAS := apprise oidc otel

.PHONY: help setup demo up test test-long test-spark growth check faults power fuzz proof licences bench peers scale lock docs picture looks clean
help:  ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

$(VENV)/.runtime: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed: install python3 and python3-venv, or set PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; this is $$($(PYTHON) -V). Set PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "The venv module is missing: apt-get install python3-venv"; exit 1; }
	@echo "Installing the locked dependencies into $(VENV) (once, half a minute or so) ..."
	@$(INSTALL) requirements.lock
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation -e .
	@$(BIN)/python -m dashboard slim || true
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "Installing what the tests need ..."
	@$(INSTALL) requirements-dev.lock
	@touch $@

setup: $(VENV)/.runtime  ## make .venv with everything locked
demo: setup  ## run the whole product on simulated traffic, in data/demo
	@exec $(BIN)/whichad demo $(ARGS)
up: setup  ## run ingest, refresh and dashboard on your own whichad.toml
	@exec $(BIN)/whichad up $(ARGS)

test: $(VENV)/.dev  ## run the tests (installs Chromium where it can)
	@sh .ci/packages
	@$(BIN)/python -m pytest -m "not long" -n auto --dist loadfile --no-loadscope-reorder $(ARGS)
test-long: $(VENV)/.dev  ## the long ones: whole matrix, long faults, every small world through every model
	@sh .ci/packages
	@$(BIN)/python -m pytest -m "long" $(ARGS)
	@WHOLE_BUILDS=1 $(BIN)/python -m pytest -m "not long" tests/analytics -n auto --dist loadfile
test-spark: $(VENV)/.dev  ## build four worlds on a real Spark cluster, and hold them to DuckDB's row for row (needs Java)
	@sh .ci/spark $(SPARK) $(BIN)/python
	@$(SPARK)/bin/python -m pytest -p no:cacheprovider tests/spark/equal.py $(ARGS)
growth: $(VENV)/.dev  ## build 100,000 and a million interactions with DuckDB and with Spark: what a row costs (needs Java)
	@sh .ci/spark $(SPARK) $(BIN)/python
	@$(SPARK)/bin/python tests/spark/growth.py $(ARGS)
check: $(VENV)/.dev  ## formatter, linter, types, import contracts, licences, tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python tests/licences.py > /dev/null || $(BIN)/python tests/licences.py
	@$(MAKE) --no-print-directory test
faults: $(VENV)/.dev  ## kill, fill, stall and damage it for half an hour; prints a certificate
	@sh .ci/packages
	@$(BIN)/python tests/faults/long.py $(ARGS)
power: $(VENV)/.dev  ## every state that a power cut could leave, injected disk errors, planted mutants
	@sh .ci/packages
	@$(BIN)/python tests/faults/power.py $(ARGS)
fuzz: $(VENV)/.dev  ## coverage-guided fuzzing of decoders, verifiers and profiles
	@$(BIN)/python tests/fuzz/run.py $(ARGS)
proof: $(VENV)/.dev  ## prove the statistics by simulation and on real data (ARGS="NAME --short")
	@$(BIN)/python tests/proof/run.py $(ARGS)
licences: $(VENV)/.dev  ## every dependency: licence, reason, version floor, hash
	@$(BIN)/python tests/licences.py
bench: $(VENV)/.dev peers  ## measure against what you would use instead, side by side (ARGS=--full: the long ones)
	@$(BIN)/python tests/bench/run.py $(ARGS)
peers: $(VENV)/.dev  ## make the environment of what `make bench` measures against
	@sh .ci/peers $(VENV)/peers $(BIN)/python
scale: $(VENV)/.dev  ## build a million interactions (ARGS=10000000: ten), with seconds and memory per model
	@$(BIN)/python tests/bench/attribution.py $(ARGS)
docs: $(VENV)/.dev  ## make the docs site in build/docs, offline; a link that leads nowhere is an error
	@$(BIN)/python docs/site/build.py
picture: $(VENV)/.dev  ## make the README's screenshot again from a fresh demo
	@sh .ci/packages
	@$(BIN)/python tests/picture.py
looks: $(VENV)/.dev  ## keep what the dashboard's pages look like now, where a change is meant
	@sh .ci/packages
	@RENEW_LOOKS=1 $(BIN)/python -m pytest tests/browser/test_every_page.py -p no:cacheprovider $(ARGS)
	@git diff --stat tests/fixtures/looks
lock: $(VENV)/.dev  ## resolve the dependencies again
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --upgrade uv
	@echo uv | $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate - -o .ci/uv.lock
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml --group dev -o requirements-dev.lock
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -c requirements-dev.lock pyproject.toml --group install -o requirements.lock
	@for extra in $(EXTRAS); do \
		$(BIN)/python .ci/extra $$extra | $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -c requirements-dev.lock - -o .ci/extras/$$extra.lock || exit 1; \
	done
clean:  ## remove the environment and the demo's data (never your own data)
	rm -rf $(VENV) data/demo
