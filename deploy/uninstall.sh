#!/usr/bin/env bash
# Takes away what install.sh has installed; with --purge the configuration and the secrets too. May be run again.
set -euo pipefail

die() {
  echo "uninstall.sh: $*" >&2
  exit 1
}

((EUID == 0)) || die "needs root"
# The configuration, and what is enabled, would be that package's.
if dpkg-query --show --showformat='${db:Status-Status}' rrpc-gateway 2>/dev/null | grep -qx installed; then
  die "the Debian package is installed; to remove it: apt remove rrpc-gateway"
fi

if [[ -d /run/systemd/system ]]; then
  mapfile -t units < <(systemctl list-units --all --plain --no-legend 'rrpc-gateway.service' 'rrpc-gateway@*.service' rrpc-gateway-page.service | cut -d' ' -f1)
  ((${#units[@]} == 0)) || systemctl disable --now --quiet "${units[@]}" || true
fi
rm -rf /usr/local/lib/rrpc-gateway
rm -f /usr/local/bin/rrpc-gateway /etc/udev/rules.d/90-rrpc-gateway.rules /etc/sysusers.d/rrpc-gateway.conf
rm -f /etc/systemd/system/rrpc-gateway.service /etc/systemd/system/rrpc-gateway@.service /etc/systemd/system/rrpc-gateway-page.service
rm -f /etc/systemd/system/*.wants/rrpc-gateway.service /etc/systemd/system/*.wants/rrpc-gateway@*.service /etc/systemd/system/*.wants/rrpc-gateway-page.service
if [[ -d /run/systemd/system ]]; then systemctl daemon-reload; fi
if [[ -S /run/udev/control ]]; then udevadm control --reload; fi
# The user stays: its number must not become another one's while files of its own may be left.
if [[ ${1-} == --purge ]]; then rm -rf /etc/rrpc-gateway; fi
