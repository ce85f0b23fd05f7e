/** What is said of a file with several boards, and where: one finding for one cause. */
import assert from "node:assert/strict";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { parse } from "yaml";
import { subDevicesMax } from "../../src/iot-hub/limits.ts";
import { good, temporaryFolder } from "./folder.ts";

const folder = temporaryFolder();
after(folder.remove);

/** The first five lines of a file: its hub. What follows begins in line 6. */
const head = good.replace(/serial:[\s\S]*/, "");
const device = (number: number) => `device: {productId: SUBPRODUCT, deviceName: sub0${number}}`;
const port = (number: number) => `serial: {path: /dev/ttyUSB${number}}`;

const nameOfABoard =
  "expected the name of a board: 1 to 32 of letters, digits, _ and -, the first a letter or digit, but not board or the name of a group";

type Case = readonly [name: string, yaml: string, ...findings: string[]];

const names: readonly Case[] = [
  ["two boards", `boards:\n  pump:\n    ${device(1)}\n    ${port(0)}\n  valve:\n    ${port(1)}\n`],
  ["no boards where all are comments", `${port(0)}\nboards:\n  #pump:\n`],
  [
    "a list",
    `boards:\n  - name: pump\n    ${port(0)}\n`,
    "6:1: boards: expected a mapping by names of your own, such as pump, found a list (leave out the dashes)",
  ],
  ["a text", "boards: pump\n", '6:1: boards: expected a mapping by names of your own, such as pump, found "pump"'],
  [
    "a port instead of a board",
    "boards: {pump: /dev/ttyUSB0}\n",
    '6:10: boards.pump: expected a mapping with device, serial, rrpc, events, found "/dev/ttyUSB0"',
  ],
  [
    "names that are none",
    `boards:\n  water pump:\n    ${port(0)}\n  -x: {${port(1)}}\n  board: {${port(2)}}\n`,
    `7:3: boards.?: ${nameOfABoard}, found "water pump" (write water-pump)`,
    `9:3: boards.-x: ${nameOfABoard}, found "-x" (write x)`,
    `10:3: boards.board: ${nameOfABoard}, found "board"`,
  ],
  [
    "names that every object has",
    `boards:\n  constructor: {${port(0)}}\n  toString:\n    ${device(1)}\n    ${port(1)}\n`,
  ],
  [
    "the same name twice",
    `boards:\n  pump: {${port(0)}}\n  pump: {${port(1)}}\n`,
    "8:3: boards.pump: expected it once, found it again (first in line 7)",
  ],
  [
    "a misspelt group",
    `boads:\n  pump:\n    ${port(0)}\n`,
    "6:1: boads: expected a known key (did you mean boards?), found an unknown key",
  ],
];

const places: readonly Case[] = [
  [
    "orders, where every board is a sub-device",
    `remote: {allow: [status]}\nboards:\n  pump:\n    ${device(1)}\n    ${port(0)}\n`,
  ],
  [
    "orders without a prefix, where one of several boards answers for the gateway",
    `remote: {allow: [status]}\nboards:\n  pump:\n    ${device(1)}\n    ${port(0)}\n  valve:\n    ${port(1)}\n`,
    "6:1: remote.prefix: expected what orders begin with, such as gateway:, because a board answers for the gateway's own device, found none",
  ],
  [
    "no name at all",
    `boards:\n  ${device(1)}\n  serial:\n    path: /dev/ttyUSB0\n`,
    "7:3: boards.device: expected it below a name, such as boards.pump.device, found it directly in boards",
  ],
  [
    "options at the level of their name",
    `boards:\n  pump:\n  ${device(1)}\n  ${port(0)}\n  valve:\n    ${port(1)}\n`,
    "8:3: boards.device: expected the options of boards.pump with 2 spaces more in front, found as many as in front of its name",
  ],
  [
    "names without indentation",
    `boards:\npump:\n  ${port(0)}\nvalve:\n  ${device(1)}\n`,
    "7:1: pump: expected the names in boards with 2 spaces in front, found no space",
  ],
  [
    "a group of a board inside of another",
    `boards:\n  pump:\n    serial:\n      path: /dev/ttyUSB0\n      rrpc:\n        cutoffMs: 3000\n`,
    "10:7: boards.pump.serial.rrpc: expected less space in front, because it is a group of boards.pump, " +
      "found it inside of boards.pump.serial",
  ],
  [
    "a group of the file among the boards",
    `boards:\n  pump:\n    ${port(0)}\n  log:\n    level: debug\n`,
    "9:3: boards.log: expected no space in front, because it is a group of its own, found it inside of boards",
  ],
  [
    "a group of the file in a board",
    `boards:\n  pump:\n    ${port(0)}\n    log:\n      level: debug\n`,
    "9:5: boards.pump.log: expected no space in front, because it is a group of its own, found it inside of boards.pump",
  ],
  [
    "an option of serial in the board itself",
    `boards:\n  pump:\n    path: /dev/ttyUSB0\n    ${device(1)}\n`,
    "8:5: boards.pump.path: expected a key of boards.pump (did you mean boards.pump.serial.path?), found an unknown key",
  ],
  [
    "misspelt keys",
    "boards:\n  pump:\n    serail:\n      path: /dev/ttyUSB0\n  valve:\n    serial:\n      baudrte: 9600\n      path: /dev/ttyUSB4\n    devce: {}\n",
    "8:5: boards.pump.serail: expected a key of boards.pump (did you mean serial?), found an unknown key",
    "12:7: boards.valve.serial.baudrte: expected a key of boards.valve.serial (did you mean baudRate?), found an unknown key",
    "14:5: boards.valve.devce: expected a key of boards.valve (did you mean device?), found an unknown key",
  ],
  [
    "a line that is too deep",
    "boards:\n  a:\n    serial:\n      path: /dev/ttyUSB0\n     rrpc:\n      cutoffMs: 3000\n",
    "10:6: expected 6 spaces in front, as in line 9, or 4 spaces in front, as in line 8, found 5 spaces",
  ],
  [
    "a non-breaking space",
    `boards:\n  a:\n  \u00a0\u00a0${port(0)}\n`,
    "8:3: expected a plain space (in quotes where it is meant), found a non-breaking space (U+00A0), 2 times",
  ],
  [
    "a colon of full width behind a name",
    `boards:\n  a\uff1a\n    ${port(0)}\n`,
    "7:4: expected a plain colon and a space, found a colon of full width (U+FF1A)",
  ],
  [
    "a merge key for all boards",
    `usual: &usual {baudRate: 9600}\nboards:\n  a:\n    serial:\n      <<: *usual\n      path: /dev/ttyUSB0\n`,
    "10:7: boards.a.serial.?: expected each option by its name and with its value, because anchors are not followed, " +
      "found a merge key (<<)",
  ],
];

const ports: readonly Case[] = [
  [
    "no port",
    `boards:\n  pump:\n    ${device(1)}\n  valve:\n`,
    "7:3: boards.pump.serial.path: expected a path, found none",
    "9:3: boards.valve.serial.path: expected a path, found none",
  ],
  [
    "a port outside of the boards",
    `${port(0)}\nboards:\n  pump:\n    ${device(1)}\n  valve:\n    ${port(1)}\n`,
    "6:16: serial.path: expected none outside of the boards, but one in each of them (boards.pump.serial.path), found one",
  ],
  [
    "the same port in several ways",
    `boards:\n  a:\n    ${port(0)}\n  b:\n    ${device(1)}\n    serial: {path: /dev/fd/../ttyUSB0}\n  c:\n    ${device(2)}\n    ${port(0)}\n`,
    "11:20: boards.b.serial.path: expected another port than that of a (line 8), found the same",
    "14:20: boards.c.serial.path: expected another port than that of a (line 8), found the same",
  ],
];

const devices: readonly Case[] = [
  [
    "the same device, the gateway's own, and two boards for the gateway itself",
    `boards:\n  a:\n    ${port(0)}\n  b:\n    ${device(1)}\n    ${port(1)}\n  c:\n    ${device(1)}\n    ${port(2)}\n` +
      `  d:\n    device: {productId: ABCDEFGH12, deviceName: gateway01}\n    ${port(3)}\n  e:\n    ${port(4)}\n`,
    "13:49: boards.c.device.deviceName: expected another device than that of b, found the same",
    "16:49: boards.d.device.deviceName: expected no device for the board that answers for the gateway itself, or another " +
      "than the gateway's own, found the gateway's own",
    "18:3: boards.e: expected a device, because a (line 7) answers for the gateway itself, found none",
  ],
  [
    "half a device",
    `boards:\n  a:\n    device: {productId: SUBPRODUCT}\n    ${port(0)}\n  b:\n    device: {deviceName: sub01}\n    ${port(1)}\n`,
    "8:25: boards.a.device.deviceName: expected 1 to 48 of letters, digits, _, : and -, for the board to have a device, found none",
    "11:26: boards.b.device.productId: expected 10 letters or digits, found none",
  ],
  [
    "values that are none",
    'boards:\n  a:\n    device: {productId: SUB, deviceName: "a b", presence: bord, absentAfterS: 1m}\n    serial: {path: ttyUSB0}\n',
    '8:25: boards.a.device.productId: expected 10 letters or digits, found "SUB"',
    '8:42: boards.a.device.deviceName: expected 1 to 48 of letters, digits, _, : and -, found "a b"',
    '8:59: boards.a.device.presence: expected one of session, board (did you mean board?), found "bord"',
    '8:79: boards.a.device.absentAfterS: expected a whole number from 10 to 86400 (s), found "1m" (write 60)',
    '9:20: boards.a.serial.path: expected the whole path, found "ttyUSB0" (write /dev/ttyUSB0)',
  ],
  [
    "a time of absence that does not matter",
    `boards:\n  a:\n    device: {productId: SUBPRODUCT, deviceName: sub01, absentAfterS: 20}\n    ${port(0)}\n`,
    "8:70: warning: boards.a.device.absentAfterS: expected device.presence: board, for it to matter, found session",
  ],
];

const longestLines =
  "expected serial.commandBytesMax + serial.replyBytesMax of at most 419 bytes, what crosses a line of 1200 baud with 10 bits a " +
  "byte within the deadline of 3500 ms (rrpc.cutoffMs - rrpc.marginMs), found 2304 bytes, which take 19200 ms";

const rules: readonly Case[] = [
  [
    "a default that breaks all boards is told once, where it is",
    `serial:\n  baudRate: 1200\nboards:\n  a:\n    ${port(0)}\n  b:\n    ${device(1)}\n    ${port(1)}\n`,
    `7:13: serial.baudRate: ${longestLines}`,
  ],
  [
    "one that breaks a single board is told there",
    `serial:\n  baudRate: 1200\nboards:\n  a:\n    serial: {path: /dev/ttyUSB0, baudRate: 9600}\n  b:\n    ${device(1)}\n    ${port(1)}\n`,
    `13:5: boards.b.serial.baudRate: ${longestLines} (serial.baudRate is from line 7)`,
  ],
  [
    "one that no board has does no harm",
    `serial:\n  baudRate: 1200\nboards:\n  a:\n    serial: {path: /dev/ttyUSB0, baudRate: 9600}\n`,
  ],
  [
    "a default and a board that do not fit together are told at the board",
    `rrpc: {marginMs: 2000}\nboards:\n  a:\n    ${port(0)}\n    rrpc: {cutoffMs: 1500}\n`,
    "10:22: boards.a.rrpc.marginMs: expected less than rrpc.cutoffMs (1500 ms), found 2000 ms (rrpc.marginMs is from line 6)",
  ],
  [
    "what a board says itself",
    `boards:\n  a:\n    serial: {path: /dev/ttyUSB0, dataBits: 7, rtscts: true, rts: "on"}\n`,
    "8:44: warning: boards.a.serial.dataBits: expected 8, for payloads of any bytes, found 7, which carry ASCII only",
    "8:66: boards.a.serial.rts: expected leave, because serial.rtscts gives RTS to the flow control, found on",
  ],
  [
    "one half in the board, the other outside, in groups of groups",
    `serial:\n  dialect: template\n  template: {command: "AT{payload}"}\nboards:\n  a:\n    serial:\n      path: /dev/ttyUSB0\n` +
      `      template: {reply: "(?<payload>.*)", probe: AT}\n`,
    "13:50: boards.a.serial.template.probe: expected none, because answers come in order and its own would be a command's, found one",
  ],
  [
    "a template that one board lacks",
    `serial:\n  dialect: template\nboards:\n  a:\n    serial: {path: /dev/ttyUSB0, template: {command: "AT{payload}", reply: "(?<payload>.*)"}}\n` +
      `  b:\n    ${device(1)}\n    ${port(1)}\n`,
    "13:5: boards.b.serial.template.command: expected one, because serial.dialect is template, found none",
    "13:5: boards.b.serial.template.reply: expected one, because serial.dialect is template, found none",
  ],
  [
    "a faulty default has no consequences",
    `serial:\n  baudRate: fast\nboards:\n  a:\n    ${port(0)}\n`,
    '7:13: serial.baudRate: expected a whole number from 300 to 4000000 (baud), found "fast"',
  ],
  [
    "rules of the file that no board has a part in",
    `metrics: {file: /tmp/m.txt}\nboards:\n  a:\n    ${port(0)}\n  b:\n    ${device(1)}\n    ${port(1)}\n`,
    "6:17: metrics.file: expected a name that ends in .prom, because node_exporter reads no other, found another one",
  ],
];

const ownTopic = "expected a topic for each board, with {deviceName} in it, because an event does not say whose it is";

const topics: readonly Case[] = [
  [
    "the same topic for all by default, or for two",
    `events: {topic: a/b}\nboards:\n  a:\n    ${port(0)}\n  b:\n    ${device(1)}\n    ${port(1)}\n` +
      `  c:\n    ${device(2)}\n    events: {topic: c/d}\n    ${port(2)}\n  d:\n    ${device(3)}\n    events: {topic: c/d}\n    ${port(3)}\n`,
    `6:17: warning: events.topic: ${ownTopic}, found the same for all`,
    `19:21: warning: boards.d.events.topic: ${ownTopic}, found that of c (line 15)`,
  ],
  [
    "a topic with the device's name in it",
    `events: {topic: "{productId}/{deviceName}/event"}\nboards:\n  a:\n    ${port(0)}\n  b:\n    ${device(1)}\n    ${port(1)}\n`,
  ],
  [
    "one of the requests'",
    `boards:\n  a:\n    events: {topic: $rrpc/rxd/event}\n    ${port(0)}\n`,
    "8:21: boards.a.events.topic: expected a topic apart from those of requests and responses, found one of them",
  ],
  [
    "one that its device makes too long",
    `events: {topic: "${"{deviceName}".repeat(21)}"}\nboards:\n  a:\n    device: {productId: SUBPRODUCT, deviceName: ${"x".repeat(48)}}\n    ${port(0)}\n`,
    "8:3: boards.a.events.topic: expected a topic of at most 255 bytes, found 1008 bytes",
  ],
];

for (const [name, yaml, ...findings] of [...names, ...places, ...ports, ...devices, ...rules, ...topics])
  test(name, () => {
    assert.equal(folder.findingsOf(head + yaml), findings.map((finding) => `c.yaml:${finding}`).join("\n"));
  });

test("two links to the same port are warned about: the next adapter may change that", () => {
  mkdirSync(join(folder.path, "dev"));
  folder.write("tty", "");
  for (const name of ["by-id", "by-path"]) symlinkSync(join(folder.path, "tty"), join(folder.path, "dev", name));
  const yaml = `${head}boards:\n  a:\n    serial: {path: dev/by-id}\n  b:\n    ${device(1)}\n    serial: {path: dev/by-path}\n`;
  assert.equal(
    folder.findingsOf(yaml),
    "c.yaml:11:20: warning: boards.b.serial.path: expected another port than that of a (line 8), found now the same: tty",
  );
});

test("as many boards as JSON, as a program writes it", () => {
  const boards = Object.fromEntries(
    Array.from({ length: subDevicesMax }, (_, i) => {
      const recovery = { gpio: { line: i, chip: "gpiochip0" } };
      const serial = { path: `/dev/serial/by-path/platform-3f980000.usb-usb-0:1.${i}:1.0-port0`, recovery };
      return [`b${i}`, { device: { productId: "1234567890", deviceName: `s${i}` }, serial }];
    }),
  );
  assert.equal(folder.findingsOf(JSON.stringify({ ...parse(head), boards }, undefined, 2)), "");
});

test(`${subDevicesMax} boards with devices, each in a line of its own, and one for the gateway itself; no more`, () => {
  const yaml = (count: number) =>
    `${head}boards:\n  own: {serial: {path: /dev/own}}\n` +
    Array.from(
      { length: count },
      (_, i) => `  b${i}: {device: {productId: SUBPRODUCT, deviceName: s${i}}, serial: {path: /dev/b${i}}}\n`,
    ).join("");
  assert.equal(folder.findingsOf(yaml(subDevicesMax)), "");
  assert.equal(
    folder.findingsOf(yaml(subDevicesMax + 2)),
    "c.yaml:106:53: boards.b98.device.deviceName: expected at most 98 boards with a device, because IoT Hub takes no more " +
      "subscriptions of a gateway, found 100",
  );
});
