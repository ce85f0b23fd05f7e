/** The deadline budget: what of the server's cutoff goes to the network and the wire, and what is left for the MCU. */
import type { Settings } from "./options.ts";

/** What decides how long a byte takes on the wire. */
export type WireFormat = Pick<Settings["serial"], "baudRate" | "dataBits" | "parity" | "stopBits">;

/** Bits that one byte takes on the wire: start bit, data, parity, stop. 10 for 8N1. */
export function bitsPerByte({ dataBits, parity, stopBits }: WireFormat): number {
  return 1 + dataBits + (parity === "none" ? 0 : 1) + stopBits;
}

/** Milliseconds, with their fraction, that `bytes` bytes take on the wire. */
export function wireMs(bytes: number, format: WireFormat): number {
  return (bytes * bitsPerByte(format) * 1000) / format.baudRate;
}

/** All in milliseconds; `leftMs` is below 0 where the longest lines do not fit. */
export type Budget = {
  readonly cutoffMs: number;
  readonly marginMs: number;
  /** From the arrival of a request to the instant by which its response must be published. */
  readonly deadlineMs: number;
  /** Wire time of the longest command line. */
  readonly commandMs: number;
  /** Wire time of the longest reply line. */
  readonly replyMs: number;
  /** What the MCU may take for the longest command with the longest reply. */
  readonly leftMs: number;
};

/** What the budget is made of. */
export type BudgetOptions = {
  readonly rrpc: Pick<Settings["rrpc"], "cutoffMs" | "marginMs">;
  readonly serial: WireFormat & Pick<Settings["serial"], "commandBytesMax" | "replyBytesMax">;
};

export function budgetOf({ rrpc, serial }: BudgetOptions): Budget {
  const { cutoffMs, marginMs } = rrpc;
  const deadlineMs = cutoffMs - marginMs;
  const commandMs = wireMs(serial.commandBytesMax, serial);
  const replyMs = wireMs(serial.replyBytesMax, serial);
  return { cutoffMs, marginMs, deadlineMs, commandMs, replyMs, leftMs: deadlineMs - commandMs - replyMs };
}

/** Most bytes, both ways together, that leave the MCU any time at all within the deadline. */
export function wireBytesMax(deadlineMs: number, format: WireFormat): number {
  return Math.ceil((deadlineMs * format.baudRate) / (1000 * bitsPerByte(format))) - 1;
}
