# make run    sets everything up and serves the demo conference    (PORT=8080, DATABASE=sqlite:///checkin.db)
# make test   sets everything up and runs every check and test
# make bench  sets everything up and measures: a table, and bench.json (nine minutes of a machine that does nothing else)

PYTHON ?= python3
PORT ?= 8080

# The versions that the tests ran with, and what the pages are built from (folders too: a file that went).
PINS := tests/constraints.txt
SOURCES := pyproject.toml $(PINS) kiosk/hatch_build.py $(shell find kiosk/web -name node_modules -prune -o -print) \
	$(if $(wildcard kiosk/dist),,AGAIN)

.PHONY: run test bench AGAIN

run: .venv/.ready-to-run
	@.venv/bin/checkin demo --port '$(PORT)' $(if $(DATABASE),--database '$(DATABASE)')

# TypeScript's compiler is a native program and needs no Node. tests.machine may call apt-get; nothing else does.
test: .venv/.ready-to-test
	.venv/bin/python -m tests.machine
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	kiosk/web/node_modules/@typescript/typescript-*/lib/tsc --noEmit -p kiosk/web
	.venv/bin/pytest

bench: .venv/.ready-to-test
	.venv/bin/python -m tests.machine
	.venv/bin/python -m tests.bench

.venv/.ready-to-run: .venv/.made $(SOURCES)
	$(call install,.)
	@touch $@

.venv/.ready-to-test: .venv/.made $(SOURCES)
	$(call install,.[test])
	@touch .venv/.ready-to-run $@

# The environment counts as made when it holds a Python that runs, was made for this folder (scripts carry its
# path) and no install into it was killed halfway. Anything else is made anew.
.venv/.made: $(shell [ "$$(cat .venv/.made 2>/dev/null)" = '$(CURDIR)' ] && [ ! -e .venv/.installing ] \
		&& .venv/bin/python -c '' >/dev/null 2>&1 || echo AGAIN)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "This takes Python 3.11 or newer, which '$(PYTHON)' is not. Name another one: make PYTHON=python3.12" >&2; \
		exit 1; }
	@rm -rf .venv
	@$(PYTHON) -m venv .venv >/dev/null 2>&1 || { rm -rf .venv; $(PYTHON) -m venv --without-pip .venv; }
	@echo '$(CURDIR)' >$@

# Installs by the environment's own pip, else by one from outside it.
install = @echo "Setting up .venv and building the pages (once; it takes a minute) ..."; \
	outside="--python .venv/bin/python"; \
	if .venv/bin/python -m pip --version; then pip=".venv/bin/python -m pip"; \
	elif $(PYTHON) -m pip $$outside --version; then pip="$(PYTHON) -m pip $$outside"; \
	elif pip $$outside --version; then pip="pip $$outside"; \
	else pip=; fi >/dev/null 2>&1; \
	if [ -z "$$pip" ]; then echo "There is no pip: install it first (Debian, Ubuntu: apt install python3-venv)" >&2; exit 1; fi; \
	touch .venv/.installing; \
	$$pip install --quiet --disable-pip-version-check --constraint $(PINS) --editable '$(1)'; result=$$?; \
	rm -f .venv/.installing; exit $$result
