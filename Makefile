# Two commands: `make run` shows the example district, `make test` checks everything. Both set themselves up in .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test lint bench clean

run: .venv/.installed
	@$(BIN)/fidelity run rules/district.yaml

test: .venv/.installed-test
	$(BIN)/ruff check src tests benchmarks evidence plugins
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest

bench: .venv/.installed-test
	$(BIN)/python -m benchmarks.compare

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.installed: pyproject.toml | .venv/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[all]'
	@touch $@

.venv/.installed-test: pyproject.toml | .venv/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[all,test]'
	@touch $@ .venv/.installed

clean:
	rm -rf .venv build dist
