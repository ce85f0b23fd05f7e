import { unescapeBytes } from "./codec.ts";
import type { McuFaults } from "./faults.ts";

/** What can be done to a running virtual MCU. Texts are sent as UTF-8. */
export type McuControl =
  | { readonly kind: "faults"; readonly change: Partial<McuFaults> }
  | { readonly kind: "reset" }
  /** The cable is pulled: the tty hangs up and is gone. The MCU runs on. */
  | { readonly kind: "unplug" }
  /** The cable is put back, under the same link or another one. */
  | { readonly kind: "plug"; readonly link?: string }
  /** Unplug and, so much later, plug. */
  | { readonly kind: "hangup"; readonly backAfterMs: number; readonly link?: string }
  /** Flow control: the gateway's writes do not get through until released. Set it after the tty was opened. */
  | { readonly kind: "block"; readonly on: boolean }
  | { readonly kind: "event"; readonly name: string; readonly payload: Uint8Array | string }
  | { readonly kind: "log"; readonly text: Uint8Array | string }
  /** So many bytes at once: noise without any line end, or replies to requests that nobody made. */
  | { readonly kind: "flood"; readonly bytes: number; readonly form: "noise" | "replies" }
  /** These bytes as they are, past all faults. */
  | { readonly kind: "send"; readonly bytes: Uint8Array | string };

// More than any test needs, less than what the tty's writer keeps (64 MiB).
const floodBytesMax = 50_000_000;
const msMax = 3_600_000;

interface Word {
  readonly usage: string;
  readonly help: string;
  /** The control that the arguments ask for; undefined where they make none. */
  readonly read: (args: string) => McuControl | undefined;
}

const faults = (change: Partial<McuFaults>): McuControl => ({ kind: "faults", change });

/** `on` or `off`, as one of the faults. */
const flag = (name: string, help: string, change: (on: boolean) => McuControl): [string, Word] => [
  name,
  { usage: `${name} on|off`, help, read: (args) => (/^(on|off)$/.test(args) ? change(args === "on") : undefined) },
];

/** A whole number, as one of the faults. */
const number = (name: string, unit: string, help: string, change: (value: number) => McuControl): [string, Word] => [
  name,
  { usage: `${name} ${unit}`, help, read: (args) => mapDefined(wholeNumber(args, msMax), change) },
];

/** A share of the lines, both ways or one. */
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
  number("delay", "MS", "time from a command to the deed and its reply", (delayMs) => faults({ delayMs })),
  number("jitter", "MS", "at most so much is added to the delay", (jitterMs) => faults({ jitterMs })),
  flag("silence", "hear and do everything, say nothing", (silence) => faults({ silence })),
  flag("stall", "hang: read, do and say nothing until released", (stall) => faults({ stall })),
  flag("echo", "what the gateway sends comes back to it, as from an RS-485 adapter", (echo) => faults({ echo })),
  flag("loopback", "TX joined to RX: it comes back, and the MCU is cut off", (loopback) => faults({ loopback })),
  flag("block", "flow control: the gateway's writes do not get through", (on) => ({ kind: "block", on })),
  share("drop", "share of lines that vanish", "dropReceived", "dropSent"),
  share("garble", "share of lines with one bit flipped", "garbleReceived", "garbleSent"),
  share("wrongid", "share of replies under another ID", "wrongId"),
  share("duplicate", "share of replies said twice", "duplicate"),
  number("split", "BYTES", "send in pieces of so many bytes, 1 ms apart; 0: whole", (splitBytes) =>
    faults({ splitBytes }),
  ),
  number("merge", "MS", "send lines said within this time in one write; 0: each", (mergeMs) => faults({ mergeMs })),
  ["reset", { usage: "reset", help: "restart", read: (args) => (args === "" ? { kind: "reset" } : undefined) }],
  [
    "unplug",
    { usage: "unplug", help: "pull the cable", read: (args) => (args === "" ? { kind: "unplug" } : undefined) },
  ],
  [
    "plug",
    {
      usage: "plug [LINK]",
      help: "put the cable back, the tty under the same link or another",
      read: (args) => (args === "" ? { kind: "plug" } : { kind: "plug", link: args }),
    },
  ],
  [
    "hangup",
    {
      usage: "hangup MS [LINK]",
      help: "pull the cable and put it back after so long",
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
      help: "say an event",
      read(args) {
        const [name, payload] = firstWord(args);
        return /^[\w-]{1,32}$/.test(name) ? { kind: "event", name, payload } : undefined;
      },
    },
  ],
  ["log", { usage: "log TEXT", help: "say a log line", read: (text) => ({ kind: "log", text }) }],
  [
    "flood",
    {
      usage: "flood BYTES [replies]",
      help: "bytes without a line end, or replies that nobody asked for",
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

/** What the words are and do, for people. */
export const controlHelp = [...words.values()].map(({ usage, help }) => `  ${usage.padEnd(30)} ${help}`).join("\n");

/** Reads a control as a person types it; a string says what is wrong with it. */
export function readControl(text: string): McuControl | string {
  const [name, args] = firstWord(text.trim());
  const word = words.get(name);
  if (word === undefined) return `unknown: ${name}; one of ${[...words.keys()].join(", ")}, counts, help`;
  return word.read(args) ?? `expected: ${word.usage}   (${word.help})`;
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
