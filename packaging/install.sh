#!/bin/sh
# Installs built programs with everything that belongs to them. Called by `make install` and by the package builders.
#
#   BIN          folder of the built programs
#   DESTDIR      put before every path (empty: this machine)
#   PREFIX       /usr for packages, /usr/local by default
#   SYSCONFDIR   /etc by default
#   ZSHDIR       folder of zsh completions below PREFIX
#   STRIP        "yes" removes symbols
set -eu
: "${BIN:?}" "${DESTDIR=}" "${PREFIX:=/usr/local}" "${SYSCONFDIR:=/etc}" "${STRIP:=no}"
: "${ZSHDIR:=share/zsh/site-functions}"
top=$(cd "$(dirname "$0")/.." && pwd)
root=$DESTDIR$PREFIX

program() { # program FOLDER NAME
  install -D -m 755 "$BIN/$2" "$root/$1/$2"
  if [ "$STRIP" = yes ]; then strip --strip-unneeded --remove-section=.comment "$root/$1/$2"; fi
}
# Units name the daemons by their full path, which is the prefix's.
unit() { # unit SOURCE TARGET
  mkdir -p "$(dirname "$root/$2")"
  sed "s|/usr/sbin/|$PREFIX/sbin/|g" "$top/systemd/$1" > "$root/$2"
  chmod 644 "$root/$2"
}
completions() { # completions TOOL
  for shell in bash zsh fish; do
    case $shell in
    bash) target=$root/share/bash-completion/completions/$1 ;;
    zsh) target=$root/$ZSHDIR/_$1 ;;
    fish) target=$root/share/fish/vendor_completions.d/$1.fish ;;
    esac
    mkdir -p "$(dirname "$target")"
    # Completions are read by a shell, never executed: no interpreter line (zsh's "#compdef" stays).
    "$BIN/$1" --generate-completion-script "$shell" | sed '1{/^#!/d}' > "$target"
    test -s "$target"
    chmod 644 "$target"
  done
}

for name in bfdd vrrpd baton-exporter; do program sbin "$name"; done
for name in bfdctl vrrpctl baton-lab; do
  program bin "$name"
  completions "$name"
done
completions baton-exporter
for name in bfdd.service vrrpd.service baton-exporter.service vrrpd-scripts.socket vrrpd-scripts@.service; do
  unit "$name" "lib/systemd/system/$name"
done
unit sysusers.conf lib/sysusers.d/baton.conf
unit tmpfiles.conf lib/tmpfiles.d/baton.conf
unit networkd.conf lib/systemd/networkd.conf.d/baton.conf
install -D -m 644 "$top/systemd/baton.catalog" "$root/lib/systemd/catalog/baton.catalog"
for page in "$top"/man/*.[1-9]; do
  install -D -m 644 "$page" "$root/share/man/man${page##*.}/${page##*/}"
done
for name in baton.json baton-alerts.yaml; do
  install -D -m 644 "$top/dashboards/$name" "$root/share/baton/$name"
done
# What the administrator has edited stays.
for name in bfdd vrrpd baton-exporter; do
  target=$DESTDIR$SYSCONFDIR/default/$name
  [ -e "$target" ] || install -D -m 644 "$top/systemd/$name.default" "$target"
done
install -d -m 755 "$DESTDIR$SYSCONFDIR/keepalived"
