/** What the files of a unit say of its process's rights. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { allowsDevice, readUnit } from "../../src/host/unit.ts";
import { findUnit, unitIn } from "../../src/host/units.ts";

const root = join(import.meta.dirname, "../..");
const single = readFileSync(join(root, "rrpc-gateway.service"), "utf8");
const template = readFileSync(join(root, "deploy/rrpc-gateway@.service"), "utf8");

const folder = mkdtempSync(join(tmpdir(), "rrpc-gateway-units-"));
after(() => rmSync(folder, { recursive: true }));
const etc = join(folder, "etc");
const usr = join(folder, "usr");
for (const below of [join(etc, "rrpc-gateway.service.d"), usr]) mkdirSync(below, { recursive: true });
writeFileSync(join(usr, "rrpc-gateway.service"), single);
writeFileSync(join(usr, "rrpc-gateway@.service"), template);

test("our own unit: its configuration, groups, credential and devices", () => {
  const unit = findUnit("/etc/rrpc-gateway/config.yaml", [etc, usr]);
  assert.equal(unit?.name, "rrpc-gateway.service");
  assert.equal(unit.configFile, "/etc/rrpc-gateway/config.yaml");
  assert.deepEqual(unit.groups, ["dialout"]);
  assert.equal(unit.credentials.get("device-secret"), "/etc/rrpc-gateway/device-secret");
  assert.equal(allowsDevice(unit, "/dev/ttyUSB3", "ttyUSB"), true);
  assert.equal(allowsDevice(unit, "/dev/pts/3", "pts"), false);
});

test("an instance of the template has its own name in its paths", () => {
  const unit = findUnit("/etc/rrpc-gateway/pump.yaml", [etc, usr]);
  assert.equal(unit?.name, "rrpc-gateway@pump.service");
  assert.equal(unit.configFile, "/etc/rrpc-gateway/pump.yaml");
  assert.equal(unit.credentials.get("device-secret"), "/etc/rrpc-gateway/pump.secret");
});

test("a configuration of no unit is judged for the single one's user; without units there is none", () => {
  assert.equal(findUnit("/home/pi/c.yaml", [etc, usr])?.name, "rrpc-gateway.service");
  assert.equal(findUnit("/etc/rrpc-gateway/config.yaml", [etc]), undefined);
});

test("a drop-in has the last word", () => {
  const dropIn = join(etc, "rrpc-gateway.service.d/local.conf");
  writeFileSync(dropIn, "[Service]\nUser=pi\nDynamicUser=yes\nDeviceAllow=\nDeviceAllow=/dev/pts/3 \\\n  rw\n");
  after(() => rmSync(dropIn));
  const unit = findUnit("/etc/rrpc-gateway/config.yaml", [etc, usr]);
  assert.ok(unit);
  assert.equal(unit.user, "pi");
  assert.equal(unit.isDynamicUser, true);
  assert.equal(allowsDevice(unit, "/dev/pts/3", "pts"), true);
  assert.equal(allowsDevice(unit, "/dev/ttyUSB3", "ttyUSB"), false);
});

test("a unit without DevicePolicy= allows every device; a read-only one is not enough", () => {
  assert.equal(allowsDevice(readUnit("a.service", ["[Service]\nUser=a\n"], ""), "/dev/ttyUSB0", "ttyUSB"), true);
  const readOnly = readUnit("a.service", ["DevicePolicy=strict\nDeviceAllow=char-ttyUSB r\n"], "");
  assert.equal(allowsDevice(readOnly, "/dev/ttyUSB0", "ttyUSB"), false);
});

test("the unit that this process runs in is the cgroup's", () => {
  assert.equal(unitIn("0::/system.slice/rrpc-gateway.service\n"), "rrpc-gateway.service");
  const instance = "1:name=systemd:/system.slice/system-rrpc\\x2dgateway.slice/rrpc-gateway@pump.service\n0::/\n";
  assert.equal(unitIn(instance), "rrpc-gateway@pump.service");
  assert.equal(unitIn("0::/user.slice/user-1000.slice/session-2.scope\n"), undefined);
  assert.equal(unitIn(""), undefined);
});
