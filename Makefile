PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
NODE := static/node_modules/.installed
VENDORS := tests/browser/vendors/node_modules/.installed

.DEFAULT_GOAL := help
.PHONY: help demo test check bench vendors static docs messages clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1	/' | expand -t 16

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; say: make PYTHON=python3.12 …") if sys.version_info < (3, 11) else 0'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[demo,test]'
	@touch $@

$(NODE): static/package-lock.json
	cd static && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# Vendors' real packages, which tests run in a browser. Nothing of theirs runs at installation.
$(VENDORS): tests/browser/vendors/package-lock.json
	cd tests/browser/vendors && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

demo: $(STAMP) ## the five example sites, at http://localhost:8000/
	$(BIN)/consent demo

test: ## everything: style, types, generated files, unit and browser tests
	.ci/system
	$(MAKE) check vendors
	$(BIN)/python -m pytest -n 2 --dist loadfile tests

check: $(STAMP) $(NODE) ## style, types, and whether generated files are fresh
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cd static && node build.mjs --check
	$(BIN)/python translations/build.py --check
	$(BIN)/python docs/commands.py --check
	$(BIN)/python docs/vendors.py --check
	$(BIN)/python docs/regions.py --check

bench: $(STAMP) $(NODE) ## benchmarks, with ratios measured in one run
	.ci/system
	$(BIN)/python -m benchmarks

vendors: $(VENDORS) ## vendors' packages from npm, for the tests

static: $(NODE) ## build static/dist from static/src
	cd static && node build.mjs

docs: $(STAMP) ## write the pages of docs/ that are made from what they describe
	$(BIN)/python docs/commands.py
	$(BIN)/python docs/vendors.py
	$(BIN)/python docs/regions.py

messages: $(STAMP) ## extract, update and compile the translations
	$(BIN)/python translations/build.py

clean: ## remove what was installed and built
	rm -rf .venv static/node_modules tests/browser/spa/node_modules tests/browser/vendors/node_modules instance
	rm -rf .pytest_cache .mypy_cache .ruff_cache
