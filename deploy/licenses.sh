# Whose work is in the bundle, and on what terms; sourced by package.sh and image.sh.

# write_licenses FOLDER: the gateway's own, and those of other people's packages in the bundle, which ask to go along.
write_licenses() {
  install -d "$1"
  {
    printf 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\n'
    printf 'Copyright: %s\nLicense: Expat\n' "$(sed -n 's/^Copyright (c) //p' LICENSE)"
    sed '1,/^Copyright/d; 1,/^$/{/^$/d}; s/^$/./; s/^/ /' LICENSE
  } >"$1/copyright"
  licenses | gzip -9n >"$1/licenses-of-bundled-packages.gz"
}

licenses() {
  local package
  npm ls --omit=dev --all --parseable 2>/dev/null | tail -n +2 | LC_ALL=C sort | while read -r package; do
    printf '%s\n\n' "${package#*/node_modules/}"
    find "$package" -maxdepth 1 -type f -iname 'licen[sc]e*' -print0 | LC_ALL=C sort -z | xargs -0 cat
    printf '\n\n'
  done
}
