#!/bin/sh
# Makes baton_VERSION_ARCH.deb with dpkg-deb alone: a binary package needs no source package around it.
#   BIN VERSION DIST SOURCE_DATE_EPOCH: see packaging.mk; COMPRESSION: 0 (fast) to 9
set -eu
: "${BIN:?}" "${VERSION:?}" "${DIST:?}" "${SOURCE_DATE_EPOCH:?}"
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
arch=$(dpkg --print-architecture)
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
root=$stage/root
umask 022

BIN=$BIN DESTDIR=$root PREFIX=/usr ZSHDIR=share/zsh/vendor-completions STRIP=yes sh "$top/packaging/install.sh"
# Debian 12 looks for units in /lib, and finds /usr/lib there once /usr is merged; a package names the former.
mkdir -p "$root/lib/systemd"
mv "$root/usr/lib/systemd/system" "$root/lib/systemd/system"
find "$root/usr/share/man" -type f -exec gzip -9n {} +
install -D -m 644 "$here/needrestart.conf" "$root/etc/needrestart/conf.d/baton.conf"
install -D -m 644 "$here/lintian-overrides" "$root/usr/share/lintian/overrides/baton"
doc=$root/usr/share/doc/baton
install -D -m 644 "$here/copyright" "$doc/copyright"
install -m 644 "$here/README.Debian" "$doc/README.Debian"
printf 'baton (%s) unstable; urgency=medium\n\n  * Release %s.\n\n -- %s  %s\n' "$VERSION" "$VERSION" \
  "$(sed -n 's/^Maintainer: //p' "$here/control")" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")" | gzip -9n > "$doc/changelog.gz"

# The libraries that the programs need, by Debian's own tool, which wants to see a source package.
mkdir -p "$stage/source/debian" "$root/DEBIAN"
printf 'Source: baton\n\nPackage: baton\nArchitecture: any\n' > "$stage/source/debian/control"
depends=$(cd "$stage/source" && dpkg-shlibdeps -O "$root"/usr/sbin/* "$root"/usr/bin/* | sed -n 's/^shlibs:Depends=//p')

size=$(du -k -s --exclude=DEBIAN "$root" | cut -f1)
sed -e "s/@VERSION@/$VERSION/" -e "s/@ARCH@/$arch/" -e "s/@SIZE@/$size/" -e "s/@DEPENDS@/$depends/" "$here/control" \
  > "$root/DEBIAN/control"
(cd "$root" && find etc -type f -printf '/%p\n' | sort > DEBIAN/conffiles)
(cd "$root" && find usr lib -type f -print0 | sort -z | xargs -0 md5sum > DEBIAN/md5sums)
for script in postinst prerm postrm; do install -m 755 "$here/$script" "$root/DEBIAN/$script"; done

mkdir -p "$DIST"
dpkg-deb --root-owner-group -Zxz -z"${COMPRESSION:-6}" --build "$root" "$DIST/baton_${VERSION}_$arch.deb" > /dev/null
echo "$DIST/baton_${VERSION}_$arch.deb"
