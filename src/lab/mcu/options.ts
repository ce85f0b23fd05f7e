import type { Around } from "./around.ts";
import { type McuFaults, noFaults } from "./faults.ts";
import type { McuObservation } from "./observation.ts";
import type { Pty, PtyOptions } from "./pty.ts";

/** A virtual MCU's properties. All are optional: by default it has no faults, echoes, and has a window of 1. */
export interface VirtualMcuOptions extends Partial<McuFaults> {
  /** A symbolic link to the tty, made atomically and removed with it. An existing link is replaced, no other file. */
  readonly link?: string;
  /** Bytes take the time of this rate (8N1, both directions); default: no time. */
  readonly baudRate?: number;
  /** How many commands it accepts at once; default 1. */
  readonly window?: number;
  /** Its longest line in bytes, LF included; longer ones are dropped as a whole; default 256. */
  readonly lineBytes?: number;
  /** Every line has a checksum, as its hello says; without a hello there are none. Default false. */
  readonly crc?: boolean;
  /** How many commands it remembers; default 0. */
  readonly dedup?: number;
  /** It understands `~`, and reads while its window is full; otherwise it reads nothing then. Default false. */
  readonly cancel?: boolean;
  /** False: it never sends a hello, and answers no probe. Default true. */
  readonly hello?: boolean;
  /** Sent instead of its hello (without checksum and LF), for example one of another version. */
  readonly helloLine?: string;
  /** Name and version of its firmware; default `virtual-mcu-1`. */
  readonly fw?: string;
  /** Time of a start, during which nothing is received; default 0. */
  readonly bootMs?: number;
  /** Sent as it is at each start, before the hello: see `bootChatter` for an example. Default none. */
  readonly chatter?: string;
  /** Bytes before and after each line that it sends, one character for each. Default: an LF at its end. */
  readonly around?: Partial<Around>;
  /** It does not drop a half line after half a second of silence, as the protocol requires. Default false. */
  readonly keepsHalfLines?: boolean;
  /** Size of the UART's receive buffer: what arrives while it is full is lost. Default: unlimited. */
  readonly rxBufferBytes?: number;
  /** The reply's payload for a command's; default: the same. */
  readonly reply?: (payload: Buffer) => Buffer | string;
  /** All random numbers follow from it; default 1. */
  readonly seed?: number;
  /** Called for every line in both directions with what happened to it; `atMs` is `performance.now()` of this process. */
  readonly observe?: (observation: McuObservation, atMs: number) => void;
  /** Opens its tty, each time that the cable is plugged in; default: a pseudo-terminal. */
  readonly openTty?: (options: PtyOptions) => Promise<Pty>;
}

/** All options of the firmware. Bytes are strings with one character for each. */
export interface Firmware {
  readonly window: number;
  readonly lineBytes: number;
  readonly crc: boolean;
  readonly dedup: number;
  readonly cancel: boolean;
  readonly hello: boolean;
  readonly helloLine: string | undefined;
  readonly fw: string;
  readonly bootMs: number;
  readonly chatter: string;
  readonly around: Around;
  readonly keepsHalfLines: boolean;
  readonly rxBufferBytes: number;
  readonly reply: (payload: string) => string;
}

/** What a boot loader sends: noise from another baud rate, then text. */
export const bootChatter =
  "\x00\xf8\x80\xfe\x1d\xc0\r\nets Jun  8 2016 00:22:57\r\nrst:0x1 (POWERON_RESET),boot:0x13\r\nentry 0x400806f4\r\n";

/** The firmware's options, with defaults. */
export function firmwareOf(options: VirtualMcuOptions): Firmware {
  const { reply, hello = true } = options;
  return {
    window: options.window ?? 1,
    lineBytes: options.lineBytes ?? 256,
    crc: hello && (options.crc ?? false),
    dedup: options.dedup ?? 0,
    cancel: options.cancel ?? false,
    hello,
    helloLine: options.helloLine,
    fw: options.fw ?? "virtual-mcu-1",
    bootMs: options.bootMs ?? 0,
    chatter: options.chatter ?? "",
    around: { head: "", tail: "", end: "\n", prompt: "", ...options.around },
    keepsHalfLines: options.keepsHalfLines ?? false,
    rxBufferBytes: options.rxBufferBytes ?? Number.POSITIVE_INFINITY,
    reply: reply === undefined ? (payload) => payload : (payload) => latin1(reply(Buffer.from(payload, "latin1"))),
  };
}

/** The faults' options, with defaults. */
export function faultsOf(options: VirtualMcuOptions): McuFaults {
  const names = Object.keys(noFaults) as (keyof McuFaults)[];
  const given = names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]);
  return { ...noFaults, ...Object.fromEntries(given) };
}

/** Text as UTF-8, or bytes; one character for each byte. */
export function latin1(bytes: Uint8Array | string): string {
  return Buffer.from(bytes).toString("latin1");
}
