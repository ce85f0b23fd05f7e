import assert from "node:assert/strict";
import { test } from "node:test";
import type { Config } from "../../src/config/load.ts";
import { everyOption } from "../../src/config/option.ts";
import { options } from "../../src/config/options.ts";
import { describeReload } from "../../src/daemon/describe-reload.ts";
import { type Action, reloadActions, waitsFor } from "../../src/daemon/reload.ts";
import { responseBytesMax } from "../../src/iot-hub/limits.ts";
import { encodeAnswer } from "../../src/remote/encode-answer.ts";
import { configOfBoards, subDevice } from "../support/config-of-boards.ts";

/** What the change of each option does, and what the log says of it, of every option that there is. */
const expected: Readonly<Record<string, readonly string[]>> = {
  "hub.productId": ["replace_session", "a new session with the hub, for hub.productId"],
  "hub.deviceName": ["replace_session", "a new session with the hub, for hub.deviceName"],
  // A file or a credential stands for its content: another file with the same content changes nothing.
  "hub.deviceSecretFile": ["replace_session", "a new session with the hub, for the device secret"],
  "hub.deviceSecretCredential": ["replace_session", "a new session with the hub, for the device secret"],
  "hub.deviceSecret": ["replace_session", "a new session with the hub, for the device secret"],
  "hub.certFile": ["replace_session", "a new session with the hub, for the device certificate"],
  "hub.keyFile": ["replace_session", "a new session with the hub, for the device certificate"],
  "hub.deviceInfoFile": ["replace_session", "a new session with the hub, for the device secret"],
  "hub.hmac": ["replace_session", "a new session with the hub, for hub.hmac"],
  "hub.sdkAppId": ["replace_session", "a new session with the hub, for hub.sdkAppId"],
  "hub.region": ["replace_session", "a new session with the hub, for hub.region"],
  "hub.transport": ["replace_session", "a new session with the hub, for hub.transport"],
  "hub.host": ["replace_session", "a new session with the hub, for hub.host"],
  "hub.port": ["replace_session", "a new session with the hub, for hub.port"],
  "hub.caFile": ["replace_session", "a new session with the hub, for hub.caFile"],
  "hub.keepaliveS": ["replace_session", "a new session with the hub, for hub.keepaliveS"],
  "hub.pingIntervalS": ["adjust_session", "hub.pingIntervalS taken while running"],
  "hub.connectTimeoutMs": ["adjust_session", "hub.connectTimeoutMs taken while running"],
  "hub.qos": ["replace_session", "a new session with the hub, for hub.qos"],
  "hub.topics.request": ["replace_session", "a new session with the hub, for hub.topics"],
  "hub.topics.response": ["replace_session", "a new session with the hub, for hub.topics"],
  "serial.path": ["close_port", "open_port", "the port is opened anew, for serial.path"],
  "serial.baudRate": ["close_port", "open_port", "the port is opened anew, for serial.baudRate"],
  "serial.dataBits": ["close_port", "open_port", "the port is opened anew, for serial.dataBits"],
  "serial.parity": ["close_port", "open_port", "the port is opened anew, for serial.parity"],
  "serial.stopBits": ["close_port", "open_port", "the port is opened anew, for serial.stopBits"],
  "serial.rtscts": ["close_port", "open_port", "the port is opened anew, for serial.rtscts"],
  "serial.xonxoff": ["close_port", "open_port", "the port is opened anew, for serial.xonxoff"],
  "serial.dtr": ["configure_board", "serial.dtr taken while running"],
  "serial.rts": ["configure_board", "serial.rts taken while running"],
  "serial.hupcl": ["configure_board", "serial.hupcl taken while running"],
  "serial.commandBytesMax": ["configure_board", "serial.commandBytesMax taken while running"],
  "serial.replyBytesMax": ["configure_board", "serial.replyBytesMax taken while running"],
  "serial.dialect": ["close_port", "open_port", "the port is opened anew, for serial.dialect"],
  "serial.echo": ["configure_board", "serial.echo taken while running"],
  "serial.lineEnd": ["configure_board", "serial.lineEnd taken while running"],
  "serial.prompt": ["configure_board", "serial.prompt taken while running"],
  "serial.windowMax": ["configure_board", "serial.windowMax taken while running"],
  "serial.helloWaitMs": ["configure_board", "serial.helloWaitMs taken while running"],
  "serial.writeTimeoutMs": ["configure_board", "serial.writeTimeoutMs taken while running"],
  "serial.stalledAfter": ["configure_board", "serial.stalledAfter taken while running"],
  "serial.probeIntervalMs": ["configure_board", "serial.probeIntervalMs taken while running"],
  "serial.idleProbeMs": ["configure_board", "serial.idleProbeMs taken while running"],
  "serial.recovery.reopen": ["configure_board", "serial.recovery taken while running"],
  "serial.recovery.pulse": ["configure_board", "serial.recovery taken while running"],
  "serial.recovery.pulseMs": ["configure_board", "serial.recovery taken while running"],
  "serial.recovery.gpio.chip": ["configure_board", "serial.recovery taken while running"],
  "serial.recovery.gpio.line": ["configure_board", "serial.recovery taken while running"],
  "serial.recovery.gpio.activeLow": ["configure_board", "serial.recovery taken while running"],
  "serial.recovery.gpio.drive": ["configure_board", "serial.recovery taken while running"],
  "serial.recovery.gpio.pulseMs": ["configure_board", "serial.recovery taken while running"],
  "serial.recovery.usbPower": ["configure_board", "serial.recovery taken while running"],
  "serial.recovery.usbPowerOffMs": ["configure_board", "serial.recovery taken while running"],
  "serial.recovery.command": ["configure_board", "serial.recovery taken while running"],
  "serial.lateReplyMs": ["configure_board", "serial.lateReplyMs taken while running"],
  "serial.template.command": ["close_port", "open_port", "the port is opened anew, for serial.template"],
  "serial.template.lineEnd": ["close_port", "open_port", "the port is opened anew, for serial.template"],
  "serial.template.payloadEscape": ["close_port", "open_port", "the port is opened anew, for serial.template"],
  "serial.template.payloadForbidden": ["close_port", "open_port", "the port is opened anew, for serial.template"],
  "serial.template.reply": ["close_port", "open_port", "the port is opened anew, for serial.template"],
  "serial.template.data": ["close_port", "open_port", "the port is opened anew, for serial.template"],
  "serial.template.refusal": ["close_port", "open_port", "the port is opened anew, for serial.template"],
  "serial.template.hello": ["close_port", "open_port", "the port is opened anew, for serial.template"],
  "serial.template.log": ["close_port", "open_port", "the port is opened anew, for serial.template"],
  "serial.template.probe": ["close_port", "open_port", "the port is opened anew, for serial.template"],
  "serial.template.cancel": ["close_port", "open_port", "the port is opened anew, for serial.template"],
  "serial.template.clearLine": ["close_port", "open_port", "the port is opened anew, for serial.template"],
  "serial.template.quietMs": ["close_port", "open_port", "the port is opened anew, for serial.template"],
  "rrpc.cutoffMs": ["configure_board", "rrpc.cutoffMs taken while running"],
  "rrpc.marginMs": ["configure_board", "rrpc.marginMs taken while running"],
  "rrpc.queueMax": ["configure_board", "rrpc.queueMax taken while running"],
  "rrpc.allow": ["configure_board", "rrpc.allow taken while running"],
  "rrpc.deny": ["configure_board", "rrpc.deny taken while running"],
  "events.topic": ["configure_board", "events.topic taken while running"],
  "events.lateReplies": ["configure_board", "events.lateReplies taken while running"],
  "events.perSecondMax": ["configure_board", "events.perSecondMax taken while running"],
  "log.level": ["set_log_level", "log.level taken while running"],
  "monitor.socket": ["replace_observer", "the monitor's socket is opened anew, for monitor.socket"],
  "monitor.access": ["replace_observer", "the monitor's socket is opened anew, for monitor.access"],
  "control.socket": ["replace_observer", "the control socket is opened anew, for control.socket"],
  "control.access": ["replace_observer", "the control socket is opened anew, for control.access"],
  "remote.allow": ["remote.allow taken while running"],
  "remote.prefix": ["remote.prefix taken while running"],
  "remote.perMinuteMax": ["remote.perMinuteMax taken while running"],
  "metrics.port": ["replace_observer", "the metrics begin again, for metrics.port"],
  "metrics.host": ["replace_observer", "the metrics begin again, for metrics.host"],
  "metrics.file": ["replace_observer", "the metrics begin again, for metrics.file"],
  "metrics.fileIntervalS": ["replace_observer", "the metrics begin again, for metrics.fileIntervalS"],
};

/** Where the configuration that is read has what the option names. */
const places: Readonly<Record<string, string>> = {
  "hub.productId": "hub.identity.productId",
  "hub.deviceName": "hub.identity.deviceName",
  "hub.deviceSecretFile": "hub.identity.auth.deviceSecret",
  "hub.deviceSecretCredential": "hub.identity.auth.deviceSecret",
  "hub.deviceSecret": "hub.identity.auth.deviceSecret",
  "hub.deviceInfoFile": "hub.identity.auth.deviceSecret",
  "hub.hmac": "hub.identity.auth.hmac",
  "hub.certFile": "hub.identity.auth.cert",
  "hub.keyFile": "hub.identity.auth.key",
  "hub.caFile": "hub.ca",
};

/** A configuration in which each option has its place for its value, or what `changed` has for it; files are their contents. */
function configWith(changed: Readonly<Record<string, unknown>> = {}): Config {
  const config: Record<string, unknown> = {};
  for (const { path } of everyOption(options)) {
    const place = places[path] ?? path;
    const keys = place.split(".");
    const last = keys.pop() ?? "";
    let group = config;
    for (const key of keys) {
      group[key] ??= {};
      group = group[key] as Record<string, unknown>;
    }
    if (path in changed || !(last in group))
      group[last] = changed[path] ?? (path === "serial.dialect" ? "template" : place);
  }
  const { serial, rrpc, events, ...others } = config;
  const boards = [{ name: "board", device: { kind: "gateway" }, serial, rrpc, events }];
  return { ...others, boards } as unknown as Config;
}

function changes(changed: Readonly<Record<string, unknown>>, before = configWith()): readonly string[] {
  const after = configWith(changed);
  return [
    ...reloadActions(before, after).map(({ kind }) => kind),
    describeReload(before, after).replace("reload: ", ""),
  ];
}

test("every option there is: what its change alone does, and no more", () => {
  const paths = [...everyOption(options)].map(({ path }) => path);
  assert.deepEqual(Object.keys(expected).sort(), paths.sort());
  for (const [path, actions] of Object.entries(expected)) {
    assert.deepEqual(changes({ [path]: path === "serial.dialect" ? "rrpc" : "changed" }), actions, path);
  }
});

test("what has not changed does nothing, and the log says so", () => {
  assert.deepEqual(reloadActions(configWith(), structuredClone(configWith())), []);
  assert.equal(describeReload(configWith(), structuredClone(configWith())), "reload: nothing has changed");
});

test("all at once: those who watch first, then the board, then the session; the rougher action alone", () => {
  const all = Object.fromEntries(Object.keys(expected).map((path) => [path, "changed"]));
  const actions = reloadActions(configWith(), configWith(all));
  assert.deepEqual(
    actions.map((action) => (action.kind === "replace_observer" ? action.name : action.kind)),
    ["set_log_level", "monitor", "control", "metrics", "close_port", "open_port", "replace_session"],
  );
  const text = describeReload(configWith(), configWith(all));
  const named = Object.values(expected).map((texts) =>
    (texts.at(-1) ?? "").replace(/^.*, for | taken while running$/g, ""),
  );
  for (const name of new Set(named)) assert.ok(text.includes(name), name);
});

test("the line has the gentle first: what is taken, and then what costs a connection, each with its options", () => {
  const changed = { "serial.baudRate": 1, "serial.windowMax": 2, "hub.keepaliveS": 3, "hub.qos": 4, "log.level": 5 };
  assert.equal(
    describeReload(configWith(), configWith(changed)),
    "reload: serial.windowMax, log.level taken while running; the port is opened anew, for serial.baudRate; " +
      "a new session with the hub, for hub.keepaliveS, hub.qos",
  );
});

test("templates that no line is read by close no port", () => {
  const rrpc = { "serial.dialect": "rrpc" };
  assert.deepEqual(changes({ ...rrpc, "serial.template.reply": "changed" }, configWith(rrpc)), ["nothing has changed"]);
});

test("of several boards one comes, one goes, one changes its device and one how long it may be away: each by itself", () => {
  const device = (name: string, afterMs = 1000) =>
    ({ ...subDevice(name), presence: { kind: "board", afterMs } }) as const;
  const before = configOfBoards({ a: { device: device("a") }, b: { device: device("b") }, c: { device: device("c") } });
  const after = configOfBoards({
    d: { device: device("d") },
    b: { device: device("e") },
    c: { device: device("c", 2000) },
  });
  assert.deepEqual(reloadActions(before, after), [
    { kind: "remove_board", board: "a" },
    { kind: "release_device", board: "b" },
    { kind: "configure_board", board: "c" },
    { kind: "take_device", board: "b" },
    { kind: "add_board", board: "d" },
  ]);
  assert.equal(
    describeReload(before, after),
    "reload: without a; with d; c: device.presence taken while running; other requests are subscribed, for b: device.deviceName",
  );
});

test("of many boards the line has how many, and it always fits into a response", () => {
  const names = (first: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${first}${"-".repeat(29)}${String(index).padStart(2, "0")}`);
  const named = (all: readonly string[], suffix = "") =>
    Object.fromEntries(all.map((name) => [name, { device: subDevice(`${name}${suffix}`) }]));
  const stay = names("s", 98);
  const pulse = (serial: object) =>
    configOfBoards(Object.fromEntries(stay.map((name) => [name, { device: subDevice(name), serial }])));
  assert.equal(
    describeReload(pulse({ windowMax: 1 }), pulse({ windowMax: 2 })),
    "reload: serial.windowMax of 98 boards taken while running",
  );
  const changedIn = (settings: object): object =>
    Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [
        name,
        typeof value === "object" && value !== null ? changedIn(value) : "changed",
      ]),
    );
  const half = (count: number) => {
    const before = configOfBoards({ ...named(names("r", 98 - count)), ...named(stay.slice(0, count)) });
    const after = configOfBoards({ ...named(names("a", 98 - count)), ...named(stay.slice(0, count), "x") });
    const boards = after.boards.map((board) => ({
      ...board,
      ...(changedIn({ serial: board.serial, rrpc: board.rrpc, events: board.events }) as typeof board),
    }));
    return describeReload(before, { ...after, boards });
  };
  for (const count of [3, 4, 98]) {
    const text = half(count);
    const done = { state: "done", tookMs: 1e6, agoMs: 1e6 } as const;
    const answer = encodeAnswer({ operation: "reload", ...done, result: "taken", text }, responseBytesMax);
    assert.ok(text.length > 1000 && answer.length <= responseBytesMax, `${count}: ${answer.length} bytes`);
  }
  assert.match(half(3), /^reload: without r-+00, .*r-+09 and 85 more; with a-+00, /);
});

/** Each action of a reload, with those that it waits for: as they are done where each takes as long as it wants. */
function plan(before: Config, after: Config): readonly string[] {
  const nameOf = (action: Action) => ("board" in action ? `${action.kind} ${action.board}` : action.kind);
  const actions = reloadActions(before, after);
  return actions.map((action, index) => {
    const first = actions.slice(0, index).filter((earlier) => waitsFor(action, earlier, before, after));
    return first.length === 0 ? nameOf(action) : `${nameOf(action)} after ${first.map(nameOf).join(", ")}`;
  });
}

const of = (device: string, path: string) => ({ device: subDevice(device), serial: { path } });

test("boards that exchange their devices both let go of theirs first", () => {
  const before = configOfBoards({ a: { device: subDevice("a") }, b: { device: subDevice("b") } });
  const after = configOfBoards({ a: { device: subDevice("b") }, b: { device: subDevice("a") } });
  assert.deepEqual(plan(before, after), [
    "release_device a",
    "release_device b",
    "take_device a after release_device a, release_device b",
    "take_device b after release_device a, release_device b",
  ]);
});

test("boards that exchange their ports both close theirs first", () => {
  const before = configOfBoards({ a: of("a", "/dev/x"), b: of("b", "/dev/y") });
  const after = configOfBoards({ a: of("a", "/dev/y"), b: of("b", "/dev/x") });
  assert.deepEqual(plan(before, after), [
    "close_port a",
    "close_port b",
    "open_port a after close_port a, close_port b",
    "open_port b after close_port a, close_port b",
  ]);
});

test("a board waits for nobody but whoever had its port or its device", () => {
  const before = configOfBoards({ a: of("a", "/dev/a"), b: of("b", "/dev/b"), c: of("c", "/dev/c") });
  const after = configOfBoards({
    b: of("b", "/dev/other"),
    c: of("a", "/dev/c"),
    d: of("d", "/dev/a"),
    e: of("e", "/dev/e"),
  });
  assert.deepEqual(plan(before, after), [
    "remove_board a",
    "release_device c",
    "close_port b",
    "open_port b after close_port b",
    "take_device c after remove_board a, release_device c",
    "add_board d after remove_board a",
    "add_board e",
  ]);
});

test("port and device of one board change one after the other: what is in flight is answered before its port is closed", () => {
  const before = configOfBoards({ a: of("a", "/dev/a"), b: of("b", "/dev/b") });
  const after = configOfBoards({ a: of("other", "/dev/other"), b: of("b", "/dev/b") });
  assert.deepEqual(plan(before, after), [
    "release_device a",
    "close_port a after release_device a",
    "open_port a after release_device a, close_port a",
    "take_device a after release_device a, close_port a, open_port a",
  ]);
});

test("a new session comes after what goes is answered, and before what comes is asked for", () => {
  const before = configOfBoards({ a: of("a", "/dev/a"), b: of("b", "/dev/b") });
  const after = configOfBoards({ a: of("c", "/dev/a"), d: of("d", "/dev/d") }, { qos: 1 });
  assert.deepEqual(plan(before, after), [
    "remove_board b",
    "release_device a",
    "replace_session after remove_board b, release_device a",
    "take_device a after release_device a, replace_session",
    "add_board d after replace_session",
  ]);
});

test("the line names each option of a board's device", () => {
  const secret = { ...subDevice("a"), secret: "other" };
  const before = configOfBoards({ a: { device: subDevice("a") }, b: { device: subDevice("b") } });
  assert.equal(
    describeReload(before, configOfBoards({ a: { device: secret }, b: {} })),
    "reload: other requests are subscribed, for a: device.secretFile, b: device",
  );
});

test("what the gateway itself is asked for is let go of before another session, and taken after what was in its way", () => {
  const remote = { allow: ["status"], prefix: undefined, perMinuteMax: 30 } as const;
  const listening = (boards: Parameters<typeof configOfBoards>[0], hub = {}): Config => ({
    ...configOfBoards(boards, hub),
    remote,
  });
  const sub = { pump: { device: subDevice("pump") } };
  const kindsOf = (before: Config, after: Config) => reloadActions(before, after).map(({ kind }) => kind);
  assert.deepEqual(kindsOf(configOfBoards(sub), listening(sub)), ["take_gateway"]);
  assert.deepEqual(kindsOf(listening(sub), configOfBoards(sub)), ["release_gateway"]);
  assert.deepEqual(kindsOf(listening(sub), listening(sub)), []);
  const own = { ...sub, valve: {} };
  const withPrefix = { ...listening(own), remote: { ...remote, prefix: "gateway:" } };
  assert.deepEqual(kindsOf(listening(sub), withPrefix), ["release_gateway", "add_board"]);
  assert.deepEqual(kindsOf(withPrefix, listening(sub)), ["remove_board", "take_gateway"]);
  const [release, add] = reloadActions(listening(sub), withPrefix);
  const [remove, take] = reloadActions(withPrefix, listening(sub));
  const replace = { kind: "replace_session" } as const;
  assert.ok(release && add && remove && take);
  assert.ok(waitsFor(add, release, listening(sub), withPrefix));
  assert.ok(waitsFor(take, remove, withPrefix, listening(sub)));
  assert.ok(waitsFor(replace, release, listening(sub), withPrefix));
  assert.ok(waitsFor(take, replace, withPrefix, listening(sub)));
});
