# `make help` prints what follows each `##`.
SHELL := /bin/sh
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.PHONY: all extract validate diff refresh release dist site serve publish-plan publish check test bench format requirements clean help

UV_VERSION := 0.13.9
MADE := .venv/.made
PYTHON := .venv/bin/python
INSTALL = .venv/bin/uv pip install --quiet --python $(PYTHON) --require-hashes --compile-bytecode -r
SCRIPTS := $(wildcard scripts/*.py scripts/edition2/*.py)
SCHEMAS := $(wildcard schemas/*.json)
SOURCES := published.json $(SCHEMAS) $(wildcard source/*.yml source/pages/*.md)
BUILT := $(SCHEMAS:schemas/%.json=data/%.csv) $(SCHEMAS:schemas/%.json=data/%.json) data/README.md datapackage.json

all: $(MADE)/valid ## Set up, build data/ and datapackage.json, validate them, say what was made

extract: $(MADE)/extracted ## Build data/ and datapackage.json from source/ and schemas/

validate: $(MADE)/installed ## Validate the package as it stands
	@$(PYTHON) scripts/validate.py

refresh: $(MADE)/installed-dist ## Take in the newest version of the page (options in ARGS, as --dry-run)
	@$(PYTHON) scripts/refresh.py $(ARGS)

diff: $(MADE)/installed ## Tell what changed between the last two versions (days in ARGS)
	@$(PYTHON) scripts/diff.py $(ARGS)

release: $(MADE)/extracted ## Prepare a release: make release VERSION=2.1.0
	@$(PYTHON) scripts/release.py $(VERSION)

dist: $(MADE)/valid $(MADE)/installed-dist ## Build dist/: everything that people download
	@$(PYTHON) scripts/build_dist.py

site: dist ## Build dist/site/: the lookup page
	@$(PYTHON) scripts/build_site.py

serve: site ## Show the site at http://127.0.0.1:8000
	@$(PYTHON) -m http.server --bind 127.0.0.1 --directory dist/site 8000

publish: dist ## Put dist/ on the portal, after asking (options in ARGS, key in DATAGOUV_API_KEY)
	@$(PYTHON) scripts/publish.py $(ARGS)

publish-plan: dist ## Say what make publish would change, and send nothing
	@$(PYTHON) scripts/publish.py --dry-run $(ARGS)

check: $(MADE)/installed-dev $(MADE)/extracted ## Check the style, run the tests that need Python alone
	@.venv/bin/ruff check . && .venv/bin/ruff format --check --quiet .
	@$(PYTHON) -m pytest -m "not programs" $(ARGS)

test: $(MADE)/installed-dev $(MADE)/extracted .venv-udata/.made ## Check the style, run every test (pytest options in ARGS)
	@.venv/bin/ruff check . && .venv/bin/ruff format --check --quiet .
	@$(PYTHON) -m pytest $(ARGS)

bench: $(MADE)/installed-dev all ## Compare speed and memory with simpler scripts, as ratios
	@$(PYTHON) bench/run.py $(ARGS)

format: $(MADE)/installed-dev ## Mend the style of the code, write the schemas of source/ anew
	@.venv/bin/ruff check --fix . && .venv/bin/ruff format .
	@$(PYTHON) scripts/extract.py --schemas

requirements: $(MADE)/installed-dev ## Compile pyproject.toml into the hashed requirements files
	@.venv/bin/uv pip compile $(COMPILE) pyproject.toml -o requirements.txt
	@.venv/bin/uv pip compile $(COMPILE) pyproject.toml --extra dist -o requirements-dist.txt
	@.venv/bin/uv pip compile $(COMPILE) pyproject.toml --extra dist --group dev -o requirements-dev.txt
	@.venv/bin/uv pip compile $(COMPILE) tests/portals/udata.in -o tests/portals/udata.txt
COMPILE := --quiet --universal --generate-hashes --no-emit-index-url --no-header --upgrade

clean: ## Remove everything that is not tracked: the environment, dist/ and the caches
	@rm -rf .venv .venv-* dist .hypothesis .pytest_cache .ruff_cache
	@find scripts tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## Print this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 24

$(MADE)/venv:
	@python3 -m venv .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@mkdir -p $(MADE) && touch $@

$(MADE)/installed: requirements.txt $(MADE)/venv
	@$(INSTALL) $<
	@touch $@

$(MADE)/installed-dist: requirements-dist.txt $(MADE)/installed
	@$(INSTALL) $<
	@touch $@

$(MADE)/installed-dev: requirements-dev.txt $(MADE)/installed-dist
	@$(INSTALL) $<
	@touch $@

# udata, the software of data.gouv.fr, would break the other libraries in one environment.
.venv-udata/.made: tests/portals/udata.txt $(MADE)/venv
	@.venv/bin/uv venv --quiet --clear --python $(PYTHON) $(@D)
	@.venv/bin/uv pip install --quiet --python $(@D)/bin/python --require-hashes -r $<
	@touch $@

$(MADE)/extracted: $(SOURCES) $(BUILT) $(SCRIPTS) $(MADE)/installed
	@$(PYTHON) scripts/extract.py
	@touch $@

$(MADE)/valid: $(MADE)/extracted
	@$(PYTHON) scripts/validate.py
	@touch $@

# A built file that was removed counts as changed, so that it is built again.
$(BUILT): ;
