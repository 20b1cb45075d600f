# Comptoir's commands. `make demo` and `make test` set everything up by themselves.
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3

# The real parts, as program:Debian package. The demo needs a broker; the tests a D-Bus and BlueZ's own client too.
DEMO_PARTS := mosquitto:mosquitto
TEST_PARTS := $(DEMO_PARTS) dbus-daemon:dbus-daemon bluetoothctl:bluez

.PHONY: help setup demo-parts test-parts demo test check format bench coverage clean
.DEFAULT_GOAL := help

help:
	@echo "make demo      play the story: a terminal shows the shop, no terminal tells it and exits 0"
	@echo "make test      set up and run the tests"
	@echo "make check     format, lint, types, import directions, tidiness"
	@echo "make bench     measure what the README claims"
	@echo "make coverage  branch coverage of the pure cores"
	@echo "make setup     only set up: .venv and, where allowed, Debian packages"

# A stamp that names the lock and the project file: setup does nothing when neither changed.
$(VENV)/.ready: pyproject.toml requirements.lock
	@.ci/setup-venv $(PYTHON) $(VENV)
	@touch $@

demo-parts:
	@.ci/system-packages $(DEMO_PARTS)

test-parts:
	@.ci/system-packages $(TEST_PARTS)

setup: test-parts $(VENV)/.ready

demo: demo-parts $(VENV)/.ready
	@$(BIN)/comptoir demo

test: setup
	$(BIN)/python -m pytest

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy edge hardware hub kiosk tests
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/test_tidy.py

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup
	$(BIN)/python -m tests.bench

coverage: setup
	$(BIN)/python -m pytest --cov --cov-report=term-missing:skip-covered

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache demo-out
