import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { portFolder, socketOfTty, switchesOf } from "../../src/host/usb-socket.ts";
import { createSysfs } from "../support/sysfs.ts";

test("the folder of a socket's port follows from the name of what is plugged into it", () => {
  assert.equal(portFolder("1-1.2"), "/sys/bus/usb/devices/1-1:1.0/1-1-port2");
  assert.equal(portFolder("1-1.4.10"), "/sys/bus/usb/devices/1-1.4:1.0/1-1.4-port10");
  assert.equal(portFolder("3-12"), "/sys/bus/usb/devices/3-0:1.0/usb3-port12");
});

test("the socket of a tty is the one of the device that it hangs on, for both kinds of driver", (t) => {
  const sysfs = createSysfs(t);
  sysfs.addTty("ttyUSB0", "pci0000:00/0000:00:04.0/usb1/1-1/1-1.2/1-1.2:1.0/ttyUSB0/tty");
  sysfs.addTty("ttyACM0", "platform/fe980000.usb/usb1/1-3/1-3:1.0/tty");
  sysfs.addTty("ttyS0", "pnp0/00:00/tty");
  assert.equal(socketOfTty(sysfs.device("ttyUSB0"), sysfs.root), "1-1.2");
  assert.equal(socketOfTty(sysfs.link("by-id-mcu", "ttyUSB0"), sysfs.root), "1-1.2");
  assert.equal(socketOfTty(sysfs.device("ttyACM0"), sysfs.root), "1-3");
  assert.equal(socketOfTty(sysfs.device("ttyS0"), sysfs.root), undefined);
  assert.equal(socketOfTty("/no/such/tty", sysfs.root), undefined);
});

test("a USB 3 socket is switched at both of its ports, one that is not there at none", (t) => {
  const sysfs = createSysfs(t);
  const port = sysfs.addPort("1-1.2");
  assert.deepEqual(switchesOf("1-1.2", sysfs.root), [join(port, "disable")]);
  const peer = sysfs.addPort("2-1.2");
  sysfs.pair("1-1.2", "2-1.2");
  assert.deepEqual(switchesOf("1-1.2", sysfs.root), [join(port, "disable"), join(peer, "disable")]);
  assert.deepEqual(switchesOf("1-9", sysfs.root), []);
});
