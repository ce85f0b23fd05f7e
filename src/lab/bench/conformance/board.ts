// The judge's own end of the line: it writes what it likes, also what a gateway never would, and hears everything.
import { withChecksum } from "../../mcu/crc.ts";
import { cleaned, createCrWatch } from "./dirt.ts";
import { createOwnLines } from "./own-lines.ts";
import { type Answer, type Hello, readSaid, type Said } from "./said.ts";

/** An open serial port, or what stands for one. */
export interface BoardPort {
  write(bytes: Buffer): Promise<void>;
  /** Hands on what comes in, from now on; once. */
  read(onBytes: (bytes: Buffer) => void, onFailed: (error: Error) => void): void;
  /** Restarts the board; undefined where that is not possible, or not allowed. */
  readonly reset: (() => Promise<void>) | undefined;
}

/** A line in either direction, as it was on the wire, without LF. */
export interface Exchange {
  readonly direction: "sent" | "came";
  readonly line: string;
}

export interface Board {
  /** What it claims, by its latest hello; undefined before the first one. */
  hello(): Hello | undefined;
  /** Writes a line: with a checksum where the board asks for them, and with LF. */
  send(body: string): Promise<void>;
  /** Writes these bytes, one character each, as they are. */
  sendBytes(bytes: string): Promise<void>;
  /** The first line since the last `mark` that `matches`, also a line that has come already. */
  next<S extends Said>(matches: (said: Said) => said is S, withinMs: number): Promise<S | undefined>;
  next(matches: (said: Said) => boolean, withinMs: number): Promise<Said | undefined>;
  /** Forgets what was heard and exchanged so far. */
  mark(): void;
  /** What was heard since the last `mark`. */
  heard(): readonly Said[];
  /** How many of the lines that were sent have come back, which are not among what was heard. */
  echoCount(): number;
  /** Both directions since the last `mark`. */
  exchanged(): readonly Exchange[];
  /** What stood around its lines, from the beginning on, in words. */
  dirt(): readonly string[];
  readonly reset: (() => Promise<void>) | undefined;
}

/** Longer than any line of the protocol: what has no LF by then is chatter, and is cut so that it costs no memory. */
const lineBytesMax = 100_000;
/** Of one rule, for the report. */
const exchangesMax = 2000;

/** Kinds of what stands around its lines. */
const dirtMax = 8;

/** A board behind an open port. */
export function createBoard(port: BoardPort): Board {
  let hello: Hello | undefined;
  let partial = "";
  let heard: Said[] = [];
  let exchanges: Exchange[] = [];
  let failed: Error | undefined;
  const endsInCr = createCrWatch();
  const dirt = new Set<string>();
  const looks = new Set<() => void>();
  const own = createOwnLines();

  function look(): void {
    for (const each of looks) each();
  }

  function note(direction: Exchange["direction"], line: string): void {
    if (exchanges.length < exchangesMax) exchanges.push({ direction, line });
  }

  function addDirt(words: readonly string[]): void {
    for (const each of words) if (dirt.size < dirtMax) dirt.add(each);
  }

  function take(line: string): void {
    if (line === "") return;
    note("came", line);
    const { line: clean, dirt: around } = cleaned(line);
    if (clean === "" || own.take(clean)) return;
    addDirt(around);
    const said = readSaid(clean, hello?.crc === true);
    if (said.kind === "hello") hello = said.hello;
    heard.push(said);
  }

  port.read(
    (bytes) => {
      const text = bytes.toString("latin1");
      const lines = (partial + text).split("\n");
      partial = (lines.pop() ?? "").slice(0, lineBytesMax);
      if (endsInCr(text)) addDirt(["its lines end in CR, and none in LF"]);
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
    own.wrote(bytes);
    await port.write(Buffer.from(bytes, "latin1"));
  }

  function next(matches: (said: Said) => boolean, withinMs: number): Promise<Said | undefined> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => settle(() => resolve(undefined)), withinMs);
      function settle(result: () => void): void {
        clearTimeout(timer);
        looks.delete(tryAgain);
        result();
      }
      function tryAgain(): void {
        const found = heard.find(matches);
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
      heard = [];
      exchanges = [];
    },
    heard: () => heard,
    echoCount: () => own.count,
    exchanged: () => exchanges,
    dirt: () => [...dirt],
    reset: port.reset,
  };
}

/** Whether a line is an answer to the command with this id. */
export function isAnswerTo(id: string): (said: Said) => said is Said & Answer {
  return (said): said is Said & Answer => (said.kind === "reply" || said.kind === "refusal") && said.id === id;
}
