# The README's two commands are `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
ROWS ?= 2000

# Many containers set PYTHONDONTWRITEBYTECODE, which doubles every start of Airflow and Great Expectations.
unexport PYTHONDONTWRITEBYTECODE
export UV_COMPILE_BYTECODE = 1
export CUSTHUB_PROJECT ?= $(CURDIR)
export CUSTHUB_CONN_ERP ?= sqlite:///$(CURDIR)/demo/erp.db
export GX_ANALYTICS_ENABLED = False

.PHONY: demo test test-long check format lint types imports lock serve airflow airflow-stop airflow-migrate airflow-api-server \
  airflow-scheduler airflow-dag-processor airflow-triggerer bench clean

.venv/installed: requirements.lock pyproject.toml
	@echo "custhub: installing into .venv (about a minute, once)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "custhub needs Python 3.11 or newer")'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet "$$(grep '^uv==' requirements.lock)"
	@$(UV) pip install --quiet --python $(BIN)/python -r requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev: .venv/installed requirements-dev.lock
	@$(UV) pip install --quiet --python $(BIN)/python -r requirements-dev.lock
	@touch $@

demo: .venv/installed
	@$(BIN)/custhub demo --run --rows $(ROWS)

test: .venv/dev
	$(BIN)/python -m pytest -n 2 --dist worksteal

# What takes too long for every change: stories on PostgreSQL too, random histories at full length.
test-long: .venv/dev
	$(BIN)/python -m pytest -n 2 --dist worksteal -m long

check: .venv/dev format lint types imports test test-long

format: .venv/dev
	$(BIN)/ruff format --check .

lint: .venv/dev
	$(BIN)/ruff check .

types: .venv/dev
	$(BIN)/mypy

imports: .venv/dev
	$(BIN)/lint-imports

lock: .venv/dev
	$(UV) pip compile -q pyproject.toml --extra airflow --extra quality --extra postgres --extra mysql --extra demo --extra build -o requirements.lock --no-header --no-annotate --upgrade
	$(UV) pip compile -q pyproject.toml --all-extras -c requirements.lock -o requirements-dev.lock --no-header --no-annotate --upgrade

serve: .venv/installed
	$(BIN)/custhub serve

airflow: .venv/installed
	@$(BIN)/python -m custhub.dagkit standalone

airflow-stop:
	@$(BIN)/python -m custhub.dagkit stop

# The parts that docker-compose.yml runs, one by one.
airflow-migrate: .venv/installed
	$(BIN)/python -m custhub.dagkit migrate

airflow-api-server: .venv/installed
	$(BIN)/python -m custhub.dagkit api-server

airflow-scheduler: .venv/installed
	$(BIN)/python -m custhub.dagkit scheduler

airflow-dag-processor: .venv/installed
	$(BIN)/python -m custhub.dagkit dag-processor

airflow-triggerer: .venv/installed
	$(BIN)/python -m custhub.dagkit triggerer

bench: .venv/dev
	$(BIN)/python -m benchmarks

clean:
	rm -rf .venv .custhub .airflow demo
