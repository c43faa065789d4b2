# The two that matter: `make demo` and `make test`. `make help` lists the rest.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8000
SERVE ?= 1
PY := .venv/bin/python
FLASK := .venv/bin/flask --app wsgi
CATALOGUE := survey/translations/en/LC_MESSAGES/messages.mo
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo dev run test fast slow spark lint types imports format bench load golden oracles docs catalogue clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv

.venv/.runtime: requirements.txt | .venv/bin/python
	$(PY) -m pip install --quiet -r requirements.txt
	@touch $@

.venv/.dev: requirements-dev.txt requirements.txt | .venv/bin/python
	$(PY) -m pip install --quiet -r requirements-dev.txt
	@touch $@ .venv/.runtime

.venv/.spark: requirements-spark.txt | .venv/.dev
	$(PY) -m pip install --quiet -r requirements-spark.txt
	@touch $@

$(CATALOGUE): $(CATALOGUE:.mo=.po) | .venv/.runtime
	.venv/bin/pybabel --quiet compile -d survey/translations

demo: .venv/.runtime $(CATALOGUE) ## play a whole wave, then serve it on http://127.0.0.1:8000 (SERVE=0, PORT=8001)
	@PORT=$(PORT) SERVE=$(SERVE) bash deploy/demo.sh

dev: .venv/.dev $(CATALOGUE) ## a server that reloads; messages are printed, links can be clicked
	$(FLASK) db upgrade
	THUOCDO_GATEWAYS=console THUOCDO_BASE_URL=http://127.0.0.1:$(PORT) $(FLASK) run --debug --port $(PORT)

run: .venv/.runtime $(CATALOGUE) ## migrate and serve with the settings of the environment
	$(FLASK) db upgrade
	.venv/bin/granian --interface wsgi --workers 2 --blocking-threads 4 --respawn-failed-workers --port $(PORT) wsgi:app

test: .venv/.dev $(CATALOGUE) ## everything this machine allows; CI=true: everything (T=path: one file)
	@T="$(T)" $(PY) -m tests.run

fast: .venv/.dev $(CATALOGUE) ## pure tests and one database, under a minute
	$(PY) -m pytest -n auto -m "not slow and not browser and not oracle and not kannel and not postgresql and not spark and not thorough"

spark: .venv/.spark ## bring Spark for the test on a cluster (470 MB; needs Java 17)

slow: .venv/.dev $(CATALOGUE) ## simulations and load
	$(PY) -m pytest -m slow

lint: .venv/.dev ## style
	.venv/bin/ruff check . && .venv/bin/ruff format --check .

format: .venv/.dev
	.venv/bin/ruff check --fix . ; .venv/bin/ruff format .

types: .venv/.dev ## types
	.venv/bin/mypy

imports: .venv/.dev ## who may import whom
	.venv/bin/lint-imports

bench: .venv/.dev ## speed as ratios to peers and to the physical limit; writes bench/latest.json
	$(PY) -m bench.run

load: .venv/.dev $(CATALOGUE) ## the served form with many citizens at once: waiting times, a burst, memory
	$(PY) -m bench.load

golden: .venv/.dev $(CATALOGUE) ## write the texts that people read anew; review the diff
	THUOCDO_TEST_GOLDEN=write $(PY) -m pytest -m "not slow" tests/golden tests/survey -k golden

oracles: .venv/.dev ## reference numbers anew, where R is
	for script in tests/oracles/*.R; do (cd tests/oracles && Rscript --vanilla $$(basename $$script)); done

docs: .venv/.dev ## the parts of README that are made by a program
	$(PY) -m docs.generate

catalogue: .venv/.dev ## collect the sentences to be translated
	.venv/bin/pybabel --quiet extract -F survey/translations/babel.cfg -k _l --no-location --sort-output -o build/messages.pot .
	.venv/bin/pybabel --quiet update -l en -i build/messages.pot -d survey/translations --no-fuzzy-matching --ignore-pot-creation-date

clean: ## remove what can be made again; instance/ (data) stays
	rm -rf .venv build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache $(CATALOGUE)
