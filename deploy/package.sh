#!/usr/bin/env bash
# Builds Debian packages from dist/ (npm run build): deploy/package.sh [--output FOLDER] [--version VERSION] [ARCH…]
# ARCH is amd64, arm64 or armhf; by default all three. No compiler: the serial port's binding is prebuilt.
set -euo pipefail
cd "$(dirname "$0")/.."

output=dist/packages
version=$(node -p 'require("./package.json").version')
architectures=()
while (($# > 0)); do
  case $1 in
    --output) output=$2; shift ;;
    --version) version=$2; shift ;;
    amd64 | arm64 | armhf) architectures+=("$1") ;;
    *) echo "package.sh: $1 is none of amd64, arm64, armhf" >&2; exit 64 ;;
  esac
  shift
done
((${#architectures[@]} > 0)) || architectures=(amd64 arm64 armhf)
[[ -f dist/bin/rrpc-gateway.cjs ]] || { echo "package.sh: nothing is built; run: npm run build" >&2; exit 1; }

# The same sources give the same package, to the byte: every time in it is the last commit's.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y package.json)}
export SOURCE_DATE_EPOCH
maintainer="${DEBFULLNAME:-rrpc-gateway maintainers} <${DEBEMAIL:-maintainers@rrpc-gateway.invalid}>"
umask 022

program=/usr/lib/rrpc-gateway
bin=/usr/bin
units=/usr/lib/systemd/system
rules=/usr/lib/udev/rules.d
sysusers=/usr/lib/sysusers.d
node=/usr/bin/node
. deploy/layout.sh

# write_control ROOT ARCH
write_control() {
  cat <<EOF
Package: rrpc-gateway
Version: $version
Architecture: $2
Maintainer: $maintainer
Installed-Size: $(du -sk --apparent-size "$1" | cut -f1)
Depends: nodejs (>= 18.18), systemd, procps, libc6 (>= 2.28), libstdc++6 (>= 5.2), libgcc-s1 | libgcc1
Pre-Depends: init-system-helpers (>= 1.54~)
Section: comm
Priority: optional
Description: answers Tencent IoT Hub RRPC requests by a microcontroller's replies
 A service that takes synchronous calls from the cloud (RRPC over MQTT) to a
 microcontroller on a serial line, and its replies back, before the caller's
 deadline: with the microcontroller's own word, or with an error that says
 whether the command can have been executed.
EOF
}

# write_documents FOLDER
write_documents() {
  install -d "$1"
  install -m 644 README.md "$1/README.md"
  write_licenses "$1"
  {
    printf 'rrpc-gateway (%s) stable; urgency=medium\n\n' "$version"
    printf '  * Built from the sources of this version; the changes are in its CHANGELOG.md.\n\n'
    printf ' -- %s  %s\n' "$maintainer" "$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")"
  } | gzip -9n >"$1/changelog.gz"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$output"
for architecture in "${architectures[@]}"; do
  root=$work/$architecture
  install -d "$root/DEBIAN"
  prebuilds=$(prebuilds_of "$architecture")
  install_files "$root"
  write_documents "$root/usr/share/doc/rrpc-gateway"
  install -d "$root/usr/share/man/man1"
  gzip -9n <deploy/man/rrpc-gateway.1 >"$root/usr/share/man/man1/rrpc-gateway.1.gz"
  install -D -m 644 deploy/debian/lintian-overrides "$root/usr/share/lintian/overrides/rrpc-gateway"
  (cd "$root" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 md5sum) >"$work/md5sums"
  write_control "$root" "$architecture" >"$work/control"
  install -m 644 "$work/control" "$work/md5sums" "$root/DEBIAN/"
  install -m 755 deploy/debian/{postinst,prerm,postrm} "$root/DEBIAN/"
  dpkg-deb --root-owner-group -Zxz --build "$root" "$output/rrpc-gateway_${version}_${architecture}.deb"
done
