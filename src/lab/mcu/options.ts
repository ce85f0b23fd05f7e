import type { Around } from "./around.ts";
import { type McuFaults, noFaults } from "./faults.ts";
import type { McuObservation } from "./observation.ts";
import type { Pty, PtyOptions } from "./pty.ts";

/** What a virtual MCU is like. All optional: by default a sound MCU that echoes, with a window of 1. */
export interface VirtualMcuOptions extends Partial<McuFaults> {
  /** A symbolic link to the tty, made atomically and removed with it. An existing link is replaced, no other file. */
  readonly link?: string;
  /** Bytes pass at this rate (8N1, both ways); default: at once. */
  readonly baudRate?: number;
  /** How many commands it holds at once; default 1. */
  readonly window?: number;
  /** Its longest line in bytes, LF included; longer ones are dropped whole; default 256. */
  readonly lineBytes?: number;
  /** Every line carries a checksum, as its hello says: without one there are none. Default false. */
  readonly crc?: boolean;
  /** How many last commands it remembers; default 0. */
  readonly dedup?: number;
  /** It understands `~`, and reads on while its window is full; without, it reads nothing then. Default false. */
  readonly cancel?: boolean;
  /** False: it never says hello, nor answers a probe. Default true. */
  readonly hello?: boolean;
  /** Says this instead of its hello (without checksum and LF), for instance of another version. */
  readonly helloLine?: string;
  /** Name and version of its firmware; default `virtual-mcu-1`. */
  readonly fw?: string;
  /** A start takes so long, and nothing is heard meanwhile; default 0. */
  readonly bootMs?: number;
  /** Said at each start before the hello, as it is: see `bootChatter` for an example. Default none. */
  readonly chatter?: string;
  /** What stands around each line that it says; bytes, one character each. Default: an LF at its end. */
  readonly around?: Partial<Around>;
  /** It does not drop a half line after half a second of silence, as the protocol asks for. Default false. */
  readonly keepsHalfLines?: boolean;
  /** Size of the UART's receive buffer: what arrives while it is full is lost. Default: without bound. */
  readonly rxBufferBytes?: number;
  /** Makes the reply's payload from the command's; default: the same. */
  readonly reply?: (payload: Buffer) => Buffer | string;
  /** All chance follows from it; default 1. */
  readonly seed?: number;
  /** Told of every line both ways and what befell it; `atMs` is `performance.now()` of this process. */
  readonly observe?: (observation: McuObservation, atMs: number) => void;
  /** Opens its tty, each time that the cable is plugged in; default: a pseudo-terminal. */
  readonly openTty?: (options: PtyOptions) => Promise<Pty>;
}

/** What the firmware needs to know, complete. Bytes are strings with one character for each. */
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

/** A boot loader's greeting, as it looks at another baud rate's end: noise, then words, then the program's own. */
export const bootChatter =
  "\x00\xf8\x80\xfe\x1d\xc0\r\nets Jun  8 2016 00:22:57\r\nrst:0x1 (POWERON_RESET),boot:0x13\r\nentry 0x400806f4\r\n";

/** The firmware's part of the options, with the defaults in place. */
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

/** The faults' part of the options, with the defaults in place. */
export function faultsOf(options: VirtualMcuOptions): McuFaults {
  const names = Object.keys(noFaults) as (keyof McuFaults)[];
  const given = names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]);
  return { ...noFaults, ...Object.fromEntries(given) };
}

/** Text as its UTF-8 bytes, or bytes, one character for each. */
export function latin1(bytes: Uint8Array | string): string {
  return Buffer.from(bytes).toString("latin1");
}
