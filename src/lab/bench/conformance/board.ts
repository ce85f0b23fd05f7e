// The bench's own end of the serial line: it can write anything, also what a gateway never writes, and sees everything.
import { setTimeout as sleep } from "node:timers/promises";
import { withChecksum } from "../../mcu/crc.ts";
import { type Answer, type BoardLine, readBoardLine } from "./board-line.ts";
import type { ChecksumFault, WrongChecksum } from "./checksum-fault.ts";
import { createEchoFilter } from "./echo-filter.ts";
import { createCrWatch, stripExtraBytes } from "./extra-bytes.ts";
import type { Hello } from "./hello.ts";

/** An open serial port, or what stands for one. */
export interface BoardPort {
  /** How long a byte takes on the line; 0 in memory. No board can be quicker, so this time is added to every wait. */
  readonly byteMs: number;
  write(bytes: Buffer): Promise<void>;
  /** Passes on what comes in, from now on. Called once. */
  read(onBytes: (bytes: Buffer) => void, onFailed: (error: Error) => void): void;
  /** Restarts the board; rejects if this line cannot do it. Undefined if it is not allowed. */
  readonly reset: (() => Promise<void>) | undefined;
}

/** What the gateway is configured to make of the board's bytes. */
export interface LineSettings {
  /** Longest line that it takes, LF included. */
  readonly replyBytesMax: number;
  readonly lineEnd: "lf" | "cr";
  readonly prompt: string | undefined;
  /** What is above them in a byte never leaves the UART. */
  readonly dataBits: 5 | 6 | 7 | 8;
}

/** A line in either direction, as it was on the wire, without LF. */
export interface Exchange {
  readonly direction: "sent" | "received";
  readonly line: string;
}

/** A line as it came. `isFronted`: behind text, where a gateway does not find it. `end`: what it ended in. */
export type ReceivedLine = BoardLine & { readonly isFronted: boolean; readonly end: string };

/** How lines are written: as the protocol says, or as this board alone takes them. */
export interface Manner {
  /** What stands behind a line, before its end. */
  readonly checksum: "as_its_hello_says" | "always" | "never" | WrongChecksum;
  readonly end: "\n" | "\r\n" | "\r";
}

export const rightManner: Manner = { checksum: "as_its_hello_says", end: "\n" };

export interface Board {
  /** Its latest hello; undefined before the first one. */
  hello(): Hello | undefined;
  /** What is wrong with the checksum of its hellos. */
  helloFault(): ChecksumFault | undefined;
  /** From now on lines are written so. */
  useManner(manner: Manner): void;
  /** A line as it is written: with its checksum, if the board asks for them, and its end. */
  lineOf(body: string): string;
  /** Writes a line; resolves when it has left. */
  send(body: string): Promise<void>;
  /** Writes these bytes as they are, one character for each; resolves when they have left. */
  sendBytes(bytes: string): Promise<void>;
  /**
   * The first line since the last `mark` that `matches`, including those already received. A line that is still coming in
   * when the time is over is waited for.
   */
  next<S extends ReceivedLine>(matches: (line: ReceivedLine) => line is S, withinMs: number): Promise<S | undefined>;
  next(matches: (line: ReceivedLine) => boolean, withinMs: number): Promise<ReceivedLine | undefined>;
  /** Forgets everything that was received and exchanged so far. */
  mark(): void;
  /** What was received since the last `mark`. */
  received(): readonly ReceivedLine[];
  /** How many sent lines came back as echoes. Echoes are not among what was received. */
  echoCount(): number;
  /** Both directions since the last `mark`. */
  exchanged(): readonly Exchange[];
  /** What stood in front of or behind its lines, since the start, in words; and what its lines end in, if that is wrong. */
  extraBytes(): readonly string[];
  /** The first bytes that came, at most `firstBytesMax`, one character for each. */
  firstBytes(): string;
  readonly reset: (() => Promise<void>) | undefined;
}

/** Longer than any line of the protocol. Bytes without an LF are cut here, so that they cost no memory. */
const lineBytesMax = 100_000;
/** The longest line that a hello can promise. */
const comingBytesMax = 65_536;
/** Between the bytes of one line; adapters and drivers hold them back for some 20 ms. */
const comingMs = 100;
/** Less is no wait that matters. */
const restMsMin = 10;
/** Kept for each rule, for the report. */
const exchangesMax = 2000;
/** Different kinds of extra bytes that are kept. */
const extraBytesMax = 8;
/** Some hellos: enough to see in which format they are. */
const firstBytesMax = 4096;

/** A board behind an open port. */
export function createBoard(port: BoardPort, { lineEnd, prompt }: LineSettings): Board {
  let hello: Hello | undefined;
  let helloFault: ChecksumFault | undefined;
  let manner = rightManner;
  let partial = "";
  let firstBytes = "";
  let endsInCr = lineEnd === "cr";
  let knownFront = "";
  let received: ReceivedLine[] = [];
  let exchanges: Exchange[] = [];
  let failed: Error | undefined;
  /** When everything that was written has left. */
  let leftAt = 0;
  let cameAt = 0;
  const watchCr = createCrWatch();
  const extraBytes = new Set<string>();
  const looks = new Set<() => void>();
  const echoes = createEchoFilter();

  function look(): void {
    for (const each of looks) each();
  }

  function note(direction: Exchange["direction"], line: string): void {
    if (exchanges.length < exchangesMax) exchanges.push({ direction, line });
  }

  function addExtraBytes(words: readonly string[]): void {
    for (const each of words) if (extraBytes.size < extraBytesMax) extraBytes.add(each);
  }

  function take(text: string, end: string): void {
    if (text === "") return;
    note("received", text);
    const { line, extraBytes: found, text: front } = stripExtraBytes(text, prompt, knownFront);
    if (line === "" || echoes.take(line)) return;
    addExtraBytes(found);
    const read = readBoardLine(line, hello?.crc === true);
    if (read.kind === "hello") {
      hello = read.hello;
      helloFault ??= read.checksumFault;
    }
    if (front !== "") knownFront = front;
    received.push({ ...read, isFronted: front !== "", end });
  }

  /** Where lines end in CR, one LF behind it belongs to it. */
  function takeAll(text: string): void {
    partial += text;
    if (endsInCr) {
      const lines = partial.split("\r");
      partial = (lines.pop() ?? "").slice(0, lineBytesMax);
      for (const line of lines) take(line.replace(/^\n/, ""), "\r");
      return;
    }
    const lines = partial.split("\n");
    partial = (lines.pop() ?? "").slice(0, lineBytesMax);
    for (const line of lines) line.endsWith("\r") ? take(line.slice(0, -1), "\r\n") : take(line, "\n");
  }

  port.read(
    (bytes) => {
      cameAt = performance.now();
      const text = bytes.toString("latin1");
      firstBytes += text.slice(0, Math.max(0, firstBytesMax - firstBytes.length));
      if (!endsInCr && watchCr(text)) {
        endsInCr = true;
        addExtraBytes(["its lines end in CR, none in LF; right is LF, or else: serial.lineEnd: cr"]);
      }
      takeAll(text);
      look();
    },
    (error) => {
      failed = error;
      look();
    },
  );

  async function write(bytes: string): Promise<void> {
    if (failed !== undefined) throw failed;
    echoes.wrote(bytes);
    leftAt = Math.max(performance.now(), leftAt) + bytes.length * port.byteMs;
    await port.write(Buffer.from(bytes, "latin1"));
    const restMs = leftAt - performance.now();
    if (restMs > restMsMin) await sleep(restMs);
  }

  /** Whether a line has begun and goes on. */
  function isComing(): boolean {
    return partial !== "" && partial.length < comingBytesMax && performance.now() - cameAt < comingMs;
  }

  function checksummed(body: string): string {
    switch (manner.checksum) {
      case "as_its_hello_says":
        return hello?.crc === true ? withChecksum(body) : body;
      case "always":
        return withChecksum(body);
      case "never":
        return body;
      default:
        return `${body}*${manner.checksum.digits(body)}`;
    }
  }

  function next(matches: (line: ReceivedLine) => boolean, withinMs: number): Promise<ReceivedLine | undefined> {
    return new Promise((resolve, reject) => {
      let timer = setTimeout(giveUp, withinMs);
      function giveUp(): void {
        if (isComing()) timer = setTimeout(giveUp, comingMs);
        else settle(() => resolve(undefined));
      }
      function settle(result: () => void): void {
        clearTimeout(timer);
        looks.delete(tryAgain);
        result();
      }
      function tryAgain(): void {
        const found = received.find(matches);
        if (found !== undefined) settle(() => resolve(found));
        else if (failed !== undefined) settle(() => reject(failed));
      }
      looks.add(tryAgain);
      tryAgain();
    });
  }

  return {
    hello: () => hello,
    helloFault: () => helloFault,
    useManner(wanted) {
      manner = wanted;
    },
    lineOf: (body) => checksummed(body) + manner.end,
    async send(body) {
      const line = checksummed(body);
      note("sent", manner.end === "\n" ? line : line + manner.end);
      await write(line + manner.end);
    },
    async sendBytes(bytes) {
      note("sent", bytes);
      await write(bytes);
    },
    next: next as Board["next"],
    mark() {
      received = [];
      exchanges = [];
    },
    received: () => received,
    echoCount: () => echoes.count,
    exchanged: () => exchanges,
    extraBytes: () => [...extraBytes],
    firstBytes: () => firstBytes,
    reset: port.reset,
  };
}

/** Whether a line is an answer to the command with this id. */
export function isAnswerTo(id: string): (line: ReceivedLine) => line is ReceivedLine & Answer {
  return (line): line is ReceivedLine & Answer => isAnswer(line) && line.id === id;
}

export function isAnswer(line: ReceivedLine): line is ReceivedLine & Answer {
  return line.kind === "reply" || line.kind === "refusal";
}

export function isHello(line: ReceivedLine): line is ReceivedLine & { readonly kind: "hello" } {
  return line.kind === "hello";
}
