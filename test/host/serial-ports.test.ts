/** What this machine calls its serial ports. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { consolesIn } from "../../src/host/login-console.ts";
import { distinctPorts, isOnBoard, isStableName, isUsbPort } from "../../src/host/serial-ports.ts";

test("a port is named once, by the best name that it has", () => {
  const names = [
    { name: "/dev/serial/by-id/usb-A", device: "/dev/ttyUSB1" },
    { name: "/dev/rrpc/pump", device: "/dev/ttyUSB0" },
    { name: "/dev/ttyUSB0", device: "/dev/ttyUSB0" },
    { name: "/dev/ttyUSB1", device: "/dev/ttyUSB1" },
    { name: "/dev/ttyACM0", device: "/dev/ttyACM0" },
  ];
  assert.deepEqual(distinctPorts(names), ["/dev/serial/by-id/usb-A", "/dev/rrpc/pump", "/dev/ttyACM0"]);
});

test("what a device's name says of it", () => {
  const kinds = ["/dev/ttyUSB0", "/dev/ttyAMA0", "/dev/pts/3"].map((device) => [isUsbPort(device), isOnBoard(device)]);
  assert.deepEqual(kinds, [
    [true, false],
    [false, true],
    [false, false],
  ]);
  const paths = ["/dev/ttyUSB0", "/dev/pts/3", "/dev/ttyS0", "/dev/serial/by-id/usb-A-port0"];
  assert.deepEqual(paths.map(isStableName), [false, false, true, true]);
});

test("the kernel's consoles: those that /sys knows, and those of the command line", () => {
  assert.deepEqual(consolesIn("tty0 ttyS0\n", "quiet console=ttyAMA0,115200 root=/dev/sda xconsole=ttyS9\n"), [
    "tty0",
    "ttyS0",
    "ttyAMA0",
  ]);
});
