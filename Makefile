# Two commands: `make run` shows the example district, `make test` checks everything. Both set themselves up in .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test style lint bench clean browser fuzz

run: .venv/.installed
	@$(BIN)/fidelity run rules/district.yaml

test: .venv/.installed-test browser style
	$(BIN)/python -m pytest

style: .venv/.installed-test
	$(BIN)/ruff check src tests benchmarks evidence plugins
	$(BIN)/lint-imports --no-cache

# Types are checked apart: a newer library may tell other types, and that breaks nobody's run.
lint: style
	$(BIN)/mypy src

# The pages are tested in a real browser. As root on Debian it is installed; elsewhere one is told how.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; } || \
	  { echo "The tests need the browser Chromium. On Debian or Ubuntu: sudo apt-get install chromium" >&2; exit 1; }

bench: .venv/.installed-test
	$(BIN)/python -m benchmarks.compare

.venv/bin/python:
	$(PYTHON) -m venv .venv

# Compiled as pip does with what it installs: where PYTHONDONTWRITEBYTECODE is set each run would else compile everything again.
.venv/.installed: pyproject.toml | .venv/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[all]'
	@$(BIN)/python -m compileall -q src
	@touch $@

.venv/.installed-test: pyproject.toml | .venv/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[all,test]'
	@$(BIN)/python -m compileall -q src
	@touch $@ .venv/.installed

fuzz: .venv/.installed-test
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'atheris>=2.3'
	$(BIN)/python -m tests.fuzz.by_hand --minutes 10

clean:
	rm -rf .venv build dist
