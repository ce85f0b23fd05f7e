#!/usr/bin/env bash
# Builds Debian packages from dist/ (npm run build), and an apt repository of them where there is a key to sign it:
#   deploy/package.sh [--output FOLDER] [--version VERSION] [--maintainer 'NAME <ADDRESS>']
#                     [--key FILE|ID [--repository FOLDER] [--url URL]] [ARCH…]
# ARCH is amd64, arm64 or armhf; by default all three. No compiler: the serial port's binding is prebuilt.
# docs/packages.md says more; deploy/repository.sh makes the repository.
set -euo pipefail
cd "$(dirname "$0")/.."

die() {
  echo "package.sh: $2" >&2
  exit "$1"
}

output=dist/packages
version=$(node -p 'require("./package.json").version')
maintainer=${DEBEMAIL:+${DEBFULLNAME:-$DEBEMAIL} <$DEBEMAIL>}
key='' repository=(--output dist/repository) architectures=()
while (($# > 0)); do
  case $1 in
    amd64 | arm64 | armhf) architectures+=("$1"); shift; continue ;;
    --output | --version | --maintainer | --key | --repository | --url) (($# > 1)) || die 64 "$1 needs a value" ;;
    *) die 64 "$1 is neither an option nor one of amd64, arm64, armhf" ;;
  esac
  case $1 in
    --output) output=$2 ;;
    --version) version=$2 ;;
    --maintainer) maintainer=$2 ;;
    --key) key=$2 ;;
    --repository) repository+=(--output "$2") ;;
    --url) repository+=(--url "$2") ;;
  esac
  shift 2
done
((${#architectures[@]} > 0)) || architectures=(amd64 arm64 armhf)
[[ -f dist/bin/rrpc-gateway.cjs ]] || die 1 "nothing is built; run: npm run build"
# Who installs a published package has to find somebody who answers. The key's owner is one.
if [[ -n $key ]]; then
  maintainer=${maintainer:-$(deploy/repository.sh --owner --key "$key")}
fi
maintainer=${maintainer:-not published <nobody@rrpc-gateway.invalid>}
[[ $maintainer =~ ^[^\<\>$'\n']+\ \<[^\ \<\>]+@[^\ \<\>]+\>$ ]] || die 64 "--maintainer has to be like 'NAME <ADDRESS>': $maintainer"

# The same sources give the same package, to the byte: every time in it is the last commit's.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y package.json)}
export SOURCE_DATE_EPOCH
umask 022

program=/usr/lib/rrpc-gateway
bin=/usr/bin
units=/usr/lib/systemd/system
rules=/usr/lib/udev/rules.d
sysusers=/usr/lib/sysusers.d
node=/usr/bin/node
. deploy/layout.sh
. deploy/licenses.sh

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

# What there is to read and to use elsewhere: the documents, and the folders of deploy/ that are not for building.
shopt -s extglob
documents=(README.md CHANGELOG.md CONTRIBUTING.md LICENSE config.example.yaml docs deploy/!(debian|man)/)

# What git does not know may be anything, a key included: it is not published.
if [[ -e .git ]]; then
  listed=$(git ls-files -- "${documents[@]}") || die 70 "git does not say which files belong to the sources"
else
  listed=$(find "${documents[@]}" -name build -prune -o -type f -print)
fi

# All of it, and every file that a document links: at the same places as in the checkout.
document_files() {
  local files file target
  mapfile -t files <<<"$listed"
  printf '%s\n' "${files[@]}"
  for file in "${files[@]}"; do
    [[ $file == *.md ]] || continue
    while read -r target; do
      target=$(realpath --relative-to=. -m "${file%"${file##*/}"}./$target")
      [[ ! -f $target ]] || echo "$target"
    done < <(grep -oE '\]\([^)#:]+' "$file" | cut -c 3-)
  done
}

# write_documents FOLDER
write_documents() {
  local file files
  files=$(document_files | LC_ALL=C sort -u)
  while read -r file; do
    [[ $file == */.gitignore ]] || install -D -m 644 "$file" "$1/$file"
  done <<<"$files"
  write_licenses "$1"
  {
    printf 'rrpc-gateway (%s) stable; urgency=medium\n\n' "$version"
    printf '  * Built from the sources of this version; CHANGELOG.md beside this file says\n    what is new for those who run it.\n\n'
    printf ' -- %s  %s\n' "$maintainer" "$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")"
  } | gzip -9n >"$1/changelog.gz"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$output"
built=()
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
  install -m 644 deploy/debian/triggers "$root/DEBIAN/"
  install -m 755 deploy/debian/{postinst,prerm,postrm} "$root/DEBIAN/"
  built+=("$output/rrpc-gateway_${version}_${architecture}.deb")
  dpkg-deb --root-owner-group -Zxz --build "$root" "${built[-1]}"
done
if [[ -n $key ]]; then
  deploy/repository.sh --key "$key" "${repository[@]}" "${built[@]}"
else
  echo "package.sh: no apt repository is made, because nobody would know whose it is: give --key and --url for one" >&2
fi
