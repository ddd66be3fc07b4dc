#!/bin/sh
# Makes baton-VERSION-linux-ARCH.tar.gz: what a package would install, below one folder, with a script that puts it in place.
#   BIN VERSION DIST: see packaging.mk
set -eu
: "${BIN:?}" "${VERSION:?}" "${DIST:?}" "${SOURCE_DATE_EPOCH:?}"
top=$(cd "$(dirname "$0")/.." && pwd)
name=baton-$VERSION-linux-$(uname -m)
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
mkdir -p "$DIST" "$stage/$name"
BIN=$BIN DESTDIR=$stage/$name PREFIX=/usr STRIP=yes sh "$top/packaging/install.sh"
cp "$top/README.md" "$top/LICENSE" "$stage/$name/"
install -m 755 "$top/packaging/tarball-install.sh" "$stage/$name/install.sh"
tar -C "$stage" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -c "$name" \
  | gzip -9n > "$DIST/$name.tar.gz"
echo "$DIST/$name.tar.gz"
