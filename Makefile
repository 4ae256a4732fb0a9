# Two commands matter: `make demo` trains a representation and shows that it is good, `make test` runs all tests.

# A device as `diptych --device` takes it: auto, gpu, cpu, reference, an index or a part of a name.
DEVICE ?= auto
# Where runs are written.
RUNS ?= runs

PACKAGES := ocl-icd-opencl-dev opencl-headers libclblast-dev pocl-opencl-icd libyaml-dev libspng-dev \
            libturbojpeg0-dev libarchive-dev libcurl4-openssl-dev pkg-config
TEST_PACKAGES := oclgrind
# What else is linked into the bundle.
BUNDLE_PACKAGES := libzstd-dev g++

export PATH := $(PATH):/opt/swift/usr/bin:/usr/local/swift/usr/bin
SWIFT := swift
BUILD := $(SWIFT) build -c release

# The benchmarks, see benchmarks/README.md; those beside peers need `make peers`.
BENCHMARKS := kernels step start batches infonce
COMPARISONS := step product

.PHONY: demo test build check bench bundle peers bench-peers format lint clean packages test-packages bundle-packages swift

demo: build
	.build/release/diptych train --preset demo --device $(DEVICE) --out $(RUNS)/demo-$$(date +%Y%m%d-%H%M%S)

test: test-packages swift
	$(BUILD) --build-tests
	DIPTYCH_REQUIRE_OPENCL=1 $(SWIFT) test -c release --skip-build

build: packages swift
	$(BUILD) --product diptych

check: build
	.build/release/diptych check --device $(DEVICE)

bench: $(BENCHMARKS:%=bench-%)

bench-%: build
	python3 benchmarks/run.py $* --device $(DEVICE)

bundle: bundle-packages swift
	benchmarks/bundle/make.sh

peers:
	python3 -m venv benchmarks/peers/.venv
	benchmarks/peers/.venv/bin/pip install --requirement benchmarks/peers/requirements.txt

bench-peers: $(COMPARISONS:%=bench-peers-%)

bench-peers-%: build
	python3 benchmarks/peers/compare.py $* --device $(DEVICE)

format:
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests

lint:
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests

clean:
	rm -rf .build

# Installs what is missing where it may; elsewhere it prints the one command to run.
define install
	@missing=; for package in $(1); do dpkg -s $$package >/dev/null 2>&1 || missing="$$missing $$package"; done; \
	if [ -n "$$missing" ]; then \
		if [ "$$(id -u)" = 0 ]; then apt-get update -q && apt-get install -q -y --no-install-recommends $$missing; \
		elif sudo -n true 2>/dev/null; then \
			sudo apt-get update -q && sudo apt-get install -q -y --no-install-recommends $$missing; \
		else echo "Debian packages are missing; run: sudo apt-get install$$missing" >&2; exit 1; fi; \
	fi
endef

packages:
	$(call install,$(PACKAGES))

test-packages:
	$(call install,$(PACKAGES) $(TEST_PACKAGES))

bundle-packages:
	$(call install,$(PACKAGES) $(BUNDLE_PACKAGES))

swift:
	@command -v $(SWIFT) >/dev/null || { echo "Swift 6.3 is missing: see https://www.swift.org/install" >&2; exit 1; }
