// The bench's own end of the serial line: it can write anything, also what a gateway never writes, and sees everything.
import { withChecksum } from "../../mcu/crc.ts";
import { type Answer, type BoardLine, type Hello, readBoardLine } from "./board-line.ts";
import { createEchoFilter } from "./echo-filter.ts";
import { createCrWatch, stripExtraBytes } from "./extra-bytes.ts";

/** An open serial port, or what stands for one. */
export interface BoardPort {
  write(bytes: Buffer): Promise<void>;
  /** Passes on what comes in, from now on. Called once. */
  read(onBytes: (bytes: Buffer) => void, onFailed: (error: Error) => void): void;
  /** Restarts the board; undefined if that is not possible, or not allowed. */
  readonly reset: (() => Promise<void>) | undefined;
}

/** A line in either direction, as it was on the wire, without LF. */
export interface Exchange {
  readonly direction: "sent" | "received";
  readonly line: string;
}

export interface Board {
  /** Its latest hello; undefined before the first one. */
  hello(): Hello | undefined;
  /** Writes a line: with a checksum if the board asks for them, and with LF. */
  send(body: string): Promise<void>;
  /** Writes these bytes as they are, one character for each. */
  sendBytes(bytes: string): Promise<void>;
  /** The first line since the last `mark` that `matches`, including those already received. */
  next<S extends BoardLine>(matches: (line: BoardLine) => line is S, withinMs: number): Promise<S | undefined>;
  next(matches: (line: BoardLine) => boolean, withinMs: number): Promise<BoardLine | undefined>;
  /** Forgets everything that was received and exchanged so far. */
  mark(): void;
  /** What was received since the last `mark`. */
  received(): readonly BoardLine[];
  /** How many sent lines came back as echoes. Echoes are not among what was received. */
  echoCount(): number;
  /** Both directions since the last `mark`. */
  exchanged(): readonly Exchange[];
  /** What stood in front of or behind its lines, since the start, in words. */
  extraBytes(): readonly string[];
  readonly reset: (() => Promise<void>) | undefined;
}

/** Longer than any line of the protocol. Bytes without an LF are cut here, so that they cost no memory. */
const lineBytesMax = 100_000;
/** Kept for each rule, for the report. */
const exchangesMax = 2000;

/** Different kinds of extra bytes that are kept. */
const extraBytesMax = 8;

/** A board behind an open port. */
export function createBoard(port: BoardPort): Board {
  let hello: Hello | undefined;
  let partial = "";
  let received: BoardLine[] = [];
  let exchanges: Exchange[] = [];
  let failed: Error | undefined;
  const endsInCr = createCrWatch();
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

  function take(text: string): void {
    if (text === "") return;
    note("received", text);
    const stripped = stripExtraBytes(text);
    if (stripped.line === "" || echoes.take(stripped.line)) return;
    addExtraBytes(stripped.extraBytes);
    const line = readBoardLine(stripped.line, hello?.crc === true);
    if (line.kind === "hello") hello = line.hello;
    received.push(line);
  }

  port.read(
    (bytes) => {
      const text = bytes.toString("latin1");
      const lines = (partial + text).split("\n");
      partial = (lines.pop() ?? "").slice(0, lineBytesMax);
      if (endsInCr(text)) addExtraBytes(["its lines end in CR, none in LF"]);
      for (const line of lines) take(line.endsWith("\r") ? line.slice(0, -1) : line);
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
    await port.write(Buffer.from(bytes, "latin1"));
  }

  function next(matches: (line: BoardLine) => boolean, withinMs: number): Promise<BoardLine | undefined> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => settle(() => resolve(undefined)), withinMs);
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
    async send(body) {
      const line = hello?.crc === true ? withChecksum(body) : body;
      note("sent", line);
      await write(`${line}\n`);
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
    reset: port.reset,
  };
}

/** Whether a line is an answer to the command with this id. */
export function isAnswerTo(id: string): (line: BoardLine) => line is BoardLine & Answer {
  return (line): line is BoardLine & Answer => (line.kind === "reply" || line.kind === "refusal") && line.id === id;
}
