import assert from "node:assert/strict";
import { test } from "node:test";
import type { Config } from "../../src/config/load.ts";
import { everyOption } from "../../src/config/option.ts";
import { options } from "../../src/config/options.ts";
import { type Action, reloadActions } from "../../src/daemon/reload.ts";

/** What the change of each option does, of every option that there is. */
const expected: Readonly<Record<string, readonly string[]>> = {
  "hub.productId": ["replace session for hub.identity"],
  "hub.deviceName": ["replace session for hub.identity"],
  // A file or a credential stands for its content: another file with the same content changes nothing.
  "hub.deviceSecretFile": ["replace session for hub.identity"],
  "hub.deviceSecretCredential": ["replace session for hub.identity"],
  "hub.deviceSecret": ["replace session for hub.identity"],
  "hub.certFile": ["replace session for hub.identity"],
  "hub.keyFile": ["replace session for hub.identity"],
  "hub.deviceInfoFile": ["replace session for hub.identity"],
  "hub.hmac": ["replace session for hub.identity"],
  "hub.sdkAppId": ["replace session for hub.sdkAppId"],
  "hub.region": ["replace session for hub.region"],
  "hub.transport": ["replace session for hub.transport"],
  "hub.host": ["replace session for hub.host"],
  "hub.port": ["replace session for hub.port"],
  "hub.caFile": ["replace session for hub.ca"],
  "hub.keepaliveS": ["replace session for hub.keepaliveS"],
  "hub.pingIntervalS": ["adjust session"],
  "hub.connectTimeoutMs": ["adjust session"],
  "hub.qos": ["replace session for hub.qos"],
  "hub.topics.request": ["replace session for hub.topics"],
  "hub.topics.response": ["replace session for hub.topics"],
  "serial.path": ["reopen port for serial.path"],
  "serial.baudRate": ["reopen port for serial.baudRate"],
  "serial.dataBits": ["reopen port for serial.dataBits"],
  "serial.parity": ["reopen port for serial.parity"],
  "serial.stopBits": ["reopen port for serial.stopBits"],
  "serial.rtscts": ["reopen port for serial.rtscts"],
  "serial.xonxoff": ["reopen port for serial.xonxoff"],
  "serial.dtr": ["configure board"],
  "serial.rts": ["configure board"],
  "serial.hupcl": ["configure board"],
  "serial.commandBytesMax": ["configure board"],
  "serial.replyBytesMax": ["configure board"],
  "serial.dialect": ["reopen port for serial.dialect"],
  "serial.echo": ["configure board"],
  "serial.lineEnd": ["configure board"],
  "serial.prompt": ["configure board"],
  "serial.windowMax": ["configure board"],
  "serial.helloWaitMs": ["configure board"],
  "serial.writeTimeoutMs": ["configure board"],
  "serial.stalledAfter": ["configure board"],
  "serial.probeIntervalMs": ["configure board"],
  "serial.idleProbeMs": ["configure board"],
  "serial.recovery.reopen": ["configure board"],
  "serial.recovery.pulse": ["configure board"],
  "serial.recovery.pulseMs": ["configure board"],
  "serial.recovery.gpio.chip": ["configure board"],
  "serial.recovery.gpio.line": ["configure board"],
  "serial.recovery.gpio.activeLow": ["configure board"],
  "serial.recovery.gpio.drive": ["configure board"],
  "serial.recovery.gpio.pulseMs": ["configure board"],
  "serial.recovery.usbPower": ["configure board"],
  "serial.recovery.usbPowerOffMs": ["configure board"],
  "serial.recovery.command": ["configure board"],
  "serial.lateReplyMs": ["configure board"],
  "serial.template.command": ["reopen port for serial.template"],
  "serial.template.lineEnd": ["reopen port for serial.template"],
  "serial.template.payloadEscape": ["reopen port for serial.template"],
  "serial.template.payloadForbidden": ["reopen port for serial.template"],
  "serial.template.reply": ["reopen port for serial.template"],
  "serial.template.data": ["reopen port for serial.template"],
  "serial.template.refusal": ["reopen port for serial.template"],
  "serial.template.hello": ["reopen port for serial.template"],
  "serial.template.log": ["reopen port for serial.template"],
  "serial.template.probe": ["reopen port for serial.template"],
  "serial.template.cancel": ["reopen port for serial.template"],
  "serial.template.clearLine": ["reopen port for serial.template"],
  "serial.template.quietMs": ["reopen port for serial.template"],
  "rrpc.cutoffMs": ["configure board"],
  "rrpc.marginMs": ["configure board"],
  "rrpc.queueMax": ["configure board"],
  "events.topic": ["configure board"],
  "events.perSecondMax": ["configure board"],
  "log.level": ["set log level"],
  "monitor.socket": ["replace monitor"],
  "monitor.access": ["replace monitor"],
  "metrics.port": ["replace metrics"],
  "metrics.host": ["replace metrics"],
  "metrics.file": ["replace metrics"],
  "metrics.fileIntervalS": ["replace metrics"],
};

/** What names the device, and what the identity is made of: see `Config`. */
const ofIdentity =
  /^hub\.(productId|deviceName|deviceSecretFile|deviceSecretCredential|deviceSecret|certFile|keyFile|deviceInfoFile|hmac)$/;

/** A configuration in which each option has its name for its value, or what `changed` has for it; files are their contents. */
function configWith(changed: Readonly<Record<string, unknown>> = {}): Config {
  const config: Record<string, unknown> = {};
  for (const { path } of everyOption(options)) {
    const place = ofIdentity.test(path) ? path.replace("hub.", "hub.identity.") : path.replace("hub.caFile", "hub.ca");
    const keys = place.split(".");
    let group = config;
    for (const key of keys.slice(0, -1)) {
      group[key] ??= {};
      group = group[key] as Record<string, unknown>;
    }
    group[keys.at(-1) ?? ""] = changed[path] ?? (path === "serial.dialect" ? "template" : path);
  }
  return config as unknown as Config;
}

function told(action: Action): string {
  switch (action.kind) {
    case "set_log_level":
      return "set log level";
    case "replace_observer":
      return `replace ${action.name}`;
    case "configure_board":
      return `configure ${action.board}`;
    case "reopen_port":
      assert.equal(action.board, "board");
      return `reopen port for ${action.options.join(", ")}`;
    case "adjust_session":
      return "adjust session";
    case "replace_session":
      return `replace session for ${action.options.join(", ")}`;
    default:
      return action satisfies never;
  }
}

const actionsFor = (changed: Readonly<Record<string, unknown>>, before = configWith()) =>
  reloadActions(before, configWith(changed)).map(told);

test("every option there is: what its change alone does, and no more", () => {
  const paths = [...everyOption(options)].map(({ path }) => path);
  assert.deepEqual(Object.keys(expected).sort(), paths.sort());
  for (const [path, actions] of Object.entries(expected)) {
    assert.deepEqual(actionsFor({ [path]: path === "serial.dialect" ? "rrpc" : "changed" }), actions, path);
  }
});

test("what has not changed does nothing", () => {
  assert.deepEqual(reloadActions(configWith(), structuredClone(configWith())), []);
});

test("all at once: those who watch first, then the board, then the session; the rougher action alone", () => {
  const all = Object.fromEntries(Object.keys(expected).map((path) => [path, "changed"]));
  const actions = reloadActions(configWith(), configWith(all));
  assert.deepEqual(
    actions.map((action) => (action.kind === "replace_observer" ? action.name : action.kind)),
    ["set_log_level", "monitor", "metrics", "reopen_port", "replace_session"],
  );
  const causes = actions.flatMap((action) => ("options" in action ? action.options : []));
  const named = Object.values(expected).flatMap((one) => one.flatMap((text) => text.match(/(?<= for ).*/)?.[0] ?? []));
  assert.deepEqual(
    causes,
    [...new Set(named)].sort((a, b) => causes.indexOf(a) - causes.indexOf(b)),
  );
});

test("templates that no line is read by close no port", () => {
  const rrpc = { "serial.dialect": "rrpc" };
  assert.deepEqual(actionsFor({ ...rrpc, "serial.template.reply": "changed" }, configWith(rrpc)), []);
});
