#!/usr/bin/env bash
# A Debian with its own Node.js and systemd, to be booted or to run programs in. Needs root, mmdebstrap and network.
#   debian-tree.sh make RELEASE FOLDER          FOLDER/RELEASE is there afterwards: 20 s and 320 MB the first time
#   debian-tree.sh node RELEASE FOLDER COMMAND… runs COMMAND with DAEMON_NODE naming a program that runs that Node.js
set -euo pipefail

(($# >= 3)) || { sed -n '2,4s/^# //p' "$0" >&2; exit 64; }
action=$1 release=$2 folder=$(realpath -m "$3")
tree=$folder/$release

# What a gateway with systemd has anyway, udev for its rules, procps for `kill`.
packages=systemd,systemd-sysv,libnss-systemd,procps,udev,nodejs
# Without updates: nothing here depends on them, and while a mirror is updated its index and its packages may differ.
sources="deb http://deb.debian.org/debian $release main"

make_tree() {
  mkdir -p "$folder"
  exec 8>"$folder/.$release.lock"
  flock 8
  [[ ! -d $tree ]] || return 0
  rm -rf "$tree.new"
  mmdebstrap --quiet --variant=minbase --include="$packages" "$release" "$tree.new" "$sources" >&2
  printf '127.0.0.1 localhost\n::1 localhost\n' >"$tree.new/etc/hosts"
  # Filled in at the first boot; the tree's own would be that of the machine it was made on.
  : >"$tree.new/etc/machine-id"
  mv "$tree.new" "$tree"
}

# Debian's Node.js reads parts of itself from /usr/share, so it runs only where that is its own: in a chroot which has the
# host's devices, processes, temporary files and checkout at the paths that the tests use. The mounts are this
# process' own and end with it.
run_with_node() {
  local checkout program=$folder/node-of-$release
  checkout=$(realpath "$(dirname "$0")/../..")
  # NODE_EXTRA_CA_CERTS may name a file of the host, and Node.js warns where that is missing.
  printf '#!/bin/sh\nunset NODE_EXTRA_CA_CERTS\nexec unshare --root=%s --wd="$PWD" /usr/bin/node "$@"\n' "$tree" >"$program"
  chmod 755 "$program"
  export checkout tree DAEMON_NODE=$program
  exec unshare --mount bash -ec '
    for path in /dev /proc /sys /run /tmp "$checkout"; do
      mkdir -p "$tree$path"
      mount --rbind "$path" "$tree$path"
    done
    exec "$@"' bash "$@"
}

make_tree
exec 8>&-
case $action in
  make) ;;
  node) run_with_node "${@:4}" ;;
  *) echo "debian-tree.sh: $action is neither make nor node" >&2; exit 64 ;;
esac
