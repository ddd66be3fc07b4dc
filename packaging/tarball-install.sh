#!/bin/sh
# Installs Baton from its tarball: programs, units, man pages, completions. Run as root. Starts and enables nothing.
# An edited file in /etc/default stays as it is.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cp -R --no-preserve=ownership "$here/usr/." /usr/
for file in bfdd vrrpd baton-exporter; do [ -e "/etc/default/$file" ] || install -D -m 644 "$here/etc/default/$file" "/etc/default/$file"; done
systemd-sysusers baton.conf
systemd-tmpfiles --create baton.conf
journalctl --update-catalog > /dev/null 2>&1 || true
if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
echo "Installed. Write /etc/keepalived/keepalived.conf, then: systemctl enable --now bfdd vrrpd"
