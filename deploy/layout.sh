# What goes where; sourced by install.sh and package.sh, so that both install the same.

# install_files ROOT: everything but the configuration, below ROOT (empty for this system).
# $program, $bin, $units, $rules, $sysusers and $node say where; $prebuilds which machines' serial port binding goes along.
install_files() {
  local root=$1
  install -d "$root$program/bin" "$root$program/prebuilds" "$root$bin" "$root$units" "$root$rules" "$root$sysusers"
  install -m 644 dist/bin/*.cjs "$root$program/bin/"
  chmod 755 "$root$program/bin/rrpc-gateway.cjs"
  install -m 755 deploy/setup.sh "$root$program/setup"
  local machine
  for machine in $prebuilds; do
    install -d "$root$program/prebuilds/$machine"
    install -m 644 "dist/prebuilds/$machine/"*glibc.node "$root$program/prebuilds/$machine/"
  done
  first_configuration >"$root$program/config.example.yaml"
  chmod 644 "$root$program/config.example.yaml"
  ln -sfnr "$root$program/bin/rrpc-gateway.cjs" "$root$bin/rrpc-gateway"
  local unit
  for unit in rrpc-gateway.service deploy/rrpc-gateway@.service; do
    sed "s|/usr/bin/node|$node|; s|/usr/lib/rrpc-gateway|$program|" "$unit" >"$root$units/${unit##*/}"
    chmod 644 "$root$units/${unit##*/}"
  done
  install -m 644 deploy/90-rrpc-gateway.rules "$root$rules/90-rrpc-gateway.rules"
  install -m 644 deploy/rrpc-gateway.sysusers "$root$sysusers/rrpc-gateway.conf"
}

# The example, with the secret where the units have it: as a credential, so that its file can belong to root.
first_configuration() {
  sed 's|^  deviceSecretFile:|  #deviceSecretFile:|; s|^  #deviceSecretCredential:|  deviceSecretCredential:|' \
    config.example.yaml
}
