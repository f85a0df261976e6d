# One word for each need; `make` alone lists them.

VENV := .venv
NEEDED := ip=iproute2 nft=nftables conntrack=conntrack curl=curl ps=procps
NEEDED_BY_TESTS := dig=bind9-dnsutils kdig=knot-dnsutils
NEEDED_BY_BENCH := dnsperf=dnsperf knotd=knot unbound=unbound dnsmasq=dnsmasq-base \
	iptables=iptables /usr/lib/cni/bridge=containernetworking-plugins
WANTED_BY_BENCH := /usr/lib/podman/netavark=netavark
EXAMPLES ?= 5000
SOAK ?= 600

.PHONY: help setup setup-test demo test check bench fuzz soak lock docs clean

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

setup: $(VENV)/.ready ## everything that running needs; leaves .venv/bin/moor
	@scripts/need $(NEEDED)

$(VENV)/.ready: requirements.txt pyproject.toml scripts/environment
	@scripts/environment

setup-test: setup ## everything that the tests need besides
	@scripts/need $(NEEDED_BY_TESTS)

demo: setup ## the main job: a network, two programs on it, and a name between them
	scripts/demo

test: setup-test ## all tests, in namespaces of their own; ARGS=tests/book for some of them
	scripts/unchanged scripts/isolated $(VENV)/bin/pytest $(ARGS)

check: setup ## lint, format and types
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy

bench: setup ## the figures of docs/performance.md
	@scripts/need $(NEEDED_BY_BENCH)
	@scripts/need $(WANTED_BY_BENCH) || echo "going on without: older releases do not have it"
	@for bench in bench/*.py; do echo "$$bench"; $(VENV)/bin/python $$bench || exit; done

fuzz: setup-test ## every property with EXAMPLES=5000 examples
	scripts/isolated $(VENV)/bin/pytest -m hypothesis --timeout 0 --examples $(EXAMPLES) $(ARGS)

soak: setup-test ## every long-running test for SOAK=600 seconds
	scripts/isolated $(VENV)/bin/pytest -m soak --timeout 0 --soak $(SOAK) $(ARGS)

lock: ## requirements.txt anew from pyproject.toml; needs uv
	uv pip compile pyproject.toml --output-file requirements.txt --upgrade --universal \
		--python-version 3.11 --extra dev --generate-hashes \
		--no-emit-index-url --no-annotate --no-header

docs: setup ## docs/cli.md from the command line itself
	$(VENV)/bin/python -m mooring.cli.reference >$(VENV)/cli.md
	mv $(VENV)/cli.md docs/cli.md

clean: ## nothing but what git knows
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find src tests bench -name __pycache__ -prune -exec rm -rf {} +
