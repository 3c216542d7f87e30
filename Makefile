# `make help` prints what follows each `##`.
SHELL := /bin/sh
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: all extract validate diff refresh release dist site serve publish-plan publish check test bench format requirements clean help FORCE

PYTHON ?= python3
MADE := .venv/.made
RUN := .venv/bin/python
SET_UP = $(RUN) .ci/set_up.py $@ $<
INPUTS := source schemas scripts release.json CHANGELOG.md
OUTPUTS := data datapackage.json
BINARY := --only-binary=:all:
BUILD := --build-constraints requirements-build.txt --require-build-hashes

all: $(MADE)/valid ## Set up, build data/ and datapackage.json, validate them, say what was made

extract: $(MADE)/extracted ## Build data/ and datapackage.json from source/ and schemas/

validate: $(MADE)/installed ## Validate the package as it stands
	@$(RUN) scripts/validate.py

refresh: $(MADE)/installed-dist ## Take in the newest version of the page (options in ARGS, as --dry-run)
	@$(RUN) scripts/refresh.py $(ARGS)

diff: $(MADE)/installed ## Tell what changed between the last two versions (days in ARGS)
	@$(RUN) scripts/diff.py $(ARGS)

release: $(MADE)/extracted ## Prepare a release: make release VERSION=3.1.0
	@$(RUN) scripts/release.py $(VERSION)

dist: $(MADE)/valid $(MADE)/installed-dist ## Build dist/: everything that people download
	@$(RUN) scripts/build_dist.py

site: dist ## Build dist/site/: the lookup page
	@$(RUN) scripts/build_site.py

serve: site ## Show the site at http://127.0.0.1:8000
	@$(RUN) -m http.server --bind 127.0.0.1 --directory dist/site 8000

publish: dist ## Put dist/ on the portal, after asking (options in ARGS, key in DATAGOUV_API_KEY)
	@$(RUN) scripts/publish.py $(ARGS)

publish-plan: dist ## Say what make publish would change, and send nothing
	@$(RUN) scripts/publish.py --dry-run $(ARGS)

check: $(MADE)/installed-dev $(MADE)/extracted ## Check the style, run the tests that need Python alone
	@$(RUN) -m ruff check . && $(RUN) -m ruff format --check --quiet .
	@$(RUN) -m pytest -m "not programs" $(ARGS)

test: $(MADE)/installed-dev $(MADE)/extracted .venv-udata/.made .venv-tools/.made ## Check the style, run every test (pytest options in ARGS)
	@$(RUN) -m ruff check . && $(RUN) -m ruff format --check --quiet .
	@$(RUN) -m pytest $(ARGS)

bench: $(MADE)/installed-dev all ## Compare speed and memory with a simpler script, as ratios
	@$(RUN) bench/run.py $(ARGS)

format: $(MADE)/installed-dev ## Mend the style of the code
	@$(RUN) -m ruff check --fix . && $(RUN) -m ruff format .

requirements: $(MADE)/installed-dev ## Compile what pyproject.toml and tests/ name into hashed requirements files
	@$(COMPILE) --group uv --output-file requirements-uv.txt
	@$(COMPILE) --group build --output-file requirements-build.txt
	@$(COMPILE) $(BINARY) pyproject.toml --output-file requirements.txt
	@$(COMPILE) $(BINARY) pyproject.toml --extra dist --output-file requirements-dist.txt
	@$(COMPILE) pyproject.toml --extra dist --group dev --output-file requirements-dev.txt
	@for input in tests/*/*.in; do $(COMPILE) "$$input" --output-file "$${input%.in}.txt" || exit 1; done
COMPILE = .venv/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --upgrade

clean: ## Remove everything that is not tracked: the environments, dist/ and the caches
	@rm -rf .venv .venv-* dist .hypothesis .pytest_cache .ruff_cache
	@find scripts tests bench .ci -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## Print this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 24

# Python is checked before anything is made. The environment is looked at again when a set-up was
# stopped, when its Python is gone, and when PYTHON asks for another.
$(MADE)/uv: requirements-uv.txt
	@command -v "$(PYTHON)" >/dev/null || { echo '$(PYTHON) is missing. On Debian and Ubuntu: apt-get install python3 python3-venv' >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Python 3.11 or newer is needed, which $(PYTHON) is not. Choose another: make PYTHON=python3.13' >&2; exit 1; }
	@"$(PYTHON)" .ci/set_up.py $@ $<
ifneq ($(origin PYTHON) $(shell test -e $(RUN) && test ! -e .venv/.unfinished && echo ready),file ready)
$(MADE)/uv: FORCE
endif

$(MADE)/installed: requirements.txt $(MADE)/uv
	@$(SET_UP) .venv $(BINARY)

$(MADE)/installed-dist: requirements-dist.txt $(MADE)/installed
	@$(SET_UP) .venv $(BINARY)

$(MADE)/installed-dev: requirements-dev.txt $(MADE)/installed-dist
	@$(SET_UP) .venv $(BUILD)

# What would break the other libraries in one environment: udata, the software of data.gouv.fr, and
# some programs that only tests run. Where they do not install, their tests are skipped and named.
.venv-udata/.made: tests/portals/udata.txt $(MADE)/uv
	@$(SET_UP) $(@D) $(BUILD) || $(GO_ON)

.venv-tools/.made: tests/tools/requirements.txt $(MADE)/uv
	@$(SET_UP) $(@D) $(BUILD) || $(GO_ON)
GO_ON = { rm -rf $(@D); echo 'Goes on without $(@D), and without the tests that need it.' >&2; }

# Folders are looked at too: their times change when a file is added, renamed or removed.
# Compiling all scripts first keeps a later command from changing these times with its bytecode.
# What is edited while extract.py runs is newer than its beginning, so that the next make sees it.
$(MADE)/extracted: $(MADE)/installed
	@$(RUN) -m compileall -q scripts
	@touch $(MADE)/started
	@$(RUN) scripts/extract.py
	@touch $@
CHANGED = find $(INPUTS) -name __pycache__ -prune -o -newer $(MADE)/started -print; find $(OUTPUTS) -newer $(MADE)/extracted
ifneq ($(shell { $(CHANGED); } 2>&1),)
$(MADE)/extracted: FORCE
endif

$(MADE)/valid: $(MADE)/extracted
	@$(RUN) scripts/validate.py
	@touch $@
