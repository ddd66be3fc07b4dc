# Installing and packaging. Included by the Makefile; everything it makes goes to .build/dist.

VERSION ?= $(shell sed -n 's/.*static let version = "\(.*\)"/\1/p' Sources/DaemonRuntime/DaemonArguments.swift)
PREFIX ?= /usr/local
DIST = .build/dist
# Programs that need no Swift on the target. BIN=FOLDER installs or packs programs that are built already.
STATIC = .build/static
PROGRAMS = bfdd vrrpd bfdctl vrrpctl baton-lab
ifeq ($(origin BIN),undefined)
BIN = $(STATIC)/release
PACKED = static
endif
# Files in packages carry the time of the commit, so that the same commit gives the same package.
export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || date +%s)

.PHONY: static install uninstall deb rpm tarball

static: ## programs for machines without Swift, in .build/static/release
	for program in $(PROGRAMS); do \
	  swift build -c release --static-swift-stdlib --scratch-path $(STATIC) --product $$program || exit; \
	done

install: $(PACKED) ## onto this machine, or into DESTDIR; PREFIX=/usr/local
	BIN="$(BIN)" DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" STRIP="$(STRIP)" sh packaging/install.sh

uninstall: ## what install has put below PREFIX; configuration stays
	DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" sh packaging/uninstall.sh

deb: $(PACKED) ## Debian package in .build/dist
	BIN="$(BIN)" VERSION="$(VERSION)" DIST="$(DIST)" sh packaging/deb/build.sh

tarball: $(PACKED) ## programs and units as they lie below /, in .build/dist
	BIN="$(BIN)" VERSION="$(VERSION)" DIST="$(DIST)" sh packaging/tarball.sh

rpm: $(PACKED) ## rpm package in .build/dist
	rpmbuild -bb --quiet --define "version $(VERSION)" --define "top $(CURDIR)" --define "bin $(abspath $(BIN))" \
	  --define "_topdir $(CURDIR)/.build/rpm" --define "_rpmdir $(CURDIR)/$(DIST)" packaging/baton.spec
