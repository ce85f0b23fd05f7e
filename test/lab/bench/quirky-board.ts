// A sound board in a few lines, and the ways in which it can be made to break one rule.
import type { BoardPort } from "../../../src/lab/bench/conformance/board.ts";
import { escapeBytes, readGatewayLine } from "../../../src/lab/mcu/codec.ts";
import { withChecksum } from "../../../src/lab/mcu/crc.ts";

export type Quirk =
  | "none"
  | "silent"
  | "answers twice"
  | "cuts ids"
  | "wants a payload"
  | "answers malformed lines"
  | "does not unescape"
  | "takes one byte too few"
  | "breaks overlong lines up"
  | "believes damaged lines"
  | "reports no damage"
  | "holds one command"
  | "forgets"
  | "remembers one"
  | "knows ids only"
  | "cannot cancel"
  | "answers unknown cancels"
  | "wants whole lines"
  | "new boot word with each hello"
  | "same boot word at each start"
  | "hello with a bad value"
  | "logs without checksums"
  | "keeps half lines"
  | "reports openings"
  | "does what an opening completes"
  | "puts probes off"
  | "answers a probe once"
  | "says pong"
  | "minimal";

/** The board's own limit, LF included. */
const lineBytesMax = 96;
/** After which it drops a half line. */
const silenceMs = 500;

export function quirkyBoard(quirk: Quirk): BoardPort {
  const minimal = quirk === "minimal";
  let emit: (bytes: Buffer) => void = () => {};
  let buffer = "";
  let isTorn = false;
  let heardAt = 0;
  let isProbed = false;
  let boot = 1;
  let count = 0;
  let memory = new Map<string, string | undefined>();
  const remembers = quirk === "forgets" || minimal ? 0 : quirk === "remembers one" ? 1 : 3;
  const atWork = new Set<string>();

  function say(body: string): void {
    const line = minimal ? body : withChecksum(body);
    setImmediate(() => emit(Buffer.from(`${line}\n`, "latin1")));
  }

  function hello(): void {
    if (quirk === "new boot word with each hello") boot++;
    const window = quirk === "hello with a bad value" ? "two" : "2";
    say(`=rrpc/1 window=${window} line=${lineBytesMax} crc=1 dedup=3 cancel=1 boot=B${boot}`);
  }

  function handshake(): void {
    if (quirk === "puts probes off") setTimeout(hello, 10);
    else if (quirk !== "answers a probe once" || !isProbed) hello();
    isProbed = true;
  }

  function answer(id: string, key: string, payload: string): void {
    const shown = quirk === "cuts ids" ? id.slice(0, 16) : id;
    const line = `<${shown}${payload === "" ? "" : ` ${escapeBytes(payload)}`}`;
    if (remembers > 0) memory.set(key, line);
    say(line);
    if (quirk === "answers twice") say(line);
    if (quirk === "logs without checksums") setImmediate(() => emit(Buffer.from("I (42) done\n")));
  }

  function handle(id: string, payload: string, key: string): void {
    if (memory.has(key)) {
      const remembered = memory.get(key);
      if (remembered !== undefined) say(remembered);
      return;
    }
    memory.set(key, undefined);
    while (memory.size > remembers) memory.delete([...memory.keys()][0] ?? "");
    const slowMs = Number(/^slow (\d+)$/.exec(payload)?.[1] ?? 0);
    if (slowMs === 0) {
      const reply = quirk === "says pong" ? payload.replace(/^ping/, "pong") : payload;
      answer(id, key, payload === "count" ? String(++count) : reply);
      return;
    }
    atWork.add(id);
    setTimeout(() => atWork.delete(id) && answer(id, key, payload), slowMs);
  }

  function hear(line: string): void {
    const read = readGatewayLine(quirk === "believes damaged lines" ? line.replace(/\*.{4}$/, "") : line, checked());
    switch (read.kind) {
      case "probe":
        if (!minimal) handshake();
        return;
      case "cancel":
        if (quirk === "answers unknown cancels" && !atWork.has(read.id)) say(`!${read.id} unknown`);
        if (quirk !== "cannot cancel") atWork.delete(read.id);
        return;
      case "damaged":
        if (quirk !== "reports no damage") say("!- crc");
        return;
      case "spoiler":
        if (quirk === "reports openings") say("!- crc");
        return;
      case "malformed":
        if (quirk === "reports openings" && line.startsWith("\\!")) say("!- crc");
        if (quirk === "answers malformed lines" && line.startsWith(">esc")) say("!esc malformed");
        return;
      case "command": {
        if (quirk === "wants a payload" && read.payload === "") return;
        const isRaw = quirk === "does not unescape" && line.includes("\\");
        const payload = isRaw ? line.slice(line.indexOf(" ") + 1, -5) : read.payload;
        handle(read.id, payload, quirk === "knows ids only" ? read.id : read.key);
        return;
      }
      default:
        read satisfies never;
    }
  }
  const checked = () => !minimal && quirk !== "believes damaged lines";

  function take(line: string): void {
    const limit = quirk === "takes one byte too few" ? lineBytesMax - 1 : lineBytesMax;
    if (line.length + 1 > limit) {
      if (quirk === "breaks overlong lines up") say(`<${/>(b\d+)/.exec(line)?.[1] ?? "b"} the rest`);
      return;
    }
    const bare = stripExtraBytes(line.replace(/\r$/, ""));
    if (bare !== "") hear(bare);
  }

  /** Without what an opening has put behind it, for the board that knows no better. */
  function stripExtraBytes(line: string): string {
    const end = line.indexOf("\\!\\!");
    if (quirk !== "does what an opening completes" || end < 1) return line;
    const half = line.slice(0, end);
    return /\*....$/.test(half) ? half : withChecksum(half);
  }

  /** The lines that end in these bytes, without one that was cut by a silence. */
  function linesOf(bytes: string): string[] {
    const now = performance.now();
    isTorn ||= buffer !== "" && now - heardAt >= silenceMs && quirk !== "keeps half lines";
    heardAt = now;
    const lines = (buffer + bytes).split("\n");
    buffer = lines.pop() ?? "";
    if (!isTorn || lines.length === 0) return lines;
    isTorn = false;
    return lines.slice(1);
  }

  return {
    byteMs: 0,
    write(bytes) {
      isProbed = false;
      const isPiece = !bytes.includes("\n");
      if (quirk === "silent" || (quirk === "wants whole lines" && isPiece)) return Promise.resolve();
      const lines = linesOf(bytes.toString("latin1"));
      const commands = lines.filter((line) => line.startsWith(">"));
      const lost = quirk === "holds one command" ? commands.slice(1) : [];
      for (const line of lines) if (!lost.includes(line)) take(line);
      return Promise.resolve();
    },
    read(onBytes) {
      emit = onBytes;
    },
    reset() {
      if (quirk !== "same boot word at each start") boot++;
      memory = new Map();
      if (!minimal && quirk !== "silent") hello();
      return Promise.resolve();
    },
  };
}

/** The same at a line that brings back all that is written to it; with `alone` nothing else. */
export function echoing(board: BoardPort, alone = false): BoardPort {
  let emit: (bytes: Buffer) => void = () => {};
  return {
    byteMs: 0,
    reset: board.reset,
    read(onBytes, onFailed) {
      emit = onBytes;
      if (!alone) board.read(onBytes, onFailed);
    },
    async write(bytes) {
      emit(bytes);
      if (!alone) await board.write(bytes);
    },
  };
}
