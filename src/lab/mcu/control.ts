import { unescapeBytes } from "./codec.ts";
import type { McuFaults } from "./faults.ts";

/** What can be done to a running virtual MCU. Texts are sent as UTF-8. */
export type McuControl =
  | { readonly kind: "faults"; readonly change: Partial<McuFaults> }
  | { readonly kind: "reset" }
  /** The cable is pulled: the tty hangs up and is gone. The MCU runs on. */
  | { readonly kind: "unplug" }
  /** The cable is put back, with the same link or another one. */
  | { readonly kind: "plug"; readonly link?: string }
  /** Unplug, and plug after `backAfterMs`. */
  | { readonly kind: "hangup"; readonly backAfterMs: number; readonly link?: string }
  /** Flow control: the gateway's writes are held until released. Set it after the tty was opened. */
  | { readonly kind: "block"; readonly on: boolean }
  | { readonly kind: "event"; readonly name: string; readonly payload: Uint8Array | string }
  | { readonly kind: "log"; readonly text: Uint8Array | string }
  /** This many bytes at once: noise without a line end, or replies without a request. */
  | { readonly kind: "flood"; readonly bytes: number; readonly form: "noise" | "replies" }
  /** These bytes as they are, without any fault. */
  | { readonly kind: "send"; readonly bytes: Uint8Array | string };

// More than any test needs, less than the tty's writer keeps (64 MiB).
const floodBytesMax = 50_000_000;
const msMax = 3_600_000;

interface Word {
  readonly usage: string;
  readonly help: string;
  /** The control for these arguments; undefined if they are not valid. */
  readonly read: (args: string) => McuControl | undefined;
}

const faults = (change: Partial<McuFaults>): McuControl => ({ kind: "faults", change });

/** A fault that is `on` or `off`. */
const flag = (name: string, help: string, change: (on: boolean) => McuControl): [string, Word] => [
  name,
  { usage: `${name} on|off`, help, read: (args) => (/^(on|off)$/.test(args) ? change(args === "on") : undefined) },
];

/** A fault that is a whole number. */
const number = (name: string, unit: string, help: string, change: (value: number) => McuControl): [string, Word] => [
  name,
  { usage: `${name} ${unit}`, help, read: (args) => mapDefined(wholeNumber(args, msMax), change) },
];

/** A fault that is a share of the lines, in one direction or both. */
const share = (
  name: string,
  help: string,
  received: keyof McuFaults,
  sent: keyof McuFaults = received,
): [string, Word] => [
  name,
  {
    usage: received === sent ? `${name} SHARE` : `${name} SHARE [received|sent]`,
    help,
    read(args) {
      const [value = "", direction] = args.split(" ");
      if (!/^(0(\.\d+)?|1(\.0+)?|\.\d+)$/.test(value)) return undefined;
      if (direction === undefined) return faults({ [received]: Number(value), [sent]: Number(value) });
      if (received === sent) return undefined;
      if (direction === "received") return faults({ [received]: Number(value) });
      return direction === "sent" ? faults({ [sent]: Number(value) }) : undefined;
    },
  },
];

const words = new Map<string, Word>([
  number("delay", "MS", "time from a command to its execution and reply", (delayMs) => faults({ delayMs })),
  number("jitter", "MS", "add up to this much to the delay", (jitterMs) => faults({ jitterMs })),
  flag("silence", "receive and execute everything, send nothing", (silence) => faults({ silence })),
  flag("stall", "hang: read, execute and send nothing until released", (stall) => faults({ stall })),
  flag("echo", "echo what the gateway sends, like an RS-485 adapter", (echo) => faults({ echo })),
  flag("loopback", "connect TX to RX: echo everything and cut the MCU off", (loopback) => faults({ loopback })),
  flag("block", "flow control: hold the gateway's writes", (on) => ({ kind: "block", on })),
  share("drop", "share of lines that are lost", "dropReceived", "dropSent"),
  share("garble", "share of lines with one bit flipped", "garbleReceived", "garbleSent"),
  share("wrongid", "share of replies with another id", "wrongId"),
  share("duplicate", "share of replies that are sent twice", "duplicate"),
  number("split", "BYTES", "send in pieces of this many bytes, 1 ms apart; 0: whole", (splitBytes) =>
    faults({ splitBytes }),
  ),
  number("merge", "MS", "send the lines of this time in one write; 0: each alone", (mergeMs) => faults({ mergeMs })),
  ["reset", { usage: "reset", help: "restart", read: (args) => (args === "" ? { kind: "reset" } : undefined) }],
  [
    "unplug",
    { usage: "unplug", help: "pull the cable", read: (args) => (args === "" ? { kind: "unplug" } : undefined) },
  ],
  [
    "plug",
    {
      usage: "plug [LINK]",
      help: "put the cable back, with the same link or another",
      read: (args) => (args === "" ? { kind: "plug" } : { kind: "plug", link: args }),
    },
  ],
  [
    "hangup",
    {
      usage: "hangup MS [LINK]",
      help: "pull the cable and put it back after this time",
      read(args) {
        const [ms, link] = firstWord(args);
        const back = (backAfterMs: number): McuControl =>
          link === "" ? { kind: "hangup", backAfterMs } : { kind: "hangup", backAfterMs, link };
        return mapDefined(wholeNumber(ms, msMax), back);
      },
    },
  ],
  [
    "event",
    {
      usage: "event NAME [PAYLOAD]",
      help: "send an event",
      read(args) {
        const [name, payload] = firstWord(args);
        return /^[\w-]{1,32}$/.test(name) ? { kind: "event", name, payload } : undefined;
      },
    },
  ],
  ["log", { usage: "log TEXT", help: "send a log line", read: (text) => ({ kind: "log", text }) }],
  [
    "flood",
    {
      usage: "flood BYTES [replies]",
      help: "send bytes without a line end, or replies without a request",
      read(args) {
        const [count, form] = firstWord(args);
        if (form !== "" && form !== "replies") return undefined;
        return mapDefined(wholeNumber(count, floodBytesMax), (bytes) => {
          return { kind: "flood", bytes, form: form === "" ? "noise" : form };
        });
      },
    },
  ],
  [
    "send",
    {
      usage: "send BYTES",
      help: "send these bytes, with the protocol's escapes: send <7 ok\\n",
      read(args) {
        const bytes = unescapeBytes(Buffer.from(args).toString("latin1"));
        return mapDefined(bytes, (text) => ({ kind: "send", bytes: Buffer.from(text, "latin1") }));
      },
    },
  ],
]);

/** The words and their meaning, for people. */
export const controlHelp = [...words.values()].map(({ usage, help }) => `  ${usage.padEnd(30)} ${help}`).join("\n");

/** What a person has typed: a control, or what is wrong with it. */
export type ReadControl =
  | { readonly kind: "valid"; readonly control: McuControl }
  | { readonly kind: "invalid"; readonly problem: string };

export function readControl(text: string): ReadControl {
  const [name, args] = firstWord(text.trim());
  const word = words.get(name);
  if (word === undefined)
    return invalid(`unknown word "${name}"; expected ${[...words.keys()].join(", ")}, counts or help`);
  const control = word.read(args);
  return control === undefined ? invalid(`expected: ${word.usage}   (${word.help})`) : { kind: "valid", control };
}

function invalid(problem: string): ReadControl {
  return { kind: "invalid", problem };
}

function firstWord(text: string): [string, string] {
  const space = text.indexOf(" ");
  return space < 0 ? [text, ""] : [text.slice(0, space), text.slice(space + 1)];
}

function wholeNumber(text: string, max: number): number | undefined {
  return /^\d{1,9}$/.test(text) && Number(text) <= max ? Number(text) : undefined;
}

function mapDefined<From, To>(value: From | undefined, map: (value: From) => To): To | undefined {
  return value === undefined ? undefined : map(value);
}
