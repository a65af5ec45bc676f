# Everything a clone needs: python3 (3.11 or newer, with venv), make, and a network for the first call.
# Stamp files in .venv remember what is installed; a change of pyproject.toml installs again.

ifeq ($(origin PYTHON),undefined)
PYTHON := python3
MADE := .venv/.made
else
MADE := .venv/.made-by-$(subst /,-,$(PYTHON))
endif
RUN := .venv/bin/python
WORKERS ?= auto
ARGS ?=

.PHONY: help run test lint bench clean

help:
	@echo 'make run      create .venv, install the package, run the main job: autograd-nn verify'
	@echo 'make test     create .venv, install the dev extra, run all tests on the available cores'
	@echo 'make lint     ruff format --check, ruff check, mypy'
	@echo 'make bench    install the benchmarks extra, run benchmarks/run.py'
	@echo 'make clean    remove .venv, build results and caches'
	@echo ''
	@echo 'PYTHON=python3.12 make test          another interpreter; .venv is made anew when it changes'
	@echo "make test ARGS='tests/data -k moons'  arguments for pytest; WORKERS=0 for one process"

run: .venv/.installed
	.venv/bin/autograd-nn verify $(ARGS)

test: export OMP_NUM_THREADS ?= 1
test: export OPENBLAS_NUM_THREADS ?= 1
test: .venv/.installed-dev
	$(RUN) -m pytest -n $(WORKERS) $(ARGS)

lint: .venv/.installed-dev
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy

bench: export OMP_NUM_THREADS ?= 1
bench: export OPENBLAS_NUM_THREADS ?= 1
bench: .venv/.installed-benchmarks
	$(RUN) benchmarks/run.py $(ARGS)

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An interpreter named by hand gets a stamp of its own, so that naming another one makes .venv anew.
$(MADE):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "make: PYTHON=$(PYTHON) does not run, or is older than Python 3.11." >&2; \
	  echo "make: install Python 3.11 or newer and name it, for example: PYTHON=python3.12 make test" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "make: $(PYTHON) has no venv or no ensurepip, so it cannot create .venv with pip in it." >&2; \
	  echo "make: on Debian and Ubuntu: apt-get install python3-venv; elsewhere a Python that has both." >&2; exit 1; }
	@test ! -e .venv || test -e .venv/.made || { \
	  echo "make: .venv exists, but make did not create it (or was interrupted), and would have to empty it." >&2; \
	  echo "make: move it away if it is yours, or remove it: make clean" >&2; exit 1; }
	@echo "Creating .venv with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv --clear .venv || { rm -rf .venv; exit 1; }
	@touch .venv/.made $@

.venv/.installed: NEEDS := .
.venv/.installed-dev: NEEDS := .[dev]
.venv/.installed-benchmarks: NEEDS := .[benchmarks]

.venv/.installed .venv/.installed-dev .venv/.installed-benchmarks: pyproject.toml $(MADE)
	@echo "Installing $(NEEDS) into .venv ..."
	@$(RUN) -m pip install --quiet --disable-pip-version-check --no-input --editable '$(NEEDS)'
	@touch $@
