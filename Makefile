# Two commands do all the set-up: make demo, make test. Each makes its own environment in .venv.

PYTHON ?= python3
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
STAMP := $(VENV)/.installed
# On all cores; tests whose fixtures take long stay together.
PYTEST := $(BIN)/python -m pytest --numprocesses auto --dist loadgroup

.PHONY: demo test check browser format lint types sample benchmarks clean

demo: $(STAMP)
	$(BIN)/python -m nb2pkg promote sample_project/penguins.ipynb --output build/demo/penguins-package --verify
	@echo; echo "--- one of the modules that it made:"; echo
	@cat build/demo/penguins-package/src/penguins/clean_the_measurements.py
	@echo; echo "--- the analysis, run from the package:"; echo
	@cd build/demo/penguins-package && PENGUINS_DATA_DIR=$(CURDIR)/sample_project PYTHONPATH=src MPLBACKEND=Agg $(CURDIR)/$(BIN)/python -m penguins

test: $(STAMP)
	$(PYTEST)

check: $(STAMP) browser
	$(BIN)/python -m black --check --quiet nb2pkg tests benchmarks
	$(BIN)/python -m black --check --quiet --line-length 88 templates
	$(BIN)/python -m ruff check nb2pkg tests benchmarks
	$(BIN)/python -m ruff check --line-length 88 templates
	$(BIN)/python -m mypy
	$(BIN)/python -m mypy templates/package/recorded
	$(PYTEST)

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

format: $(STAMP)
	$(BIN)/python -m black --quiet nb2pkg tests benchmarks
	$(BIN)/python -m black --quiet --line-length 88 templates
	$(BIN)/python -m ruff check --fix nb2pkg tests benchmarks
	$(BIN)/python -m ruff check --fix --line-length 88 templates

# Promote the sample anew; the review sees what changed in the product.
# Who validated the cells, and when, stands in it: the same for everybody.
sample: export SOURCE_DATE_EPOCH = 1767225600
sample: export GIT_CONFIG_COUNT = 1
sample: export GIT_CONFIG_KEY_0 = user.name
sample: export GIT_CONFIG_VALUE_0 = Ada Lovelace
sample: $(STAMP)
	$(BIN)/python -m nb2pkg promote sample_project/penguins.ipynb --output sample_project/penguins-package

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev,sample]"
	@$(BIN)/python -c "open('$(STAMP)', 'w').close()"

clean:
	rm -rf $(VENV) build dist
