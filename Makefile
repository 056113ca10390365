# Everything lives in .venv; the machine needs Python 3.11 or later and nothing else.

PYTHON ?= python3
BIN := .venv/bin
LISTEN ?= 127.0.0.1:8080

# What the browser bundle is made of: when it changes, so does what is installed.
BROWSER := $(shell find hub/web/assets -name node_modules -prune -o -type f -print 2>/dev/null)
CODE := hub connectors crm tests hatch_build.py

# The versions that were tested together.
LOCKED := --constraint requirements.lock

# A run in which tests were left out proves little: it fails, unless this is set to 1.
RINGBACK_ALLOW_SKIPS ?=
# Programs that start again and again keep what was compiled, whatever the machine thinks of that.
unexport PYTHONDONTWRITEBYTECODE

# Tests write and sync without end. In memory, where there is room, that takes half the time: they are killed by
# signals, never by a power cut, so what they prove is the same.
MEMORY := $(shell [ -w /dev/shm ] && [ "$$(df --output=avail /dev/shm | tail -n 1)" -gt 4000000 ] && echo /dev/shm)
PYTEST := $(if $(MEMORY),TMPDIR=$(MEMORY)) $(BIN)/python -m pytest $(if $(RINGBACK_ALLOW_SKIPS),,--no-skips)

# Three at a time on two cores: many of them wait for a browser, a server or a time to pass.
TOGETHER := --numprocesses 3 --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help install run demo test bench soak lint format lock clean

help:
	@echo "make run      a hub on http://$(LISTEN), with its data in ./data"
	@echo "make demo     the same, filled with a made-up company and its traffic, in ./demo-data"
	@echo "make install  only prepare .venv"
	@echo "make test     run the tests        make lint   check the code"
	@echo "make bench    measure              make soak   kill it a thousand times, walk all of it"
	@echo "make lock     take the newest versions of what is needed"
	@echo "make clean    remove what was built; your data stays"

install: .venv/installed

run: install
	$(BIN)/ringback serve --data ./data --listen $(LISTEN)

demo: install
	$(BIN)/ringback demo --data ./demo-data --listen $(LISTEN)

test: .venv/installed-tools
	$(PYTEST) $(TOGETHER) --by-turns $(TESTS)

bench: .venv/installed-tools
	$(BIN)/python -m tests.bench

# What a plain run tries a share of: all of it, and of what is above the store on both databases.
soak: .venv/installed-tools
	KILLS=500 CALLERS=2400 $(PYTEST) tests/chaos
	STORIES=600 $(PYTEST) tests/crm/test_merge_stories.py
	PEOPLE=3334 $(PYTEST) --timeout 3600 tests/crm/test_sequence_pace.py
	EXAMPLES=100 $(PYTEST) tests/crm/web
	$(PYTEST) tests/crm/demo tests/hub/web tests/hostile
	EXAMPLES=20000 $(PYTEST) --timeout 3600 tests/connectors/mail/test_mutated.py
	POSTS=10000 $(PYTEST) tests/hostile/test_a_machine_that_posts.py
	ROWS=1000000 $(PYTEST) tests/crm/test_consent_file.py
	WALK=all $(PYTEST) tests/walk
	PICTURES=all $(PYTEST) tests/journeys

lint: .venv/installed-tools
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/installed-tools
	$(BIN)/ruff check --fix --quiet $(CODE) || true
	$(BIN)/ruff format $(CODE)

# The newest of everything that is needed; then test, and commit requirements.lock.
lock: .venv/installed-tools
	$(BIN)/pip install --quiet --upgrade --upgrade-strategy eager --editable . --group test --group lint
	{ echo "# The versions that were tested together; brought up to date by: make lock"; $(BIN)/pip freeze --exclude-editable; } > requirements.lock

clean:
	rm -rf .venv build dist hub/web/static hub/web/assets/node_modules
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find $(CODE) -name __pycache__ -prune -exec rm -rf {} +

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Ringback needs Python 3.11 or later; say which with make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv .venv \
		|| { rm -rf .venv; echo "Python came without venv; on Debian: apt-get install python3-venv" >&2; exit 1; }

# A pip that knows dependency groups, whatever the machine's own.
.venv/pip: .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@touch $@

.venv/installed: .venv/pip pyproject.toml hatch_build.py requirements.lock $(BROWSER)
	$(BIN)/pip install --quiet $(LOCKED) --editable .
	@touch $@

.venv/installed-tools: .venv/installed
	$(BIN)/pip install --quiet $(LOCKED) --group test --group lint
	@touch $@
