import { commandLine } from "../../src/protocol/gateway-line.ts";
import { type McuLine, readMcuLine } from "../../src/protocol/mcu-line.ts";
import { type AvrBoard, createAvrBoard } from "./avr-board.ts";
import { createNoise, type Noise } from "./noise.ts";

/** The gateway's codec on one end of a wire and an emulated board on the other, in virtual time. */
export interface LineBench {
  readonly board: AvrBoard;
  /** Bytes to the chip as they are, through the noise. */
  send(bytes: Uint8Array | string): void;
  /** A command line with its checksum. */
  command(id: string, payload: string): void;
  /** The next line from the chip that is not empty; undefined if none has come within so many milliseconds. */
  next(withinMs: number): McuLine | undefined;
  /** From now on noise in both directions: a share of bytes lost or with a wrong bit. */
  setNoise(rate: number, seed: number): void;
}

const STEP_MS = 0.25;

export function createLineBench(hex: string): LineBench {
  let toChip: Noise = (bytes) => bytes;
  let fromChip: Noise = (bytes) => bytes;
  let partial: number[] = [];
  const lines: McuLine[] = [];
  const board = createAvrBoard({ hex, onByte: (byte) => fromChip(Uint8Array.of(byte)).forEach(receive) });

  function receive(byte: number): void {
    if (byte !== LF) {
      partial.push(byte);
      return;
    }
    if (partial.length > 0) lines.push(readMcuLine(Buffer.from(partial), true));
    partial = [];
  }

  const send = (bytes: Uint8Array | string) => board.send(toChip(Buffer.from(bytes)));
  return {
    board,
    send,
    command: (id, payload) => send(commandLine(id, Buffer.from(payload), true)),
    next(withinMs) {
      const endMs = board.nowMs() + withinMs;
      while (lines.length === 0 && board.nowMs() < endMs) board.run(STEP_MS);
      return lines.shift();
    },
    setNoise(rate, seed) {
      toChip = createNoise(rate, seed);
      fromChip = createNoise(rate, seed + 1);
    },
  };
}

const LF = 0x0a;

/** What a line says, short enough to compare: `<7 ok`, `!7 busy`, `=boot`, `!- crc`. */
export function summary(line: McuLine | undefined): string {
  if (line === undefined) return "(silence)";
  switch (line.kind) {
    case "reply":
      return line.payload.length > 0 ? `<${line.id} ${line.payload}` : `<${line.id}`;
    case "refusal":
      return `!${line.id} ${line.code} ${line.text}`.trimEnd();
    case "event":
      return `@${line.name} ${line.payload}`.trimEnd();
    case "hello":
      return `=${line.hello.boot}`;
    case "damage_report":
      return "!- crc";
    default:
      return line.kind;
  }
}
