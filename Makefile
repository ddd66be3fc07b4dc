# make demo     two routers, a fault, the address moves
# make test     everything that must hold: formatting, module arrows, unit tests, the lab with real peers
# make test-vm  what needs another kernel than the machine's: Debian's, in an emulated machine
# make fuzz     every decoder under libFuzzer, FUZZ_SECONDS=20 each
# make build    release binaries
# make lint     formatting rules; make format applies them
# make install, make deb, make tarball, make rpm: see packaging/packaging.mk
# make keywords writes what the keyword table says into docs/migrating-from-keepalived.md and man/baton.conf.5
# make clean    removes what was built, and leftovers of labs
#
# All of it runs as root, or as a user with sudo: then only what needs root gets it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build
.PHONY: build test demo lint format keywords clean build-packages test-packages test-build test-unit test-root test-lab \
	test-systemd test-vm fuzz

SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
SWIFT ?= swift
# The dependency arrows of Package.swift are the only ones: an import beside them does not compile.
BUILD := $(SWIFT) build --explicit-target-dependency-import-check error
SOURCES := Package.swift Sources Tests

BUILD_PACKAGES := libnl-3-dev libnl-route-3-dev pkg-config
DEMO_PACKAGES := iproute2
TEST_PACKAGES := keepalived frr bird2 tshark iproute2 nftables systemd-container dbus binutils dpkg-dev lintian \
	debootstrap iputils-ping jq python3 curl prometheus
VM_PACKAGES := qemu-system-x86 busybox-static cpio kmod xz-utils iproute2 jq keepalived

# Test targets that need root: network namespaces, raw sockets, netlink. All others run as the user.
ROOT_TESTS := LinuxIOTests|ScriptHelperTests
# Those that measure have the machine for themselves: first the routers of the lab,
LAB_TESTS := LabTests
# then routers that run under a systemd of their own.
SYSTEMD_TESTS := SystemdTests
TEST_PROGRAM = $$($(SWIFT) build --show-bin-path)/batonPackageTests.xctest
RELEASE_FOLDER = $$($(SWIFT) build --configuration release --show-bin-path)
# What is tested is what is packed: programs that need no Swift on the target. The C++ runtime, which Swift's needs, is
# linked in, too, and no symbol is exported: together 1.4 MB of resident memory less for each daemon.
STATIC_LIBRARIES := $(CURDIR)/.build/static-libraries
LINK_STATIC := --static-swift-stdlib -Xlinker --no-export-dynamic \
  -Xswiftc -Xclang-linker -Xswiftc -L$(STATIC_LIBRARIES) -Xswiftc -Xclang-linker -Xswiftc -static-libgcc

build: build-packages
	@mkdir -p $(STATIC_LIBRARIES)
	@clang=$$(dirname "$$(readlink -f "$$(command -v $(SWIFT))")")/clang; \
	  ln -sf "$$("$$clang" -print-file-name=libstdc++.a)" $(STATIC_LIBRARIES)/libstdc++.a
	$(BUILD) --configuration release $(LINK_STATIC)

demo: build
	@packaging/require-packages $(DEMO_PACKAGES)
	@$(SUDO) "$(RELEASE_FOLDER)/baton-lab" demo

test: lint test-packages build test-build test-unit test-root test-lab test-systemd test-vm fuzz
	@echo; echo 'make test: all passed'; cat .build/{unit,root,lab,systemd,vm}-tests.summary

lint:
	$(SWIFT) format lint --strict --recursive $(SOURCES)

format:
	$(SWIFT) format --in-place --recursive $(SOURCES)

keywords: build-packages
	BATON_WRITE_KEYWORDS=1 $(SWIFT) test --filter KeywordPagesTests

build-packages:
	@packaging/require-packages $(BUILD_PACKAGES)

test-packages: build-packages
	@packaging/require-packages $(TEST_PACKAGES)

test-build: test-packages
	$(BUILD) --build-tests

test-unit: test-build
	@Tests/run-suite unit-tests --skip '^($(ROOT_TESTS)|$(LAB_TESTS)|$(SYSTEMD_TESTS))\.' "$(TEST_PROGRAM)"

test-root: test-build
	@Tests/run-suite root-tests --filter '^($(ROOT_TESTS))\.' $(SUDO) "$(TEST_PROGRAM)"

test-lab: test-build build
	@$(SUDO) "$(RELEASE_FOLDER)/baton-lab" clean
	@Tests/run-suite lab-tests --filter '^($(LAB_TESTS))\.' $(SUDO) env BATON_BIN="$(RELEASE_FOLDER)" "$(TEST_PROGRAM)"

test-systemd: test-build build
	@Tests/run-suite systemd-tests --filter '^($(SYSTEMD_TESTS))\.' $(SUDO) env BATON_BIN="$(RELEASE_FOLDER)" "$(TEST_PROGRAM)"

# The kernel is kept in .build/vm, 100 MB. VM_FOLDER and RELEASE_FOLDER may be others.
VM_FOLDER ?= .build/vm
test-vm: build
	@packaging/require-packages $(VM_PACKAGES)
	@Tests/VirtualMachine/prepare $(VM_FOLDER)
	@Tests/VirtualMachine/run $(VM_FOLDER) "$(RELEASE_FOLDER)"
	@tail -1 $(VM_FOLDER)/log | sed 's/^/virtual machine: /' >.build/vm-tests.summary

# What a fuzzer finds stays in .build-fuzz/found; what it learns, in .build-fuzz/corpus, so that the next run starts there.
FUZZERS := FuzzBFD FuzzVRRP FuzzConfiguration FuzzVarlink
FUZZ_SECONDS ?= 20
FUZZ_FOLDER := .build-fuzz
fuzz: build-packages
	@for fuzzer in $(FUZZERS); do \
	  BATON_FUZZ=1 $(SWIFT) build --scratch-path $(FUZZ_FOLDER) --configuration release --sanitize fuzzer --product $$fuzzer; \
	done
	@for fuzzer in $(FUZZERS); do \
	  corpus=$(FUZZ_FOLDER)/corpus/$$fuzzer; mkdir -p $$corpus $(FUZZ_FOLDER)/found; \
	  seeds=Tests/Fuzz/Seeds/$$fuzzer; [ -d $$seeds ] || seeds=; \
	  [ $$fuzzer != FuzzConfiguration ] || seeds=Tests/KeepalivedConfigTests/Fixtures; \
	  echo "$$fuzzer, $(FUZZ_SECONDS) s"; \
	  SWIFT_BACKTRACE=enable=no $(FUZZ_FOLDER)/release/$$fuzzer -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=60 -rss_limit_mb=4096 \
	    -artifact_prefix=$(FUZZ_FOLDER)/found/$$fuzzer- -verbosity=0 -print_funcs=0 -print_final_stats=1 $$corpus $$seeds; \
	done

clean:
	if [ -x "$(RELEASE_FOLDER)/baton-lab" ]; then $(SUDO) "$(RELEASE_FOLDER)/baton-lab" clean; fi
	if [ -d .build/debian ]; then $(SUDO) rm -rf .build/debian; fi
	rm -rf .build $(FUZZ_FOLDER)

include packaging/packaging.mk
