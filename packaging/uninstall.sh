#!/bin/sh
# Removes what install.sh has put below PREFIX. Configuration in /etc stays, and so do the users.
set -eu
: "${DESTDIR=}" "${PREFIX:=/usr/local}" "${ZSHDIR:=share/zsh/site-functions}"
root=$DESTDIR$PREFIX
top=$(cd "$(dirname "$0")/.." && pwd)
rm -f "$root/sbin/bfdd" "$root/sbin/vrrpd" "$root/sbin/baton-exporter"
for name in bfdctl vrrpctl baton-lab baton-exporter; do
  rm -f "$root/bin/$name" "$root/share/bash-completion/completions/$name" "$root/$ZSHDIR/_$name" \
    "$root/share/fish/vendor_completions.d/$name.fish"
done
for name in bfdd.service vrrpd.service baton-exporter.service vrrpd-scripts.socket vrrpd-scripts@.service; do
  rm -f "$root/lib/systemd/system/$name"
done
rm -f "$root/lib/sysusers.d/baton.conf" "$root/lib/tmpfiles.d/baton.conf" "$root/lib/systemd/networkd.conf.d/baton.conf"
rm -f "$root/share/baton/baton.json" "$root/share/baton/baton-alerts.yaml"
rm -f "$root/lib/systemd/catalog/baton.catalog"
for page in "$top"/man/*.[1-9]; do rm -f "$root/share/man/man${page##*.}/${page##*/}"; done
