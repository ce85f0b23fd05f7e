#!/usr/bin/env bash
# Builds container images from dist/ (npm run build) and Debian's packages, without a container engine, a registry or a
# compiler: deploy/image.sh [--output FOLDER] [--version VERSION] [--debs FOLDER] [--source LINE…] [ARCH…]
#
# ARCH is amd64, arm64 or armhf; by default all three. Nothing of the image is run, so any machine can build for any other.
# --debs keeps Debian's packages, a folder for each machine below FOLDER; what is kept there is not downloaded again, and a
# build with all of it needs no network. --source is a line of sources.list(5), instead of Debian's own servers.
# Needs mmdebstrap and debian-archive-keyring, the second only where packages are downloaded.
set -euo pipefail
cd "$(dirname "$0")/.."

# Debian 13 has Node.js 20, Debian 12 only 18.
suite=trixie
output=dist/images
version=$(node -p 'require("./package.json").version')
debs=
sources=()
architectures=()
while (($# > 0)); do
  case $1 in
    --output) output=$2; shift ;;
    --version) version=$2; shift ;;
    --debs) debs=$2; shift ;;
    --source) sources+=("$2"); shift ;;
    amd64 | arm64 | armhf) architectures+=("$1") ;;
    *) echo "image.sh: $1 is none of amd64, arm64, armhf" >&2; exit 64 ;;
  esac
  shift
done
((${#architectures[@]} > 0)) || architectures=(amd64 arm64 armhf)
((${#sources[@]} > 0)) || sources=("deb http://deb.debian.org/debian $suite main"
  "deb http://deb.debian.org/debian-security $suite-security main")
[[ -f dist/bin/rrpc-gateway.cjs ]] || { echo "image.sh: nothing is built; run: npm run build" >&2; exit 1; }

# The same sources and packages give the same image, to the byte: no time in it is younger than the last commit.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y package.json)}
export SOURCE_DATE_EPOCH LC_ALL=C
umask 022

program=/usr/lib/rrpc-gateway
bin=/usr/bin
. deploy/layout.sh
. deploy/licenses.sh

# With all that they depend on: Node.js, a shell with stty for the serial port, what sets a GPIO line, and a process 1 that
# passes signals on and takes away what has ended.
whole=busybox,gpiod,libcrypt1,nodejs,tini
# Alone: of some of them a single file is needed.
alone='base-files ca-certificates perl-base util-linux'

# download ARCH FOLDER: all packages that the image is made of.
download() {
  local architecture=$1 folder=$2
  # The folder is there only when it is complete.
  rm -rf "$folder.part"
  mkdir -p "$folder.part"
  mmdebstrap --quiet --architectures="$architecture" --variant=extract --include="$whole" \
    --skip=download/empty,essential/unlink \
    --extract-hook='cd "$1/var/cache/apt/archives" && APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -qq -oAPT::Sandbox::User=root download '"$alone" \
    --extract-hook="copy-out /var/cache/apt/archives $folder.part" "$suite" /dev/null "${sources[@]}"
  mkdir -p "$(dirname "$folder")"
  mv "$folder.part/archives" "$folder"
  rm -rf "$folder.part"
}

# extract FOLDER ROOT: what of the packages in FOLDER the gateway can need, and their licences.
extract() {
  local folder=$1 root=$2 file package
  local parts
  mkdir -p "$root"
  for file in "$folder"/*.deb; do
    package=$(dpkg-deb --field "$file" Package)
    parts=()
    case $package in
      node-corepack) continue ;; # downloads other programs
      perl-base) parts=(./usr/bin/perl "./usr/share/doc/$package/copyright") ;; # for one ioctl(2): TIOCEXCL
      util-linux) parts=(./usr/bin/flock "./usr/share/doc/$package/copyright") ;;
    esac
    dpkg-deb --fsys-tarfile "$file" | tar --extract --directory "$root" --no-same-owner --preserve-permissions \
      --wildcards --exclude './usr/share/man' --exclude './usr/share/nodejs/@types' --exclude './usr/lib/*/gconv' \
      --exclude './usr/share/bash-completion' --exclude './usr/share/lintian' "${parts[@]}" 2>/dev/null || missing "$file"
    # For programs that look for known vulnerabilities: which package is in it, and of which version.
    printf '%s\nStatus: install ok installed\n\n' "$(dpkg-deb --field "$file" | sed '/^Package:/!b; p; d')" >>"$root.status"
  done
  find "$root/usr/share/doc" -type f ! -name copyright -delete
  find "$root/usr/share/doc" -type d -empty -delete
  install -D -m 644 "$root.status" "$root/var/lib/dpkg/status"
}

missing() {
  echo "image.sh: $1 has not the files that are needed of it" >&2
  exit 1
}

# settle ROOT: what the packages' own scripts would have done. They are not run.
settle() {
  local root=$1 applet
  for applet in sh ash cat chmod cp date df echo env free grep head hostname id ip kill less ls microcom mkdir more mv nc \
    nslookup ping printf ps pwd rm sed sleep sort stty tail top touch tr true tty uname uptime vi wc; do
    [[ -e $root/usr/bin/$applet ]] || ln -s busybox "$root/usr/bin/$applet"
  done
  cat "$root"/usr/share/ca-certificates/mozilla/*.crt >"$root/etc/ssl/certs/ca-certificates.crt"
  # Where OpenSSL looks, and with it Debian's Node.js.
  install -d "$root/usr/lib/ssl"
  ln -sfn /etc/ssl/certs "$root/usr/lib/ssl/certs"
  ln -sfn /etc/ssl/certs/ca-certificates.crt "$root/usr/lib/ssl/cert.pem"
  # A number of its own, because on a volume and in a secret's file it is what counts. 20 is Debian's group for serial ports.
  printf '%s\n' root:x:0:0:root:/root:/bin/sh rrpc-gateway:x:10001:10001::/run/rrpc-gateway:/bin/sh >"$root/etc/passwd"
  printf '%s\n' root:x:0: tty:x:5: dialout:x:20:rrpc-gateway rrpc-gateway:x:10001: >"$root/etc/group"
  echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
  chmod 644 "$root"/etc/{passwd,group,nsswitch.conf}
}

# pack ROOT FILE EPOCH NAME…: whoever packs it, its files are root's.
pack() {
  tar --create --file "$2" --directory "$1" --sort=name --format=gnu --numeric-owner --owner=0 --group=0 \
    --mtime="@$3" --clamp-mtime "${@:4}"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$output"
for architecture in "${architectures[@]}"; do
  packages=${debs:-$work/debs}/$architecture
  [[ -d $packages ]] || download "$architecture" "$packages"
  root=$work/$architecture
  extract "$packages" "$root/debian"
  # The newest file of Debian's: this layer is the same for every version of the gateway on the same packages.
  epoch=$(find "$root/debian" -type f -not -path "*/var/lib/dpkg/status" -printf '%T@\n' | sort -n | tail -n 1 | cut -d. -f1)
  settle "$root/debian"

  prebuilds=$(prebuilds_of "$architecture")
  install_program "$root/program"
  write_licenses "$root/program/usr/share/doc/rrpc-gateway"
  # For the monitor's socket and the configuration.
  install -d "$root/program/etc/rrpc-gateway"
  install -d -m 1777 "$root/program/run/rrpc-gateway"

  pack "$root/debian" "$root/debian.tar" "$epoch" .
  pack "$root/program" "$root/program.tar" "$SOURCE_DATE_EPOCH" .
  node deploy/image-layout.mjs "$root/image" "$architecture" "$version" "$root/debian.tar" "$root/program.tar"
  file=$output/rrpc-gateway_${version}_${architecture}.oci.tar
  pack "$root/image" "$root/image.tar" "$SOURCE_DATE_EPOCH" blobs index.json manifest.json oci-layout
  mv "$root/image.tar" "$file"
  rm -rf "$root"
  echo "$file: $(($(stat -c %s "$file") / 1000000)) MB"
done
