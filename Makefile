# make setup prepares .venv; make demo and make test run it first. make alone lists the targets.
PYTHON ?= python3
JOBS ?= 2
BIN := .venv/bin
DEMO := build/demo

.PHONY: help setup demo test docs verify clean
help:
	@echo "make demo    run one frame through the simulated accelerator (SEQUENCE=folder for your own video)"
	@echo "make test    run the style and type checks and the tests (JOBS=$(JOBS) processes)"
	@echo "make docs    build the API reference into build/docs"
	@echo "make verify  run what docs/verification.md shows, the long runs too (hours); renews their records in bench/"
	@echo "make setup   prepare .venv with the pinned packages; demo and test do it when needed"
	@echo "make clean   remove build/ and .venv"

setup: .venv/.ready
	@:

.venv/.ready: pyproject.toml constraints.txt
	@missing=""; \
	command -v $(PYTHON) >/dev/null || missing="$$missing python3 python3-venv"; \
	if command -v $(PYTHON) >/dev/null; then $(PYTHON) -c "import ensurepip, venv" 2>/dev/null || missing="$$missing python3-venv"; fi; \
	command -v g++ >/dev/null || missing="$$missing g++"; \
	command -v git >/dev/null || missing="$$missing git"; \
	if [ -n "$$missing" ]; then echo "setup: missing:$$missing; install with: sudo apt-get install -y$$missing" >&2; exit 1; fi
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "setup: needs Python 3.11 or later, not %d.%d; name one with: make setup PYTHON=python3.11" % sys.version_info[:2])'
	@echo "setup: installing the pinned packages into .venv (about 2 GB, some minutes the first time)"
	@$(PYTHON) -m venv .venv
	@PIP_CONSTRAINT=constraints.txt PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install -qq --editable ".[all]"
	@touch $@
	@echo "setup: ready"

demo: setup
	@mkdir -p $(DEMO)
	$(BIN)/siammixer simulate $(if $(SEQUENCE),--sequence "$(SEQUENCE)") --json $(DEMO)/report.json --picture $(DEMO)/frame.png
	@echo "picture: $(DEMO)/frame.png   report: $(DEMO)/report.json"

test: setup
	$(BIN)/ruff check .
	$(BIN)/python verify/import_tree.py build/import
	$(BIN)/mypy
	$(BIN)/pytest -q -n $(JOBS)

docs: setup
	$(BIN)/python docs/reference/build.py build/docs
	@echo "open build/docs/index.html"

verify: setup
	$(BIN)/siammixer fuzz --count 480 --seed 1 --json bench/fuzz.json
	$(BIN)/python -m siammixer.verify.formal --json bench/formal.json
	$(BIN)/python -m siammixer.bench.gates
	$(BIN)/python -m siammixer.bench.gates --network siammixer --accelerator ecp5-85f --only netlist,export
	$(BIN)/python -m siammixer.bench.coverage
	$(BIN)/python -m siammixer.bench.faults
	$(BIN)/python -m siammixer.bench.soak
	$(BIN)/python -m siammixer.bench.crop
	$(BIN)/python -m siammixer.verify.mutation --jobs $(JOBS)
	$(BIN)/pytest -q -n $(JOBS) -m long tests/system tests/verify/fuzz tests/bench/test_gates.py tests/delivery

clean:
	rm -rf build .venv
