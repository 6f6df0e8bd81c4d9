# make run    set everything up, and start the server
# make test   set everything up, and run every check and test
# The rest: assets, lint, format, bench, demo, shots, translations, lock, clean.

PYTHON ?= python3
# How many tests run at once: three more than two cores, since some wait.
JOBS ?= 5
# Further arguments for the server (make run ARGS="--port 8080") or for pytest (make test TESTS=tests/core).
ARGS ?=
TESTS ?=

VENV := .venv
BIN := $(VENV)/bin
MADE := $(VENV)/.made
RUNS := $(VENV)/.runs
TESTED := $(VENV)/.tests
# What others wrote for browsers: the last of the files that packaging/assets brings.
ASSETS := static/vendor/uPlot.LICENSE.txt
# What npm brings: these, and Biome. npm is that of the machine, or of a Python package where it has none.
NODE := node_modules/.package-lock.json
BIOME := node_modules/.bin/biome
WITH_NODE := PATH="$(CURDIR)/$(BIN):$$PATH"
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
SOURCES := duplistat tests $(wildcard bench)

.PHONY: run test assets charts npm bytecode lint format bench demo shots translations lock clean system-packages
.DEFAULT_GOAL := run

run: $(RUNS) charts
	@$(BIN)/python -m compileall -q duplistat
	$(BIN)/duplistat serve $(ARGS)

test: $(TESTED) system-packages charts
	@$(MAKE) --no-print-directory -j 2 lint bytecode
	$(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal $(TESTS) $(ARGS)

# Once for all processes that test, beside the linters: otherwise each makes it for itself at the same time. That of
# tests is pytest's own, and is made when it collects them.
bytecode: $(TESTED)
	@$(BIN)/python -m compileall -q -j 0 duplistat tests/support
	@ls tests/__pycache__/conftest.*-pytest-*.pyc > /dev/null 2>&1 \
		|| $(BIN)/python -m pytest -q --collect-only $(TESTS) > /dev/null 2>&1 || true

lint: $(TESTED) npm
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy --strict $(SOURCES)
	$(BIN)/djlint --lint --quiet templates
	[ ! -e $(BIOME) ] || $(WITH_NODE) $(BIOME) check --error-on-warnings biome.json static

format: $(TESTED) npm
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)
	[ ! -e $(BIOME) ] || $(WITH_NODE) $(BIOME) check --write biome.json static

bench: $(TESTED)
	$(BIN)/python -m bench $(ARGS)

demo: $(RUNS) charts
	[ -e demo-data/duplistat.db ] || $(BIN)/python -m duplistat demo --data demo-data --days 90
	$(BIN)/python -m tests.support.demo_agents --data demo-data $(ARGS)

# Pictures of every page, to look at: make shots ARGS="--only job".
shots: $(TESTED) system-packages charts
	$(BIN)/python -m tests.shots docs/screenshots $(ARGS)

$(NODE): package.json package-lock.json requirements/npm.lock | $(MADE)
	@command -v npm > /dev/null || $(PIP) --require-hashes -r requirements/npm.lock
	@$(WITH_NODE) npm ci --silent
	@touch $@

assets: $(ASSETS)

$(ASSETS): $(NODE) packaging/assets
	@packaging/assets

# Scripts and styles are not linted where npm cannot bring what lints them. In CI it has to.
npm:
	@$(MAKE) --no-print-directory $(NODE) || { \
		echo "make: npm could not fetch Biome: scripts and styles are not linted" >&2; \
		[ -z "$${CI:-}" ]; \
	}

# Pages work without charts: their numbers stand in a table then. In CI the charts have to be there.
charts:
	@$(MAKE) --no-print-directory assets || { \
		echo "make: the charts could not be fetched: pages show tables instead" >&2; \
		[ -z "$${CI:-}" ]; \
	}

# A stamp is newer than what it was made from, or the step is done again.
$(MADE):
	@command -v $(PYTHON) > /dev/null || { echo "make: there is no $(PYTHON); install Python 3.11 or newer, or name one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: $(PYTHON) is older than Python 3.11; name a newer one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || { echo "make: $(PYTHON) comes without venv or ensurepip; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(RUNS): requirements/run.lock requirements/build.lock pyproject.toml | $(MADE)
	$(PIP) --require-hashes -r requirements/run.lock
	$(PIP) --require-hashes -r requirements/build.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(TESTED): requirements/dev.lock pyproject.toml | $(MADE)
	$(PIP) --require-hashes -r requirements/dev.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@ $(RUNS)

# Programs that some tests start. In CI they have to be there; elsewhere such tests are skipped without them.
# Chromium's headless shell is quicker than Chromium, which does where there is none.
system-packages:
	@missing=""; \
	command -v chromium > /dev/null || command -v chromium-headless-shell > /dev/null || missing="$$missing chromium"; \
	command -v prometheus > /dev/null && command -v promtool > /dev/null || missing="$$missing prometheus"; \
	php -m 2> /dev/null | grep -qx curl || missing="$$missing php-cli php-curl"; \
	PATH="$$PATH:/usr/sbin" command -v pgbouncer > /dev/null || missing="$$missing pgbouncer"; \
	for tool in restic rclone rsync duplicity rdiff-backup; do command -v $$tool > /dev/null || missing="$$missing $$tool"; done; \
	command -v borg > /dev/null || missing="$$missing borgbackup"; \
	quicker=""; \
	command -v chromium-headless-shell > /dev/null || quicker=chromium-headless-shell; \
	[ -n "$$missing$$quicker" ] || exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
		echo "installing:$$missing $$quicker"; \
		export DEBIAN_FRONTEND=noninteractive; \
		install="apt-get install -y -qq --no-install-recommends"; \
		apt-get update -qq -o Acquire::Retries=0 -o Acquire::http::Timeout=20; \
		[ -z "$$quicker" ] || $$install $$quicker > /dev/null || echo "make: there is no $$quicker: Chromium will do" >&2; \
		[ -z "$$missing" ] || $$install $$missing > /dev/null && exit 0; \
	fi; \
	[ -n "$$missing" ] || exit 0; \
	echo "******************************************************************" >&2; \
	echo "make: not installed:$$missing" >&2; \
	echo "make: the tests that need them are SKIPPED (as root, make installs them)" >&2; \
	echo "******************************************************************" >&2; \
	[ -z "$${CI:-}" ]

# Gathers the texts of pages into the catalogue of each language, and makes of these what the server reads.
# What is new stands there without a translation: write it, and run this again.
CATALOGUES := duplistat/translations
translations: $(TESTED)
	@mkdir -p build
	@PATH="$(CURDIR)/$(BIN):$$PATH" packaging/messages build/messages.pot
	$(BIN)/pybabel update -i build/messages.pot -d $(CATALOGUES) --width 100 --no-fuzzy-matching --ignore-obsolete \
		--ignore-pot-creation-date
	$(BIN)/pybabel compile -d $(CATALOGUES) --statistics

# Pins every dependency, with hashes, for Python 3.11 and newer. make lock UPGRADE=--upgrade takes newer versions.
UPGRADE ?=
LOCKER := build/lock/bin
COMPILE := $(LOCKER)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options $(UPGRADE)

lock:
	$(PYTHON) -m venv build/lock
	$(LOCKER)/python -m pip install --quiet --disable-pip-version-check pip-tools
	$(COMPILE) --extra apprise --extra mail pyproject.toml -o requirements/run.lock
	$(COMPILE) -c requirements/run.lock --extra apprise --extra mail --extra postgres pyproject.toml \
		-o requirements/postgres.lock
	$(COMPILE) --only-build-deps --build-deps-for editable pyproject.toml -o requirements/build.lock
	$(COMPILE) requirements/npm.in -o requirements/npm.lock
	$(COMPILE) -c requirements/postgres.lock -c requirements/build.lock --extra apprise --extra mail --extra postgres \
		pyproject.toml requirements/dev.in -o requirements/dev.lock
	@for lock in requirements/*.lock; do \
		sed -i '1i # Pinned by make lock: do not edit.' $$lock; \
	done

# Leaves data folders alone.
clean:
	rm -rf $(VENV) build dist node_modules static/vendor .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find duplistat tests $(wildcard bench) -name __pycache__ -type d -prune -exec rm -rf {} +
