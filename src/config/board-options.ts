/** What holds for one board: for the only one of a file, as the default of several, and in the section of one of them. */
import { messagesPerSecondMax, responseWaitMaxMs, responseWaitMs } from "../iot-hub/limits.ts";
import { device } from "./device-options.ts";
import type { Group, Sections, SettingsOf } from "./option.ts";
import { serial } from "./serial-options.ts";

/** As long as those of templates; a payload is any text, so a pattern may be. */
const patterns = {
  kind: "patterns",
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is excluded
  pattern: /^[^\u0000-\u001f\u007f-\u009f]{1,400}$/,
  expected: "a regular expression of 1 to 400 characters without control characters",
  // The commands of a board that somebody lists one by one.
  countMax: 64,
} as const;

export const rrpc = {
  kind: "group",
  doc: "The deadline of a request, and which payloads may be sent.",
  options: {
    cutoffMs: {
      kind: "whole",
      min: 1000,
      max: responseWaitMaxMs,
      unit: "ms",
      default: responseWaitMs,
      doc: "How long the hub waits for a response: 4 s by the SDK's documentation, 10 s by newer product pages.",
    },
    marginMs: {
      kind: "whole",
      min: 0,
      max: 9999,
      unit: "ms",
      default: 500,
      doc: "Time for both directions through the network; the deadline is the cutoff less this.",
    },
    queueMax: {
      kind: "whole",
      min: 1,
      max: 4096, // of up to 16 KB each: 64 MB
      default: 512,
      doc: "How many requests may wait for their turn; the next one is refused.",
    },
    allow: {
      ...patterns,
      example: ["status", "led (on|off)"],
      doc: "Payloads that callers may send, as RE2 patterns that match the whole payload; any other is refused. Without it every payload may be sent.",
    },
    deny: {
      ...patterns,
      example: ["(?i).*factory.*"],
      doc: "Payloads that callers may not send, whatever `rrpc.allow` says, as RE2 patterns that match the whole payload.",
    },
  },
} as const satisfies Group;

export const events = {
  kind: "group",
  doc: "Events: lines that the MCU sends unasked.",
  options: {
    topic: {
      kind: "text",
      pattern: /^[^\s/+#\0](?:[^\s+#\0]{0,252}[^\s/+#\0])?$/,
      expected: "a topic of up to 254 characters without +, # and a slash at its ends",
      example: "ABCDEFGH12/gateway01/event",
      doc: "Topic on which the MCU's events are published; without it they are only logged and counted.",
    },
    perSecondMax: {
      kind: "whole",
      min: 1,
      max: messagesPerSecondMax, // with nothing left for responses
      default: 5,
      doc: "How many events may be published in a second; the rest are dropped and counted.",
    },
    lateReplies: {
      kind: "flag",
      default: false,
      doc: "Whether to publish with the events what became of a command after its error: a reply that came late, and a restart of the MCU.",
    },
  },
} as const satisfies Group;

/** The section of a board. Outside of it `serial`, `rrpc` and `events` hold for all boards. */
export const board = {
  kind: "group",
  doc: "One board, by a name of your own, which log, metrics and errors show.",
  options: {
    device,
    serial: { ...serial, options: { ...serial.options, path: { ...serial.options.path, required: true } } },
    rrpc,
    events,
  },
} as const satisfies Group;

/** The settings of one board, with what stands outside. */
export type BoardSettings = SettingsOf<typeof board>;

export const boards = {
  kind: "sections",
  doc: "Several boards: each has a name, a port of its own and the sub-device that it answers for. What stands outside of them is the default for all, except for `serial.path`, which then is in each of them.",
  name: {
    // Not the names of groups, which are here by a wrong indentation, nor the one that the only board of a file has in metrics.
    pattern:
      /^(?!(?:board|boards|device|hub|serial|rrpc|events|log|monitor|control|remote|metrics)$)[0-9A-Za-z][0-9A-Za-z_-]{0,31}$/,
    expected:
      "the name of a board: 1 to 32 of letters, digits, _ and -, the first a letter or digit, but not board or the name of a group",
    example: "pump",
  },
  section: board,
} as const satisfies Sections;
