/** Which mounts are made for secrets: lines of /proc/self/mountinfo as the real ones look. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isOnSecretMount, isSecretMount } from "../../src/host/secret-mount.ts";

const root = "21 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw";
const tmp = "30 21 0:26 / /tmp rw,nosuid,nodev - tmpfs tmpfs rw";
const systemd = "90 21 0:40 / /run/credentials/rrpc-gateway.service ro,nosuid,nodev,noexec - ramfs ramfs rw,mode=700";
const docker = "512 480 0:77 /device-secret /run/secrets/device-secret ro,relatime - tmpfs tmpfs ro";
const kubernetes = "612 580 0:99 / /etc/rrpc\\040gateway/secret ro,relatime - tmpfs tmpfs rw,size=7936Mi";
const readOnlyDisk = "700 21 8:2 / /etc/secrets ro,relatime - ext4 /dev/sda2 ro";
const podman =
  "162 149 254:0 /var/lib/containers/storage/overlay-containers/f475/userdata/secrets/by-podman /run/secrets/by-podman rw,relatime - ext4 /dev/vda rw";
const mountinfo = [root, tmp, systemd, docker, kubernetes, podman, readOnlyDisk, ""].join("\n");

for (const [path, expected] of [
  ["/run/credentials/rrpc-gateway.service/device-secret", true],
  ["/run/secrets/device-secret", true],
  ["/etc/rrpc gateway/secret/..2026/device-secret", true],
  ["/etc/rrpc-gateway/device-secret", false],
  ["/run/secrets/by-podman", true],
  ["/run/secrets/device-secret-of-another", false],
  ["/tmp/device-secret", false],
  ["/etc/secrets/device-secret", false],
] as const)
  test(`${path}: ${expected ? "a mount for secrets" : "a file like others"}`, () => {
    assert.equal(isSecretMount(path, mountinfo), expected);
  });

test("what is mounted over it decides", () => {
  const over = `${mountinfo}901 21 8:1 / /run/credentials/rrpc-gateway.service rw,relatime - ext4 /dev/sda1 rw\n`;
  assert.equal(isSecretMount("/run/credentials/rrpc-gateway.service/device-secret", over), false);
});

test("a file that is not there lies on none", () => {
  assert.equal(isOnSecretMount("/nowhere/at/all"), false);
});
