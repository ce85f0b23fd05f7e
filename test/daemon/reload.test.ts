import assert from "node:assert/strict";
import { test } from "node:test";
import type { Config } from "../../src/config/load.ts";
import { everyOption } from "../../src/config/option.ts";
import { options } from "../../src/config/options.ts";
import { optionsThatClosePort } from "../../src/daemon/reload.ts";

/** The options whose change closes the port; a change of any other one leaves it open. Each new option belongs in one. */
const closing = new Set([
  "serial.path",
  "serial.baudRate",
  "serial.dataBits",
  "serial.parity",
  "serial.stopBits",
  "serial.rtscts",
  "serial.xonxoff",
  "serial.dialect",
  ...[...everyOption(options.options.serial.options.template, "serial.template.")].map(({ path }) => path),
]);

const leaving = new Set([
  "serial.dtr",
  "serial.rts",
  "serial.hupcl",
  "serial.commandBytesMax",
  "serial.replyBytesMax",
  "serial.echo",
  "serial.lineEnd",
  "serial.prompt",
  "serial.windowMax",
  "serial.helloWaitMs",
  "serial.writeTimeoutMs",
  "serial.stalledAfter",
  "serial.probeIntervalMs",
  "serial.idleProbeMs",
  "serial.recovery.reopen",
  "serial.recovery.pulse",
  "serial.recovery.pulseMs",
  "serial.recovery.gpio.chip",
  "serial.recovery.gpio.line",
  "serial.recovery.gpio.activeLow",
  "serial.recovery.gpio.drive",
  "serial.recovery.gpio.pulseMs",
  "serial.recovery.usbPower",
  "serial.recovery.usbPowerOffMs",
  "serial.recovery.command",
  "serial.lateReplyMs",
  "rrpc.cutoffMs",
  "rrpc.marginMs",
  "rrpc.queueMax",
  "events.topic",
  "events.perSecondMax",
]);

const ofLine = [...everyOption(options)].filter(({ path }) => /^(serial|rrpc|events)\./.test(path));

/** A configuration in which each option has its name and the number for its value. */
function configWith(value: (path: string) => unknown): Config {
  const config: Record<string, unknown> = {};
  for (const { path } of everyOption(options)) {
    const keys = path.split(".");
    let group = config;
    for (const key of keys.slice(0, -1)) {
      group[key] ??= {};
      group = group[key] as Record<string, unknown>;
    }
    group[keys.at(-1) ?? ""] = value(path);
  }
  return config as unknown as Config;
}

test("every option of serial, rrpc and events is known to close the port or to leave it open", () => {
  const known = [...closing, ...leaving];
  assert.deepEqual(ofLine.map(({ path }) => path).sort(), known.sort());
});

test("a change of one option closes the port only if the port or the dialect is another one then", () => {
  for (const { path } of ofLine) {
    const changed = optionsThatClosePort(
      configWith((each) => each),
      configWith((each) => (each === path ? "changed" : each)),
    );
    const [, group = ""] = /^(serial\.[^.]+)/.exec(path) ?? [];
    assert.deepEqual(changed, closing.has(path) ? [group] : [], path);
  }
});

test("no change at all, and a change of all", () => {
  const before = configWith((each) => each);
  assert.deepEqual(optionsThatClosePort(before, structuredClone(before)), []);
  const groups = new Set([...closing].map((path) => path.split(".").slice(0, 2).join(".")));
  assert.deepEqual(
    new Set(
      optionsThatClosePort(
        before,
        configWith(() => "changed"),
      ),
    ),
    groups,
  );
});
