# `make help` prints what follows each `##`.
SHELL := /bin/sh
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.PHONY: all extract validate diff refresh release dist site serve publish-plan publish test lint format bench requirements clean help

UV_VERSION := 0.13.9
MADE := .venv/.made
PYTHON := .venv/bin/python
SCRIPTS := $(wildcard scripts/*.py scripts/beneficiaires/*.py)
SCHEMAS := $(wildcard schemas/*.json)
SOURCES := $(SCHEMAS) $(wildcard source/*.yml source/pages/*.md)
TABLES := $(SCHEMAS:schemas/%.json=data/%.csv) $(SCHEMAS:schemas/%.json=data/%.json)
BUILT := $(TABLES) data/README.md datapackage.json
DOCUMENTS := README.md README.fr.md LICENCE-DONNEES.md CHANGELOG.md

# What the publication is proven on: each would break the others in one environment.
PORTALS := $(patsubst tests/portals/%.txt,.venv-%/.made,$(wildcard tests/portals/*.txt))

all: $(MADE)/valid ## Set up, build data/ and datapackage.json, validate them, say what was made

extract: $(MADE)/extracted ## Build data/ and datapackage.json from source/ and schemas/

validate: $(MADE)/installed ## Validate the package as it stands
	@$(PYTHON) scripts/validate.py

refresh: $(MADE)/installed ## Take in the newest version of the page (options in ARGS, as --accept-new)
	@$(PYTHON) scripts/refresh.py $(ARGS)

diff: $(MADE)/installed ## Tell what changed between the last two pages (dates, files, --format in ARGS)
	@$(PYTHON) scripts/diff.py $(ARGS)

release: $(MADE)/extracted ## Prepare a release: make release ARGS="minor --date AAAA-MM-JJ"
	@$(PYTHON) scripts/release.py $(ARGS)

dist: $(MADE)/valid ## Build dist/: everything that people download
	@$(PYTHON) scripts/build_dist.py

site: dist/index.json ## Build dist/site/: the lookup page
	@rm -rf dist/site
	@$(PYTHON) scripts/build_site.py

serve: site ## Show the site at http://127.0.0.1:8000
	@$(PYTHON) -m http.server --bind 127.0.0.1 --directory dist/site 8000

publish: dist ## Put dist/ on data.gouv.fr's demo site, after asking (options in ARGS, key in DATAGOUV_API_KEY)
	@$(PYTHON) scripts/publish.py $(ARGS)

publish-plan: dist ## Say what make publish would change, and send nothing
	@$(PYTHON) scripts/publish.py --dry-run $(ARGS)

test: $(MADE)/installed-dev $(MADE)/extracted $(PORTALS) ## Check the style, then run every test (pytest options in ARGS)
	@.venv/bin/ruff check . && .venv/bin/ruff format --check --quiet .
	@$(PYTHON) -m pytest $(ARGS)

lint: $(MADE)/installed-dev ## Check the style of the code
	@.venv/bin/ruff check . && .venv/bin/ruff format --check .

format: $(MADE)/installed-dev ## Mend the style of the code
	@.venv/bin/ruff check --fix . && .venv/bin/ruff format .

bench: $(MADE)/installed-dev all ## Compare speed and memory with simpler scripts, as ratios (topics in ARGS)
	@$(PYTHON) bench/run.py $(ARGS)

requirements: $(MADE)/installed-dev ## Compile pyproject.toml into the hashed requirements files
	@.venv/bin/uv pip compile $(COMPILE) pyproject.toml -o requirements.txt
	@.venv/bin/uv pip compile $(COMPILE) pyproject.toml --group dev -o requirements-dev.txt
	@for part in tests/portals/*.in; do .venv/bin/uv pip compile $(COMPILE) $$part -o $${part%.in}.txt; done
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

# urllib3-future, of the data.gouv.fr client, would put itself in the place of urllib3 at every start.
SLOW_START := .venv/lib/python*/site-packages/urllib3_future.pth

$(MADE)/installed: requirements.txt $(MADE)/venv
	@.venv/bin/uv pip install --quiet --python $(PYTHON) --require-hashes --compile-bytecode -r $<
	@rm -f $(SLOW_START)
	@touch $@

$(MADE)/installed-dev: requirements-dev.txt $(MADE)/installed
	@.venv/bin/uv pip install --quiet --python $(PYTHON) --require-hashes --compile-bytecode -r $<
	@rm -f $(SLOW_START)
	@touch $@

.venv-%/.made: tests/portals/%.txt $(MADE)/venv
	@.venv/bin/uv venv --quiet --clear --python $(PYTHON) $(@D)
	@.venv/bin/uv pip install --quiet --python $(@D)/bin/python --require-hashes -r $<
	@touch $@

$(MADE)/extracted: $(SOURCES) $(BUILT) $(DOCUMENTS) $(SCRIPTS) $(MADE)/installed
	@$(PYTHON) scripts/extract.py
	@touch $@

$(MADE)/valid: $(MADE)/extracted
	@$(PYTHON) scripts/validate.py
	@touch $@

# `make dist` builds always, `make site` only when the package changed.
dist/index.json: $(MADE)/valid
	@$(PYTHON) scripts/build_dist.py
	@touch $@

# A built file that was removed counts as changed, so that it is built again.
$(BUILT): ;
