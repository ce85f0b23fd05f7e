# What goes where; sourced by install.sh, package.sh and image.sh, so that all install the same.

# install_program ROOT: the program alone, below ROOT (empty for this system).
# $program and $bin say where; $prebuilds which machines' serial port binding goes along.
install_program() {
  local root=$1
  install -d "$root$program/bin" "$root$program/prebuilds" "$root$bin"
  install -m 644 dist/bin/*.cjs "$root$program/bin/"
  chmod 755 "$root$program/bin/rrpc-gateway.cjs"
  local machine
  for machine in $prebuilds; do
    install -d "$root$program/prebuilds/$machine"
    install -m 644 "dist/prebuilds/$machine/"*glibc.node "$root$program/prebuilds/$machine/"
  done
  ln -sfnr "$root$program/bin/rrpc-gateway.cjs" "$root$bin/rrpc-gateway"
}

# install_files ROOT: everything but the configuration, below ROOT; $units, $rules, $sysusers and $node say where as well.
install_files() {
  local root=$1
  install_program "$root"
  install -d "$root$units" "$root$rules" "$root$sysusers" "$root$program/recovery"
  sed "s|/usr/bin/node|$node|" deploy/setup.sh >"$root$program/setup"
  chmod 755 "$root$program/setup"
  install -m 644 deploy/recovery/*.{conf,rules} "$root$program/recovery/"
  first_configuration >"$root$program/config.example.yaml"
  chmod 644 "$root$program/config.example.yaml"
  local unit
  for unit in rrpc-gateway.service deploy/rrpc-gateway@.service deploy/rrpc-gateway-page.service; do
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

# prebuilds_of ARCH: the folder of the binding's prebuilt files, for an architecture as Debian names it. armhf is ARMv7 in
# Debian and ARMv6 in Raspberry Pi OS: both are in it.
prebuilds_of() {
  case $1 in
    amd64) echo linux-x64 ;;
    arm64) echo linux-arm64 ;;
    armhf) echo linux-arm ;;
  esac
}
