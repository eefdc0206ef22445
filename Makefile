# `make demo` and `make test` do all of their own set-up: they need Python ≥ 3.11 and make, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SCRAPYD := .venv-scrapyd
PYWB := .venv-pywb
NOX := .venv-nox

# Three workers for two cores: tests wait for portals, browsers and pauses most of the time.
WORKERS := -n $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)') --dist loadgroup

.PHONY: demo browser test check test-all lint bench schema scrapyd pywb lock clean
.DEFAULT_GOAL := demo

define make_environment
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
  { echo "wartacrawl needs Python 3.11 or newer; $(PYTHON) is older. Name another: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
@$(PYTHON) -m venv $(1) || \
  { echo "Python cannot make a virtual environment: install its venv package (Debian: apt install python3-venv)."; exit 2; }
endef

# The stamp is newer than what it was made from; a changed lock makes the environment anew.
$(VENV)/.installed: requirements.lock pyproject.toml
	@echo "Installing wartacrawl and its libraries into $(VENV): one to three minutes, this once."
	$(call make_environment,$(VENV))
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Some six seconds once all is installed.
demo: $(VENV)/.installed
	@$(BIN)/scrapy demo

# scrapyd in an environment of its own, with what its jobs import; wartacrawl itself comes as an egg.
$(SCRAPYD)/.installed: deploy/requirements-scrapyd.lock
	$(call make_environment,$(SCRAPYD))
	$(SCRAPYD)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

scrapyd: $(SCRAPYD)/.installed

# pywb, the software of public web archives, which the tests of `scrapy crawl arsip` ask.
$(PYWB)/.installed: tests/archives/requirements.lock
	$(call make_environment,$(PYWB))
	$(PYWB)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

pywb: $(PYWB)/.installed

# An installed Chromium, else playwright's own, else Debian's package; in CI there must be one.
browser: $(VENV)/.installed
	@$(BIN)/python -m tests.browser

# TESTS="tests/reading -k byline" runs a part; COVERAGE=1 measures which lines and branches run, with the floor of
# pyproject.toml, and takes nearly twice as long.
test: $(VENV)/.installed $(SCRAPYD)/.installed $(PYWB)/.installed browser
	@$(BIN)/python -m pytest $(WORKERS) $(if $(COVERAGE),--cov --cov-report=term) $(TESTS)

# The daily work: lint, and the tests that start no process.
check: lint
	@$(BIN)/python -m pytest -q $(WORKERS) -m "not process"

# Every supported Python that this machine has, and the oldest versions pyproject.toml allows.
# nox stands in an environment of its own: its colorlog would colour the log of every crawl.
test-all:
	$(call make_environment,$(NOX))
	@$(NOX)/bin/python -m pip install --quiet --disable-pip-version-check "nox==2026.10.20" "uv==0.13.9"
	@$(NOX)/bin/nox

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# BENCH="--long --write" measures 20,000 articles, too, and puts the tables into docs/; BENCH=crash runs a drill.
bench: $(VENV)/.installed
	@$(BIN)/python -m tests.benchmarks $(BENCH)

# What follows from wartacrawl/items.py: the JSON Schema, docs/fields.md, and an empty value of a new field in every case.
schema: $(VENV)/.installed
	@$(BIN)/python -m wartacrawl.operations.fields

# Pin the newest versions pyproject.toml allows; the file names hashes and no host.
lock: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --universal --python-version 3.11 \
	  --extra dev --no-annotate --no-header pyproject.toml --output-file requirements.lock
	$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --universal --python-version 3.11 \
	  --extra scrapyd --no-annotate --no-header pyproject.toml --output-file deploy/requirements-scrapyd.lock
	$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --universal --python-version 3.11 \
	  --no-annotate --no-header tests/archives/requirements.in --output-file tests/archives/requirements.lock

clean:
	rm -rf $(VENV) $(SCRAPYD) $(PYWB) $(NOX) .nox .peers build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
