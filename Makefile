# The project's tasks. Continuous integration calls these same recipes.
PYTHON ?= .venv/bin/python
export OMP_NUM_THREADS ?= 1

.PHONY: help setup test check lint types imports format wheel ci

help:  ## list the tasks
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

setup:  ## create .venv with everything for development
	python3 -m venv .venv
	.venv/bin/pip install -e ".[dev]"

test:  ## run the tests
	$(PYTHON) -m pytest -n auto --dist loadfile

check: lint types imports  ## everything that reads the code without running it

lint:  ## style and formatting
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

types:  ## the strict type checker
	$(PYTHON) -m mypy

imports:  ## the direction of imports
	$(PYTHON) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()' --no-cache --no-logo

format:  ## rewrite the code in the project's style
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

wheel:  ## build the wheel into dist/
	$(PYTHON) -m build --wheel

ci:  ## what continuous integration runs: clean environments, tests, checks, wheel, video
	.ci/run
