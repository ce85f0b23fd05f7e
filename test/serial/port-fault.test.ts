import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { openFault, transferFault } from "../../src/serial/port-fault.ts";
import { createPortWorld, type PortWorld } from "../../src/serial/port-world.ts";
import { openPty } from "../support/pty.ts";

const path = "/dev/ttyUSB0";

function world(change: Partial<PortWorld> = {}): PortWorld {
  return {
    isLoginConsole: () => false,
    deviceOf: (path) => path,
    otherPorts: () => ["/dev/serial/by-id/usb-FTDI-if00-port0"],
    node: () => ({ owner: "root", group: "dialout", mode: 0o660 }),
    self: () => ({ user: "pump", groups: ["pump", "video"], unit: undefined }),
    holders: () => [],
    isOpenHere: () => false,
    ...change,
  };
}

/** The fault as a person reads it. */
function explained(errorText: string, change?: Partial<PortWorld>): string {
  const { kind, message, hint } = openFault(errorText, path, world(change));
  return `${kind}: ${message}${hint === undefined ? "" : ` (${hint})`}`;
}

test("no such device: which ports there are instead", () => {
  const text = "Error: No such file or directory, cannot open /dev/ttyUSB0";
  assert.equal(
    explained(text),
    "no_device: /dev/ttyUSB0 does not exist (plugged in: /dev/serial/by-id/usb-FTDI-if00-port0)",
  );
  assert.match(explained(text, { otherPorts: () => [] }), /no USB serial adapter is plugged in/);
  assert.match(
    explained("Error: No such device or address, cannot open /dev/ttyUSB0"),
    /^no_device: .* no device is behind it/,
  );
});

test("a path outside of /dev: not a word of what is plugged in", () => {
  const { kind, hint } = openFault("Error: No such file or directory", "/tmp/mcu", world({ otherPorts: () => [] }));
  assert.deepEqual([kind, hint], ["no_device", "start the program that makes this link"]);
});

test("no permission: whose it is, who we are, and the command that helps", () => {
  const text = "Error: Permission denied, cannot open /dev/ttyUSB0";
  assert.equal(
    explained(text),
    "no_permission: /dev/ttyUSB0 belongs to root:dialout with mode 0660; this is user pump in groups pump, video " +
      "(`sudo usermod -aG dialout pump` and log in again, or SupplementaryGroups=dialout in the service)",
  );
  assert.match(explained(text, { self: () => ({ user: "pump", groups: ["dialout"], unit: undefined }) }), /getfacl/);
  assert.match(explained(text, { node: () => ({ owner: "root", group: "root", mode: 0o600 }) }), /udev rule/);
  assert.match(
    explained(text, { node: () => undefined }),
    /^no_permission: \/dev\/ttyUSB0 is not accessible to user pump/,
  );
});

test("EPERM: the device cgroup, and what helps in a unit or a container", () => {
  const text = "Error: Operation not permitted, cannot open /dev/ttyUSB0";
  assert.match(
    explained(text),
    /^device_cgroup: \/dev\/ttyUSB0 is not among the devices that this process may use \(in a container: .*--device/,
  );
  const unit = "rrpc-gateway.service";
  assert.match(
    explained(text, { self: () => ({ user: "pump", groups: ["dialout"], unit }) }),
    /^device_cgroup: .* that rrpc-gateway\.service may use \(.*systemctl restart rrpc-gateway\.service.*DeviceAllow rrpc-gateway\.service/,
  );
});

test("a port with a login prompt on it: the commands that free it, not a matter of groups", () => {
  const freed =
    /\(a login prompt has it: .*raspi-config.*systemctl disable --now serial-getty@ttyUSB0\.service.*console=ttyUSB0/;
  const denied = "Error: Permission denied, cannot open /dev/ttyUSB0";
  assert.match(explained(denied, { isLoginConsole: () => true }), freed);
  assert.match(explained(denied, { node: () => ({ owner: "root", group: "tty", mode: 0o600 }) }), freed);
  // Seen from a user namespace.
  assert.match(explained(denied, { node: () => ({ owner: "nobody", group: "nogroup", mode: 0o620 }) }), freed);
  assert.match(explained("Error: Cannot lock port", { isLoginConsole: () => true }), freed);
});

test("a group that a user namespace hides is the cause: how it is found and added", () => {
  const text = explained("Error: Permission denied, cannot open /dev/ttyUSB0", {
    node: () => ({ owner: "nobody", group: "nogroup", mode: 0o660 }),
    self: () => ({ user: "rrpc-gateway", groups: ["rrpc-gateway", "nogroup"], unit: "rrpc-gateway.service" }),
  });
  assert.match(text, /its group is the cause.*`stat -c %G \/dev\/ttyUSB0` names it, SupplementaryGroups=/);
  assert.doesNotMatch(text, /DeviceAllow|AppArmor/);
});

test("no login prompt is blamed for what another program has, or for a terminal that is no port", () => {
  const by = (name: string) => ({ isLoginConsole: () => true, holders: () => [{ pid: 5, name }] });
  assert.match(explained("Error: Cannot lock port", by("minicom")), /by minicom \(process 5\) \(stop that program/);
  assert.match(explained("Error: Cannot lock port", by("agetty")), /disable --now serial-getty@ttyUSB0/);
  const denied = "Error: Permission denied, cannot open /dev/ttyUSB0";
  const foreign = () => ({ owner: "pump", group: "tty", mode: 0o620 });
  assert.doesNotMatch(explained(denied, { node: foreign, deviceOf: () => "/dev/pts/7" }), /getty/);
  assert.match(explained(denied, { node: foreign, deviceOf: () => "/dev/ttyS0" }), /serial-getty@ttyS0\.service/);
});

test("busy: by which process", () => {
  const text = "Error Resource temporarily unavailable Cannot lock port";
  assert.match(
    explained(text, { holders: () => [{ pid: 812, name: "minicom" }] }),
    /^busy: \/dev\/ttyUSB0 is in use by minicom \(process 812\) \(.*advisory/,
  );
  assert.match(explained(text), /^busy: \/dev\/ttyUSB0 is in use \(`sudo fuser -v \/dev\/ttyUSB0`/);
  assert.match(explained("Error: Device or resource busy, cannot open /dev/ttyUSB0"), /^busy/);
});

test("the rest: no serial port, settings that it refuses, and what nobody expected, in the system's words", () => {
  assert.match(explained("Error: Inappropriate ioctl for device setting custom baud rate of 13"), /^not_a_tty/);
  assert.match(explained("Error: Not a tty setting custom baud rate of 13"), /^not_a_tty/);
  assert.match(
    explained("Error: Invalid argument || while setting custom baud rate of 7"),
    /^bad_settings: .*rate of 7/,
  );
  assert.match(explained("Error: Input/output error setting custom baud rate of 13"), /^io_error: /);
  assert.match(explained("Error: Input/output error, cannot open /dev/ttyS9"), /^io_error: .*Input\/output error/);
});

test("a port that fails while it is open has been unplugged, or says why not", () => {
  for (const text of [
    "bad file descriptor",
    "hung up",
    "EIO: i/o error, write",
    "ENXIO: no such device or address, read",
  ]) {
    assert.equal(transferFault(text, path).kind, "hung_up", text);
  }
  assert.deepEqual(transferFault("EINVAL: invalid argument, read", path), {
    kind: "io_error",
    message: "/dev/ttyUSB0 failed: EINVAL: invalid argument, read",
  });
});

test("the world as it is: the device, ourselves, and the program that has the port open", async (t) => {
  const pty = await openPty();
  t.after(() => pty.hangUp());
  const real = createPortWorld();
  assert.deepEqual(real.holders(pty.path), [], "its far end is none");
  const reader = spawn("cat", [pty.path], { stdio: ["ignore", "pipe", "ignore"] });
  t.after(() => reader.kill());
  pty.send("it is open\n");
  await once(reader.stdout, "data");
  assert.deepEqual(real.holders(pty.path), [{ pid: reader.pid, name: "cat" }]);
  assert.equal((real.node(pty.path)?.mode ?? 0) & 0o600, 0o600);
  assert.equal(real.node("/dev/no such device"), undefined);
  assert.ok(real.self().user.length > 0 && real.self().groups.length > 0);
});
