#!/usr/bin/env bash
# Installs from a checkout, after `npm ci && npm run build`, on any Linux with systemd and Node.js 18.18 or later; on Debian
# the package is better (deploy/package.sh). May be run again, which upgrades; the configuration stays as it is.
set -euo pipefail
cd "$(dirname "$0")/.."

die() {
  echo "install.sh: $*" >&2
  exit 1
}

((EUID == 0)) || die "needs root"
[[ -f dist/bin/rrpc-gateway.cjs ]] || die "nothing is built; run: npm ci && npm run build"
if dpkg-query --show --showformat='${db:Status-Status}' rrpc-gateway 2>/dev/null | grep -qx installed; then
  die "the Debian package is installed; remove it first, the configuration stays"
fi
node=$(readlink -f "$(command -v node)") || die "no node on PATH"
"$node" dist/bin/rrpc-gateway.cjs --version >/dev/null || die "$node cannot run it: see above"
[[ $node == /usr/* ]] || die "$node is not below /usr, where the service may run programs"

program=/usr/local/lib/rrpc-gateway
bin=/usr/local/bin
units=/etc/systemd/system
rules=/etc/udev/rules.d
sysusers=/etc/sysusers.d
prebuilds=$("$node" -p '`linux-${process.arch}`')
. deploy/layout.sh

is_first=yes
[[ ! -e $program/setup ]] || is_first=no
install_files ''
"$program/setup" --first
if [[ -d /run/systemd/system ]]; then
  systemctl daemon-reload
  # Once, and not on a machine that has instances only; later as the administrator has left it.
  if [[ $is_first == yes && -e /etc/rrpc-gateway/config.yaml ]]; then
    systemctl enable rrpc-gateway.service
  fi
  systemctl try-restart --no-block rrpc-gateway.service 'rrpc-gateway@*.service' rrpc-gateway-page.service
fi
echo "Next: rrpc-gateway setup; or edit /etc/rrpc-gateway/config.yaml, then: systemctl restart rrpc-gateway"
