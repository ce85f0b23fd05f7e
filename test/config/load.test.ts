import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Config, loadConfig } from "../../src/config/load.ts";
import { options, type Settings } from "../../src/config/options.ts";
import { declaredDefaults } from "../support/declared-defaults.ts";
import { firstBoard } from "./first-board.ts";
import { good, secret, temporaryFolder } from "./folder.ts";

const folder = temporaryFolder();
after(folder.remove);

function load(yaml: string): Config {
  const loaded = loadConfig(folder.write("c.yaml", yaml), {});
  assert.ok(loaded.kind === "loaded", "the configuration is good");
  return loaded.config;
}

test("the least file, and all defaults", () => {
  const { hub, ...rest } = load(good);
  const { identity, ca, ...session } = hub;
  assert.match(ca ?? "", /^-----BEGIN CERTIFICATE-----$/m);
  assert.deepEqual(identity, {
    productId: "ABCDEFGH12",
    deviceName: "gateway01",
    auth: { kind: "key", deviceSecret: secret, hmac: "sha256" },
  });
  const { hub: hubDefaults, serial, rrpc, events, ...defaults } = declaredDefaults(options) as unknown as Settings;
  assert.deepEqual(
    session,
    Object.fromEntries(Object.keys(session).map((key) => [key, hubDefaults[key as keyof typeof hubDefaults]])),
  );
  const device = { kind: "gateway" };
  const board = { name: "board", device, serial: { ...serial, path: "/dev/ttyUSB0" }, rrpc, events };
  assert.deepEqual(rest, { ...defaults, boards: [board] });
});

test("an option that is nobody's credential reaches the program", () => {
  const { hub } = load(good);
  const credentials = options.options.hub.oneOf.flat();
  const inIdentity = ["productId", "deviceName", "hmac", "caFile", ...credentials];
  assert.deepEqual(
    Object.keys(options.options.hub.options).filter((key) => !(key in hub) && !inIdentity.includes(key)),
    [],
  );
});

test("what a file says", () => {
  const config = load(
    `${good.replace("  caFile: hub-ca.pem", "  host: ::1\n  port: 1884\n  transport: tcp\n  qos: 1\n  topics: {request: $iotrrpc/down, response: $iotrrpc/up}")}` +
      "  dtr: off\n  rtscts: true\nlog:\n  level: debug\n",
  );
  const { host, port, transport, qos, topics } = config.hub;
  assert.deepEqual([host, port, transport, qos], ["::1", 1884, "tcp", 1]);
  assert.deepEqual(topics, { request: "$iotrrpc/down", response: "$iotrrpc/up" });
  assert.deepEqual(
    [firstBoard(config).serial.dtr, firstBoard(config).serial.rtscts, config.log.level],
    ["off", true, "debug"],
  );
});

test("relative paths start at the file's folder, wherever the process runs", () => {
  assert.equal(firstBoard(load(good.replace("/dev/ttyUSB0", "tty"))).serial.path, join(folder.path, "tty"));
});

test("CRLF, a byte order mark and groups of comments alone are fine", () => {
  assert.deepEqual(load(`\uFEFF${good.replaceAll("\n", "\r\n")}rrpc:\r\n# cutoffMs: 4000\r\nlog: ~\r\n`), load(good));
});
