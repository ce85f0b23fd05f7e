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
  doc: "The lines of firmware that does not speak the line protocol, for `dialect: template`; docs/dialects.md explains them.",
  options: {
    command: {
      ...line,
      example: "CMD {processId},{payload}",
      doc: "The line that a request becomes, with `{payload}` and, if the firmware knows ids, `{processId}`.",
    },
    lineEnd: {
      kind: "choice",
      values: ["lf", "crlf", "cr"],
      default: "lf",
      doc: "End of the lines sent to the MCU; `serial.lineEnd` is the end of the MCU's own lines.",
    },
    payloadEscape: {
      kind: "choice",
      values: ["none", "backslash"],
      default: "none",
      doc: "Control bytes in a payload: `none` refuses them, `backslash` escapes them as the line protocol does.",
    },
    payloadForbidden: {
      kind: "text",
      pattern: /^[ -/:-@[-`{-~]{1,33}$/,
      expected: "ASCII punctuation",
      example: ",",
      doc: "More characters that are treated like control bytes, because they have a meaning to the firmware.",
    },
    reply: {
      ...pattern,
      example: "RSP (?<processId>[0-9]+),(?<payload>.*)",
      doc: "The last line of an answer, with the groups `payload` and, if the firmware knows ids, `processId`.",
    },
    data: {
      ...pattern,
      example: "DAT (?<processId>[0-9]+),(?<payload>.*)",
      doc: "The lines of an answer before its last line, with the same groups; their payloads are joined by LF.",
    },
    refusal: {
      ...pattern,
      example: "ERR (?<processId>[0-9]+),(?<code>[0-9]+) *(?<text>.*)",
      doc: "The line by which the MCU refuses a command, with the groups `code`, `text` and `processId`.",
    },
    hello: {
      ...pattern,
      example: "HELLO (?<fw>[^ ]+) (?<boot>[0-9A-F]+)",
      doc: "The line that the MCU sends when it starts and as the answer to a probe; the groups `boot` and `fw` are optional.",
    },
    log: { ...pattern, example: "DBG .*", doc: "Log output of the MCU, even if a line looks like one of the others." },
    probe: { ...line, example: "HELLO?", doc: "A harmless line that the MCU answers with a hello." },
    cancel: {
      ...line,
      example: "STOP {processId}",
      doc: "The line that tells the MCU that nobody waits for the answer any more.",
    },
    clearLine: {
      kind: "text",
      // Not ^J and ^M, which would execute the half line, nor ^Q and ^S, which are flow control.
      pattern: /^(?:\^[@-IKLNOPRT-_?]){1,8}$/,
      expected: "1 to 8 control characters written like ^U or ^C, but none of ^J, ^M, ^Q and ^S",
      example: "^U",
      doc: "Control characters that make the firmware forget a half-typed line, such as `^U` or `^C`; sent when the port is opened, before a line end.",
    },
    quietMs: {
      kind: "whole",
      min: 100,
      max: 600_000,
      unit: "ms",
      default: 10_000,
      doc: "If answers come in order, without ids: how late an answer can come after its request was given up; at least the deadline.",
    },
  },
} as const satisfies Group;
