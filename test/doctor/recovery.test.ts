/** What doctor makes of the means against a board that hangs, with the files that give the service its rights. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { checkGpio, checkUsbPower } from "../../src/doctor/checks/recovery.ts";
import type { Finding, State } from "../../src/doctor/finding.ts";
import type { FileNode, UserIdentity } from "../../src/host/rights.ts";
import { readUnit } from "../../src/host/unit.ts";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

const name = "rrpc-gateway.service";
/** As they are installed: the unit alone, and with a drop-in. */
const bare = readUnit(name, [read(name)], "");
const withDropIn = (file: string) => readUnit(name, [read(name), read(`deploy/recovery/${file}`)], "");

const user: UserIdentity = { name: "rrpc-gateway", uid: 999, gids: [999], source: `User= of ${name}`, unit: name };
const member: UserIdentity = { ...user, gids: [999, 997] };

function node(path: string, group: string, mode: number): FileNode {
  const gids: Record<string, number> = { root: 0, gpio: 997, "rrpc-gateway": 999 };
  return { path, uid: 0, gid: gids[group] ?? 1, owner: "root", group, mode };
}

function assertFinding({ state, evidence, help }: Finding, expected: State, ...texts: readonly RegExp[]): void {
  const text = `${evidence} -> ${help}`;
  assert.equal(state, expected, text);
  for (const pattern of texts) assert.match(text, pattern);
}

const file = "/sys/devices/usb1/1-1/1-1:1.0/1-1-port2/disable";
const usb = (at: FileNode | undefined, socket: string | undefined = "1-1.2") => ({
  path: "/dev/ttyUSB0",
  socket,
  switches: [{ file, node: at }],
});

test("the power of a USB socket: there, the user's by the udev rule, and not read-only by the drop-in", () => {
  const closed = usb(node(file, "root", 0o644));
  const open = usb(node(file, "rrpc-gateway", 0o664));
  assertFinding(
    checkUsbPower({ ...open, socket: undefined }, user, bare),
    "unknown",
    /no USB adapter at \/dev\/ttyUSB0/,
  );
  assertFinding(checkUsbPower({ ...open, switches: [] }, user, bare), "warning", /no USB socket 1-1\.2/, /lsusb -t/);
  assertFinding(checkUsbPower(usb(undefined), user, bare), "warning", /does not exist/, /Linux 6\.0/);
  assertFinding(checkUsbPower(closed, user, bare), "warning", /root:root, mode 0644/, /usb-power\.rules/);
  assertFinding(checkUsbPower(open, user, bare), "warning", /read-only \/sys/, /usb-power\.conf/);
  assertFinding(checkUsbPower(open, user, withDropIn("usb-power.conf")), "ok", /USB socket 1-1\.2/);
});

const chip = "/dev/gpiochip0";
const gpio = (at: FileNode | undefined, version = "gpioset (libgpiod) v1.6.3\nCopyright") => ({
  device: chip,
  line: 17,
  node: at,
  version: { kind: "output", stdout: version } as const,
});

test("a GPIO line: the chip, the tool, the group and the unit's devices", () => {
  const open = node(chip, "gpio", 0o660);
  const closed = node(chip, "root", 0o600);
  const allowed = withDropIn("gpio.conf");
  assertFinding(checkGpio(gpio(undefined), member, bare), "warning", /gpiochip0 does not exist/, /gpiodetect/);
  const absent = { ...gpio(open), version: { kind: "unseen", why: "there is no gpioset here" } as const };
  assertFinding(checkGpio(absent, member, bare), "warning", /no gpioset here/, /apt install gpiod/);
  assertFinding(checkGpio(gpio(open, "gpioset v0.9"), member, bare), "warning", /neither version 1 nor version 2/);
  assertFinding(checkGpio(gpio(closed), member, bare), "warning", /root:root, mode 0600/, /gpio\.rules/);
  assertFinding(checkGpio(gpio(open), user, bare), "warning", /root:gpio, mode 0660/, /drop-in gpio\.conf/);
  assertFinding(checkGpio(gpio(open), member, bare), "warning", /no DeviceAllow= for GPIO/, /gpio\.conf/);
  assertFinding(checkGpio(gpio(open), member, allowed), "ok", /line 17/, /version 1/);
  assertFinding(checkGpio(gpio(open, "gpioset (libgpiod) v2.2.1"), member, allowed), "ok", /version 2/);
  assert.ok(allowed.groups.includes("gpio") && !bare.groups.includes("gpio"));
});

test("whether /sys may be written to follows from the unit", () => {
  const canWrite = (...lines: string[]) => readUnit("a.service", [lines.join("\n")], "").canWriteSys;
  assert.equal(canWrite("User=a"), true);
  assert.equal(canWrite("ProtectKernelTunables=yes"), false);
  assert.equal(canWrite("ProtectKernelTunables=yes", "ReadWritePaths=/run/lock", "ReadWritePaths=-/sys"), true);
  assert.equal(canWrite("ProtectKernelTunables=yes", "ReadWritePaths=/run/lock /sys/devices/"), true);
  assert.equal(canWrite("ProtectKernelTunables=yes", "ReadWritePaths=/sys/class /system"), false);
});
