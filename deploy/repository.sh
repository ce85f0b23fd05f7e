#!/usr/bin/env bash
# Makes a signed apt repository of plain files, for any web server, or adds packages to it:
#   deploy/repository.sh --key FILE|ID --url URL [--output FOLDER] DEB…
#   deploy/repository.sh --key FILE|ID --owner           only says whose the key is
# FILE is an exported secret key without a passphrase; ID names a key in gpg's keyring, and gpg may ask for its passphrase.
# URL is where the boxes will find FOLDER. What was published before stays, so that a box can go back to it.
# Needs the Debian packages gnupg and dpkg-dev.
set -euo pipefail

die() {
  echo "repository.sh: $2" >&2
  exit "$1"
}

key='' url='' output=dist/repository owner=no packages=()
while (($# > 0)); do
  case $1 in
    --owner) owner=yes; shift; continue ;;
    -*) (($# > 1)) || die 64 "$1 needs a value" ;;
    *) packages+=("$1"); shift; continue ;;
  esac
  case $1 in
    --key) key=$2 ;;
    --url) url=${2%/} ;;
    --output) output=$2 ;;
    *) die 64 "$1 is no option" ;;
  esac
  shift 2
done
[[ -n $key ]] || die 64 "needs --key FILE|ID: apt refuses a repository that nobody has signed"
for program in gpg dpkg-scanpackages; do
  command -v "$program" >/dev/null || die 69 "needs $program: apt install gnupg dpkg-dev"
done

work=$(mktemp -d)
trap 'GNUPGHOME=$work/gnupg gpgconf --kill all 2>/dev/null || true; rm -rf "$work"' EXIT
umask 022
sign=(gpg --yes --armor --digest-algo SHA512)
if [[ -f $key ]]; then
  # Not in the keyring of whoever builds.
  mkdir -m 700 "$work/gnupg"
  export GNUPGHOME=$work/gnupg
  gpg --batch --quiet --import "$key" 2>"$work/gpg.log" || die 65 "$key: $(<"$work/gpg.log")"
  sign+=(--batch --pinentry-mode loopback --passphrase '')
  key=''
fi
listed=$(gpg --batch --with-colons --list-secret-keys ${key:+"$key"} 2>"$work/gpg.log") || listed=''
mapfile -t fingerprints < <(awk -F: '$1 == "sec" { next_is = 1 } $1 == "fpr" && next_is { print $10; next_is = 0 }' <<<"$listed")
((${#fingerprints[@]} == 1)) || die 65 "--key has to name one secret key, and names ${#fingerprints[@]}. $(<"$work/gpg.log")"
fingerprint=${fingerprints[0]}
if [[ $owner == yes ]]; then
  awk -F: '$1 == "uid" && $10 ~ /@/ { gsub(/\\x3a/, ":", $10); print $10; exit }' <<<"$listed"
  exit
fi
[[ $url =~ ^(https?|file):/[^[:space:]]+$ ]] || die 64 "needs --url URL: where the boxes will find the repository"
((${#packages[@]} > 0)) || die 64 "no package is named"
sign+=(--local-user "$fingerprint")
# Before anything is written: what is in the pool counts as published.
"${sign[@]}" --detach-sign --output "$work/trial" /dev/null 2>"$work/gpg.log" ||
  die 77 "the key $fingerprint cannot sign: $(<"$work/gpg.log") (a key with a passphrase: gpg --import it, and give its id)"

pool=pool/main/r/rrpc-gateway
mkdir -p "$output/$pool"
for package in "${packages[@]}"; do
  published=$output/$pool/${package##*/}
  # A box that has fetched the index before would refuse the other content; two boxes with one version would differ.
  [[ ! -e $published ]] || cmp --silent "$package" "$published" ||
    die 73 "$published is published already, with other content: build under another --version"
done
install -m 644 "${packages[@]}" "$output/$pool/"

# The index of each machine, and under its hash: so apt never sees a new Release with an old index, while files are copied.
dists=$work/dists/stable
for architecture in amd64 arm64 armhf; do
  folder=$dists/main/binary-$architecture
  mkdir -p "$folder/by-hash/SHA256"
  (cd "$output" && dpkg-scanpackages --multiversion --arch "$architecture" pool) >"$folder/Packages" 2>"$work/scan.log" ||
    die 70 "$(<"$work/scan.log")"
  gzip -9n <"$folder/Packages" >"$folder/Packages.gz"
  # What an apt may still ask for that has fetched an earlier Release: for a month after another index took its place.
  published=$output/dists/stable/main/binary-$architecture
  if [[ -d $published/by-hash ]]; then
    cp -a "$published/by-hash/." "$folder/by-hash/"
    for index in "$published"/Packages*; do
      touch --no-create "$folder/by-hash/SHA256/$(sha256sum <"$index" | cut -d' ' -f1)"
    done
    find "$folder/by-hash" -type f -mtime +30 -delete
  fi
  for index in "$folder"/Packages*; do
    cp "$index" "$folder/by-hash/SHA256/$(sha256sum <"$index" | cut -d' ' -f1)"
  done
done

# The date is now, not that of the sources: apt takes no Release that is older than the one it knows. And no Valid-Until:
# a repository that nobody touches for a year has to work on.
(
  printf 'Origin: rrpc-gateway\nLabel: rrpc-gateway\nSuite: stable\nCodename: stable\n'
  printf 'Date: %s\n' "$(LC_ALL=C date -u '+%a, %d %b %Y %H:%M:%S UTC')"
  printf 'Architectures: amd64 arm64 armhf\nComponents: main\nAcquire-By-Hash: yes\n'
  printf 'Description: gateway between Tencent IoT Hub and a microcontroller on a serial line\nSHA256:\n'
  cd "$dists"
  for index in main/binary-*/Packages*; do
    printf ' %s %d %s\n' "$(sha256sum <"$index" | cut -d' ' -f1)" "$(stat -c %s "$index")" "$index"
  done
) >"$work/Release"
mv "$work/Release" "$dists/Release"
"${sign[@]}" --clearsign --output "$dists/InRelease" "$dists/Release"
"${sign[@]}" --detach-sign --output "$dists/Release.gpg" "$dists/Release"
gpg --batch --armor --export "$fingerprint" >"$output/rrpc-gateway-archive-keyring.asc"
{
  printf 'Types: deb\nURIs: %s\nSuites: stable\nComponents: main\nSigned-By:\n' "$url"
  sed 's/^$/./; s/^/ /' "$output/rrpc-gateway-archive-keyring.asc"
} >"$output/rrpc-gateway.sources"

cat >"$output/README.txt" <<TEXT
rrpc-gateway for Debian 12 and later, Raspberry Pi OS 12 and later, Ubuntu 24.04 and later (amd64, arm64, armhf).

Install:
  sudo curl -fsSLo /etc/apt/sources.list.d/rrpc-gateway.sources $url/rrpc-gateway.sources
  sudo apt update && sudo apt install rrpc-gateway

Upgrade; the configuration stays, and what runs is restarted:
  sudo apt update && sudo apt install --only-upgrade rrpc-gateway

Go back to an earlier version, and stay there until "sudo apt-mark unhold rrpc-gateway":
  apt list --all-versions rrpc-gateway
  sudo apt install --allow-downgrades rrpc-gateway=VERSION && sudo apt-mark hold rrpc-gateway

Remove; the configuration and the secrets stay, "purge" in place of "remove" takes them too:
  sudo apt remove --allow-change-held-packages rrpc-gateway && sudo rm /etc/apt/sources.list.d/rrpc-gateway.sources

All of it is signed with the key
  $fingerprint
which is in rrpc-gateway.sources and, alone, in rrpc-gateway-archive-keyring.asc.
TEXT

# A web server may already serve it from here: it never sees half of a copy.
old=$output/dists.old new=$output/dists.new
rm -rf "$old" "$new"
cp -a "$work/dists" "$new"
[[ ! -d $output/dists ]] || mv "$output/dists" "$old"
mv "$new" "$output/dists"
rm -rf "$old"
echo "repository.sh: $output is signed with $fingerprint; boxes get it from $url (README.txt in it says how)"
