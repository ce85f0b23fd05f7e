/** What the program gets of several boards: defaults from outside, and devices with what other files have of them. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import fc from "fast-check";
import { stringify } from "yaml";
import type { BoardConfig } from "../../src/config/board-config.ts";
import { board as declared } from "../../src/config/board-options.ts";
import { loadConfig, loadSettings } from "../../src/config/load.ts";
import type { Group, Option } from "../../src/config/option.ts";
import { declaredDefaults } from "../support/declared-defaults.ts";
import { good, secret, temporaryFolder } from "./folder.ts";

const folder = temporaryFolder();
after(folder.remove);

const head = good.replace(/serial:[\s\S]*/, "");

function boardsOf(yaml: string): readonly BoardConfig[] {
  const loaded = loadConfig(folder.write("c.yaml", yaml), {});
  assert.ok(loaded.kind === "loaded", folder.findingsOf(yaml));
  return loaded.config.boards;
}

const awaitsOf = (yaml: string) => {
  const loaded = loadConfig(folder.write("c.yaml", yaml), {});
  return loaded.kind === "refused" ? loaded.awaits : undefined;
};

test("boards come in the order of the file, each with its name, device and port", () => {
  const boards = boardsOf(
    `${head}boards:\n  valve: {serial: {path: /dev/ttyUSB1}}\n  pump:\n` +
      "    device: {productId: SUBPRODUCT, deviceName: sub01}\n    serial: {path: tty}\n",
  );
  assert.deepEqual(
    boards.map(({ name, device, serial: { path } }) => ({ name, device, path })),
    [
      { name: "valve", device: { kind: "gateway" }, path: "/dev/ttyUSB1" },
      {
        name: "pump",
        device: {
          kind: "sub_device",
          productId: "SUBPRODUCT",
          deviceName: "sub01",
          secret: undefined,
          presence: { kind: "session" },
        },
        path: `${folder.path}/tty`,
      },
    ],
  );
});

/** Any values of a group that its options accept, each given or left out. */
function anyOf({ options }: Group): fc.Arbitrary<object> {
  const entries = Object.entries(options).flatMap(([key, option]): [string, fc.Arbitrary<unknown>][] =>
    option.kind === "sections" ? [] : [[key, option.kind === "group" ? anyOf(option) : anyValueOf(option)]],
  );
  return fc.record(Object.fromEntries(entries), { requiredKeys: [] });
}

function anyValueOf(option: Option): fc.Arbitrary<unknown> {
  switch (option.kind) {
    case "whole":
      return fc.integer({ min: option.min, max: option.max });
    case "choice":
      return fc.constantFrom(...option.values);
    case "flag":
      return fc.boolean();
    case "path":
      return fc.constant("/dev/tty");
    case "patterns":
      return fc.constantFrom([], option.example);
    case "choices":
      return fc.subarray([...option.choices]);
    case "text":
      return fc.constant(option.example ?? option.default);
    default:
      return option satisfies never;
  }
}

/** `own` where it says something, else `outside`, else the default: group by group. */
function merged(...layers: readonly object[]): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const layer of layers)
    for (const [key, value] of Object.entries(layer) as [string, unknown][]) {
      const before = result[key];
      const isGroup = typeof value === "object" && value !== null && !Array.isArray(value);
      result[key] = isGroup ? merged(typeof before === "object" && before !== null ? before : {}, value) : value;
    }
  return result;
}

const { serial, rrpc, events } = declared.options;
const { path: _, ...withoutPath } = serial.options;

test("whatever stands outside and in a board: its own value, else that outside, else the default, in groups of groups too", () => {
  const anyBoard = anyOf({ ...declared, options: { serial: { ...serial, options: withoutPath }, rrpc, events } });
  let taken = 0;
  fc.assert(
    fc.property(anyBoard, anyBoard, (outside, own) => {
      const settled = merged(own, { serial: { path: "/dev/ttyUSB0" } });
      const yaml = `${head}${stringify({ ...outside, boards: { pump: settled } })}`;
      // Most of them break a rule; what is read is the same.
      const loaded = loadSettings(folder.write("c.yaml", yaml));
      if (loaded.kind === "refused") return;
      taken++;
      const { device: __, ...read } = loaded.settings.boards["pump"] ?? assert.fail();
      const defaults = declaredDefaults({ ...declared, options: { serial, rrpc, events } });
      assert.deepEqual(
        JSON.parse(JSON.stringify(read)),
        JSON.parse(JSON.stringify(merged(defaults, outside, settled))),
      );
    }),
    { numRuns: 400 },
  );
  assert.ok(taken > 5, `${taken} configurations were good`);
});

const pump = (device: string) => `${head}boards:\n  pump:\n    device: {${device}}\n    serial: {path: /dev/ttyUSB0}\n`;

const deviceOf = (device: string) => boardsOf(pump(device))[0]?.device;

test("presence, in the program's unit", () => {
  const names = { kind: "sub_device", productId: "SUBPRODUCT", deviceName: "sub01", secret: undefined };
  const given = "productId: SUBPRODUCT, deviceName: sub01, presence: board";
  assert.deepEqual(deviceOf(given), { ...names, presence: { kind: "board", afterMs: 60_000 } });
  assert.deepEqual(deviceOf(`${given}, absentAfterS: 20`), { ...names, presence: { kind: "board", afterMs: 20_000 } });
});

test("a secret is taken as its text", () => {
  folder.write("sub01-secret", `${secret}\n`);
  const device = deviceOf("productId: SUBPRODUCT, deviceName: sub01, secretFile: sub01-secret");
  assert.ok(device?.kind === "sub_device");
  assert.equal(device.secret, secret);
});

const withSecret = pump("productId: SUBPRODUCT, deviceName: sub01, secretFile: sub02-secret");
const at = "c.yaml:8:68: ";
for (const [name, file, finding, awaits] of [
  [
    "no file",
    undefined,
    "boards.pump.device.secretFile: expected a readable file with the device secret, found no such file: sub02-secret",
    "file",
  ],
  [
    "a file for all",
    { text: secret, mode: 0o644 },
    "boards.pump.device.secretFile: expected a file for its owner alone (chmod 600), found mode 0644: sub02-secret",
    "file",
  ],
  [
    "no secret in it",
    { text: "YOUR_IOT_PSK", mode: 0o600 },
    "boards.pump.device.secretFile: expected base64 text, as the console shows it, found a text of 12 characters",
    "file",
  ],
  [
    "a file for a group",
    { text: secret, mode: 0o640 },
    "warning: boards.pump.device.secretFile: expected a file for its owner alone (chmod 600), found mode 0640: sub02-secret",
    undefined,
  ],
] as const)
  test(`the secret of a board's device: ${name}; the service waits for a better one`, () => {
    if (file !== undefined) folder.write("sub02-secret", file.text, file.mode);
    assert.equal(folder.findingsOf(withSecret), at + finding);
    assert.equal(awaitsOf(withSecret)?.kind, awaits);
  });

test("a secret that is awaited for a board, where the gateway's own is in the file itself", () => {
  const yaml = pump("productId: SUBPRODUCT, deviceName: sub01, secretFile: nowhere")
    .replace("deviceSecretFile: device-secret", `deviceSecret: ${secret}`)
    .replace("  caFile: hub-ca.pem\n", "  host: 127.0.0.1\n");
  assert.deepEqual(awaitsOf(yaml), { kind: "file" });
});

const list = (...devices: readonly (readonly [product: string, device: string])[]) => ({
  subdev_num: devices.length,
  subdev_list: devices.map(([sub_productId, sub_devName]) => ({ sub_productId, sub_devName })),
});

function withInfo(subDev: unknown, boards: string): string {
  const device = { auth_mode: "KEY", productId: "ABCDEFGH12", deviceName: "gateway01" };
  const info = { ...device, key_deviceinfo: { deviceSecret: secret }, subDev };
  folder.write("device_info.json", JSON.stringify(info));
  return `hub: {deviceInfoFile: device_info.json}\nboards:\n  pump:\n    ${boards}\n    serial: {path: /dev/ttyUSB0}\n`;
}

test("device_info.json lists the sub-devices: a board names its own, and its product is known", () => {
  const yaml = withInfo(list(["SUBPRODUC1", "sub01"], ["SUBPRODUC2", "sub02"]), "device: {deviceName: sub02}");
  const [pump] = boardsOf(yaml);
  assert.ok(pump?.device.kind === "sub_device");
  assert.deepEqual([pump.device.productId, pump.device.deviceName], ["SUBPRODUC2", "sub02"]);
  // Without the file that has the product, all else is checked.
  assert.equal(loadSettings(folder.write("c.yaml", yaml)).kind, "loaded");
});

test("a board may have a device that device_info.json does not list, with its product", () => {
  const [pump] = boardsOf(withInfo(list(["SUBPRODUC1", "sub01"]), "device: {productId: SUBPRODUCT, deviceName: x}"));
  assert.ok(pump?.device.kind === "sub_device" && pump.device.productId === "SUBPRODUCT");
});

for (const [name, subDev, device, finding] of [
  [
    "another name",
    list(["SUBPRODUC1", "sub01"], ["SUBPRODUC1", "sub22"]),
    "sub2",
    "4:26: boards.pump.device.deviceName: expected a sub-device that hub.deviceInfoFile lists, or its device.productId " +
      "(did you mean sub22?), found one that it does not list",
  ],
  [
    "no list",
    undefined,
    "sub01",
    "4:26: boards.pump.device.deviceName: expected a sub-device that hub.deviceInfoFile lists, or its device.productId, " +
      "found a file that lists none",
  ],
  [
    "a list of something else",
    { subdev_list: [1, null, {}, { sub_productId: "SUBPRODUC1" }, { sub_productId: 1, sub_devName: "sub01" }] },
    "sub01",
    "4:26: boards.pump.device.deviceName: expected a sub-device that hub.deviceInfoFile lists, or its device.productId, " +
      "found a file that lists none",
  ],
  [
    "one name in two products",
    list(["SUBPRODUC1", "sub01"], ["SUBPRODUC2", "sub01"]),
    "sub01",
    "4:5: boards.pump.device.productId: expected one, because hub.deviceInfoFile lists 2 sub-devices of this name, found none",
  ],
  [
    "a placeholder for the product",
    list(["PRODUCT_ID", "sub01"]),
    "sub01",
    "4:26: boards.pump.device.deviceName: expected a device_info.json whose sub_productId of this sub-device is 10 letters " +
      "or digits, found something else",
  ],
  [
    "the gateway's own",
    list(["ABCDEFGH12", "gateway01"]),
    "gateway01",
    "4:26: boards.pump.device.deviceName: expected no device for the board that answers for the gateway itself, or another " +
      "than the gateway's own, found the gateway's own",
  ],
] as const)
  test(`device_info.json and a board: ${name}`, () => {
    assert.equal(folder.findingsOf(withInfo(subDev, `device: {deviceName: ${device}}`)), `c.yaml:${finding}`);
  });

test("the names of the device in the topic of events, also where the board is the only one", () => {
  const topic = 'events: {topic: "{productId}/{deviceName}/event"}\n';
  const topics = (yaml: string) => boardsOf(yaml + topic).map((board) => board.events.topic);
  assert.deepEqual(topics(good), ["ABCDEFGH12/gateway01/event"]);
  assert.deepEqual(topics(pump("productId: SUBPRODUCT, deviceName: sub01")), ["SUBPRODUCT/sub01/event"]);
});
