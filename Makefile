# Everything runs from .venv, which is built from hashes on first use.
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test check format bench readme sample schema lock clean

demo: .venv/ready ## run the whole job against the embedded simulator
	$(BIN)/psa-audit demo

test: .venv/ready ## every test
	$(BIN)/pytest -n auto --dist loadgroup

check: .venv/ready ## lint, format, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/ready ## wall time against the floor, start-up time
	$(BIN)/python -m tests.bench

readme: .venv/ready ## run the README's examples again and put their output in
	$(BIN)/python -m tests.readme

sample: .venv/ready ## make reports/sample anew
	$(BIN)/python -m tests.sample

schema: .venv/ready ## write the JSON Schema of report.json anew
	$(BIN)/python -m tests.schema

screenshots: .venv/ready ## take the README's pictures anew (chromium, soffice, pdftoppm)
	$(BIN)/python -m tests.screenshots

lock: .venv/ready ## choose versions anew: hashes only, no URLs
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --upgrade --generate-hashes \
	  --no-header --extra dev --python-version 3.11 --output-file .ci/requirements.lock pyproject.toml

.venv/ready: .ci/requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "psa-audit needs Python 3.11 or newer: make PYTHON=python3.12 demo")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes --requirement .ci/requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

clean:
	rm -rf .venv reports/demo dist
