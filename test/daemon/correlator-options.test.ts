/** Every declared option of the board's side reaches the core under its own field, or is said to go elsewhere. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BoardConfig } from "../../src/config/board-config.ts";
import { accepts, everyOption, type Option } from "../../src/config/option.ts";
import { options } from "../../src/config/options.ts";
import { correlatorOptions } from "../../src/daemon/correlator-options.ts";
import type { Dialect } from "../../src/protocol/dialect.ts";
import { declaredDefaults } from "../support/declared-defaults.ts";

type Tree = Record<string, unknown>;

const { serial, rrpc, events } = options.options;
const declared = [...everyOption({ ...options, options: { serial, rrpc, events } })];

/** Who else takes an option that the core is not told of. */
const elsewhere: Readonly<Record<string, string>> = {
  "serial.path": "serial/, which opens it",
  "serial.dtr": "serial/, after each opening",
  "serial.rts": "serial/, after each opening",
  "serial.hupcl": "serial/, after each opening",
  "serial.recovery.pulseMs": "serial/, which pulses the line",
  "serial.recovery.usbPowerOffMs": "recovery/",
  "serial.recovery.gpio.chip": "recovery/",
  "serial.recovery.gpio.activeLow": "recovery/",
  "serial.recovery.gpio.drive": "recovery/",
  "serial.recovery.gpio.pulseMs": "recovery/",
};

/** The fields of the core's options that an option changes, where they are not the one that has its name. */
const fields: Readonly<Record<string, readonly string[]>> = {
  "serial.baudRate": ["wireFormat.baudRate"],
  "serial.dataBits": ["dialect", "wireFormat.dataBits"],
  "serial.parity": ["dialect", "wireFormat.parity"],
  "serial.stopBits": ["wireFormat.stopBits"],
  "serial.rtscts": ["hasFlowControl"],
  "serial.xonxoff": ["hasFlowControl"],
  "serial.echo": ["echoMode"],
  "serial.lineEnd": ["dialect"],
  "serial.prompt": ["dialect"],
  "serial.stalledAfter": ["awayAfterCount"],
  "serial.recovery.reopen": ["recovery.reopen"],
  "serial.recovery.pulse": ["recovery.canPulse"],
  "serial.recovery.gpio.line": ["recovery.hasCommand"],
  "serial.recovery.usbPower": ["recovery.hasCommand"],
  "serial.recovery.command": ["recovery.hasCommand"],
  "serial.template.quietMs": ["dialect.lateReplyWindowMs"],
  "rrpc.cutoffMs": ["cutoffMs", "deadlineMs"],
  "rrpc.marginMs": ["deadlineMs"],
  "rrpc.allow": ["payloadRules"],
  "rrpc.deny": ["payloadRules"],
  "events.topic": ["events.isPublished"],
  "events.lateReplies": ["events.lateReplies"],
  "events.perSecondMax": ["events.perSecondMax"],
};

/** Fields that several options make together. Any other is one option's alone. */
const shared = ["deadlineMs", "dialect", "hasFlowControl", "payloadRules", "recovery.hasCommand"];

const isTemplate = (path: string) => path.startsWith("serial.template.");

const fieldsOf = (path: string) => {
  if (elsewhere[path] !== undefined) return [];
  return fields[path] ?? [isTemplate(path) ? "dialect" : (path.split(".").at(-1) ?? "")];
};

/** A configuration of defaults; templates are the examples, and used where `path` is one of them. */
function configFor(path: string): Tree {
  const config: Tree = { ...declaredDefaults(options) };
  if (!isTemplate(path)) {
    setIn(config, "serial.template.command", "CMD {processId},{payload}");
    setIn(config, "serial.template.reply", "RSP (?<processId>[0-9]+),(?<payload>.*)");
    return config;
  }
  setIn(config, "serial.dialect", "template");
  for (const { path, option } of declared)
    if (isTemplate(path) && "example" in option) setIn(config, path, option.example);
  // How late an answer can be matters where answers come in order.
  if (path !== "serial.template.quietMs") return config;
  for (const name of ["data", "refusal", "cancel"]) setIn(config, `serial.template.${name}`, undefined);
  setIn(config, "serial.template.command", "CMD {payload}");
  setIn(config, "serial.template.reply", "RSP (?<payload>.*)");
  return config;
}

/** Another value that the option takes. */
function otherValue(path: string, option: Option, value: unknown): unknown {
  const others: readonly unknown[] = [
    ...("example" in option ? [option.example] : []),
    ...(option.kind === "choice" ? option.values : []),
    ...(option.kind === "flag" ? [!value] : []),
    ...(option.kind === "whole" ? [option.min, option.max] : []),
    ...(option.kind === "text" ? [`${value}1`, "^C", ";"] : []),
  ];
  const other = others.find((one) => one !== value && accepts(option, one));
  assert.ok(other !== undefined, `${path} has another value than ${value}`);
  return other;
}

function setIn(tree: Tree, path: string, value: unknown): void {
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  const group = keys.reduce((group, key) => group[key] as Tree, tree);
  group[last] = value;
}

function getIn(tree: Tree, path: string): unknown {
  return path.split(".").reduce<unknown>((group, key) => (group as Tree)[key], tree);
}

const bytesOf = (texts: readonly string[]) => texts.map((text) => Buffer.from(text, "latin1"));
const payloads = bytesOf(["a", "a,b", "a;b", "a\x01b", "a\xe9b"]);
const lines = bytesOf([
  ...["<7 ok a", "RSP 7,a", "DAT 7,a", "ERR 7,5 a", "HELLO fw 1F", "DBG", "DBG a"],
  ...["<7 ok a\0b", "uart:~$ <7 ok a", "<7 ok a\r", "\n<7 ok a"],
]);

/** What a dialect does with samples: two that do the same with all of them are taken for one. */
function deedsOf(dialect: Dialect): string {
  return JSON.stringify([
    payloads.map((payload) => dialect.command("7", payload, false)?.toString("latin1")),
    lines.map((line) => {
      const { bytes, skips } = dialect.frame(line);
      return [dialect.read(bytes, false), skips];
    }),
    dialect.opening.toString("latin1"),
    dialect.probe?.(false).toString("latin1"),
    dialect.cancel("7", { cancel: true, crc: false })?.toString("latin1"),
  ]);
}

/** Each field of what the core is told, by its dotted name, as text. */
function toldBy(config: Tree): ReadonlyMap<string, string> {
  const { dialect, payloadRules, ...rest } = correlatorOptions(config as unknown as BoardConfig);
  const told = new Map([
    ["dialect", deedsOf(dialect)],
    [
      "payloadRules",
      JSON.stringify(["status", "led on", "factory"].map((text) => payloadRules?.judge(Buffer.from(text)))),
    ],
    ["dialect.lateReplyWindowMs", String(dialect.lateReplyWindowMs)],
  ]);
  const add = (tree: object, prefix: string) => {
    for (const [key, value] of Object.entries(tree)) {
      if (typeof value === "object") add(value, `${prefix}${key}.`);
      else told.set(prefix + key, String(value));
    }
  };
  add(rest, "");
  return told;
}

function changedBy(path: string, option: Option): readonly string[] {
  const before = configFor(path);
  const after = structuredClone(before);
  setIn(after, path, otherValue(path, option, getIn(before, path)));
  const told = toldBy(after);
  return [...toldBy(before)].filter(([field, text]) => told.get(field) !== text).map(([field]) => field);
}

for (const { path, option } of declared)
  test(`${path} alone changes ${fieldsOf(path).join(" and ") || `nothing of the core's: it is for ${elsewhere[path]}`}`, () => {
    assert.deepEqual([...changedBy(path, option)].sort(), [...fieldsOf(path)].sort());
  });

test("no two options change the same field, but for those that are made of several", () => {
  const takers = declared.flatMap(({ path }) => fieldsOf(path)).filter((field) => !shared.includes(field));
  assert.deepEqual(
    takers.filter((field, index) => takers.indexOf(field) !== index),
    [],
  );
});

test("what is said of options is said of options that exist", () => {
  const paths = declared.map(({ path }) => path);
  assert.deepEqual(
    [...Object.keys(elsewhere), ...Object.keys(fields)].filter((path) => !paths.includes(path)),
    [],
  );
});
