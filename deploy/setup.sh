#!/bin/sh
# What is to be done on the machine once the files are in place: user, configuration, udev. May be run again at any time.
# With --first a configuration is put in place where there is none; an operator who has removed it does not get it back, nor
# does one who has only instances.
set -eu

program=$(dirname "$(readlink -f "$0")")
folder=/etc/rrpc-gateway

systemd-sysusers rrpc-gateway.conf

if [ "${1-}" = --first ]; then
  # The service's group may read in it, nobody else: a configuration may have the secret in it.
  if [ ! -d "$folder" ]; then
    install -d -m 750 -g rrpc-gateway "$folder"
  fi
  if ! ls "$folder"/*.yaml >/dev/null 2>&1; then
    install -m 640 -g rrpc-gateway "$program/config.example.yaml" "$folder/config.yaml"
  fi
fi

# A start is a quarter shorter with what V8 has compiled before. Without it the service works as well.
timeout 60 /usr/bin/node "$program/bin/compile.cjs" >/dev/null 2>&1 || true

if [ -S /run/udev/control ]; then
  udevadm control --reload
  udevadm trigger --action=change --subsystem-match=tty --subsystem-match=usb
fi
