# Installing and packaging. Included by the Makefile; everything it makes goes to .build/dist.

VERSION ?= $(shell sed -n 's/.*static let version = "\(.*\)"/\1/p' Sources/DaemonRuntime/DaemonArguments.swift)
PREFIX ?= /usr/local
DIST = .build/dist
# BIN=FOLDER installs or packs programs that are built already.
ifeq ($(origin BIN),undefined)
BIN = $(RELEASE_FOLDER)
BUILT = build
endif
# Files in packages carry the time of the commit, so that the same commit gives the same package.
export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || date +%s)

.PHONY: install uninstall deb rpm tarball

install: $(BUILT) ## onto this machine, or into DESTDIR; PREFIX=/usr/local
	BIN="$(BIN)" DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" STRIP="$(STRIP)" sh packaging/install.sh

uninstall: ## what install has put below PREFIX; configuration stays
	DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" sh packaging/uninstall.sh

deb: $(BUILT) ## Debian package in .build/dist
	@packaging/require-packages dpkg-dev binutils
	BIN="$(BIN)" VERSION="$(VERSION)" DIST="$(DIST)" sh packaging/deb/build.sh

tarball: $(BUILT) ## programs and units as they lie below /, in .build/dist
	BIN="$(BIN)" VERSION="$(VERSION)" DIST="$(DIST)" sh packaging/tarball.sh

rpm: $(BUILT) ## rpm package in .build/dist
	@packaging/require-packages rpm binutils
	rpmbuild -bb --quiet --define "version $(VERSION)" --define "top $(CURDIR)" --define "bin $$(realpath $(BIN))" \
	  --define "_topdir $(CURDIR)/.build/rpm" --define "_rpmdir $(CURDIR)/$(DIST)" packaging/baton.spec
