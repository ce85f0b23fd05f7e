import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Config, loadConfig } from "../../src/config/load.ts";
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
  assert.deepEqual(session, {
    sdkAppId: "12010126",
    region: "china",
    transport: "tls",
    host: undefined,
    port: undefined,
    keepaliveS: 120,
    pingIntervalS: 25,
    connectTimeoutMs: 10_000,
    qos: 0,
    topics: { request: "$rrpc/rxd", response: "$rrpc/txd" },
  });
  assert.deepEqual(rest, {
    serial: {
      path: "/dev/ttyUSB0",
      baudRate: 115_200,
      dataBits: 8,
      parity: "none",
      stopBits: 1,
      rtscts: false,
      xonxoff: false,
      dtr: "leave",
      rts: "leave",
      hupcl: "leave",
      commandBytesMax: 256,
      replyBytesMax: 2048,
      windowMax: 16,
      helloWaitMs: 2000,
      writeTimeoutMs: 1000,
      stalledAfter: 2,
      probeIntervalMs: 1000,
      idleProbeMs: 30_000,
      recovery: {
        reopen: "idle",
        pulse: "none",
        pulseMs: 100,
        gpio: { chip: "gpiochip0", line: undefined, activeLow: true, drive: "open-drain", pulseMs: 100 },
        usbPower: undefined,
        usbPowerOffMs: 2000,
        command: undefined,
      },
      lateReplyMs: 60_000,
      dialect: "rrpc",
      echo: "maybe",
      lineEnd: "lf",
      prompt: undefined,
      template: {
        command: undefined,
        lineEnd: "lf",
        payloadEscape: "none",
        payloadForbidden: undefined,
        reply: undefined,
        data: undefined,
        refusal: undefined,
        hello: undefined,
        log: undefined,
        probe: undefined,
        cancel: undefined,
        clearLine: undefined,
        quietMs: 10_000,
      },
    },
    rrpc: { cutoffMs: 4000, marginMs: 500, queueMax: 512 },
    events: { topic: undefined, perSecondMax: 5 },
    log: { level: "info" },
    monitor: { socket: undefined, access: "owner" },
    metrics: { port: undefined, host: "127.0.0.1", file: undefined, fileIntervalS: 15 },
  });
});

test("what a file says", () => {
  const config = load(
    `${good.replace("  caFile: hub-ca.pem", "  host: ::1\n  port: 1884\n  transport: tcp\n  qos: 1\n  topics: {request: $iotrrpc/down, response: $iotrrpc/up}")}` +
      "  dtr: off\n  rtscts: true\nlog:\n  level: debug\n",
  );
  const { host, port, transport, qos, topics } = config.hub;
  assert.deepEqual([host, port, transport, qos], ["::1", 1884, "tcp", 1]);
  assert.deepEqual(topics, { request: "$iotrrpc/down", response: "$iotrrpc/up" });
  assert.deepEqual([config.serial.dtr, config.serial.rtscts, config.log.level], ["off", true, "debug"]);
});

test("relative paths start at the file's folder, wherever the process runs", () => {
  assert.equal(load(good.replace("/dev/ttyUSB0", "tty")).serial.path, join(folder.path, "tty"));
});

test("CRLF, a byte order mark and groups of comments alone are fine", () => {
  assert.deepEqual(load(`\uFEFF${good.replaceAll("\n", "\r\n")}rrpc:\r\n# cutoffMs: 4000\r\nlog: ~\r\n`), load(good));
});
