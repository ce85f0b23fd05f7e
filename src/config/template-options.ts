import type { Group } from "./option.ts";

/** A line of a YAML file may have 500 characters, and a pattern of half of them is hard enough to read. */
const pattern = {
  kind: "text",
  pattern: /^[ -~]{1,400}$/,
  expected: "a regular expression of up to 400 ASCII characters",
  isVerbatim: true,
} as const;

const line = {
  kind: "text",
  // With a processID and one byte of payload it still fits into the shortest longest line.
  pattern: /^[ -~]{1,64}$/,
  expected: "1 to 64 printable ASCII characters",
  isVerbatim: true,
} as const;

/** `serial.template`: the lines of a firmware that speaks its own. */
export const template = {
  kind: "group",
  doc: "The lines of a firmware that speaks its own, for `dialect: template`; docs/dialects.md explains them.",
  options: {
    command: {
      ...line,
      example: "CMD {processId},{payload}",
      doc: "The line that a request becomes, with `{payload}` and, where the firmware knows ids, `{processId}`.",
    },
    lineEnd: {
      kind: "choice",
      values: ["lf", "crlf", "cr"],
      default: "lf",
      doc: "What ends the lines sent to the MCU; `serial.lineEnd` says what ends its own.",
    },
    payloadEscape: {
      kind: "choice",
      values: ["none", "backslash"],
      default: "none",
      doc: "What becomes of control bytes in a payload: refused, or escaped like the line protocol's.",
    },
    payloadForbidden: {
      kind: "text",
      pattern: /^[ -/:-@[-`{-~]{1,33}$/,
      expected: "ASCII punctuation",
      example: ",",
      doc: "Further characters that may not stand in a payload as they are, because they mean something to the firmware.",
    },
    reply: {
      ...pattern,
      example: "RSP (?<processId>[0-9]+),(?<payload>.*)",
      doc: "The last line of an answer, with the groups `payload` and, where the firmware knows ids, `processId`.",
    },
    data: {
      ...pattern,
      example: "DAT (?<processId>[0-9]+),(?<payload>.*)",
      doc: "The lines of an answer before its last, with the same groups; their payloads are joined by LF.",
    },
    refusal: {
      ...pattern,
      example: "ERR (?<processId>[0-9]+),(?<code>[0-9]+) *(?<text>.*)",
      doc: "What the MCU says when it does not do it, with the groups `code`, `text` and `processId`.",
    },
    hello: {
      ...pattern,
      example: "HELLO (?<fw>[^ ]+) (?<boot>[0-9A-F]+)",
      doc: "What the MCU says at its start and in answer to a probe; the groups `boot` and `fw` may be left out.",
    },
    log: { ...pattern, example: "DBG .*", doc: "Lines that are none of these, though they may look so." },
    probe: { ...line, example: "HELLO?", doc: "A harmless line that the MCU answers with a hello." },
    cancel: {
      ...line,
      example: "STOP {processId}",
      doc: "The line that says that nobody waits for an answer any more.",
    },
    clearLine: {
      kind: "text",
      // Not ^J and ^M, which would execute the half line, nor ^Q and ^S, which are flow control.
      pattern: /^(?:\^[@-IKLNOPRT-_?]){1,8}$/,
      expected: "1 to 8 control characters written like ^U or ^C, but none of ^J, ^M, ^Q and ^S",
      example: "^U",
      doc: "What makes the firmware forget a half-typed line, such as `^U` or `^C`; sent when the port is opened, before a line end.",
    },
    quietMs: {
      kind: "whole",
      min: 100,
      max: 600_000,
      unit: "ms",
      default: 10_000,
      doc: "Where answers come in order, without ids: how late one can come after its request was given up; at least the deadline.",
    },
  },
} as const satisfies Group;
