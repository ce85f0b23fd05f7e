/** The deadline budget: what of the server's cutoff goes to the network and the wire, and what is left for the MCU. */
import { bitsPerCharacter, type WireFormat, wireTimeMs } from "../protocol/wire-time.ts";
import type { Settings } from "./options.ts";

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
  const commandMs = wireTimeMs(serial.commandBytesMax, serial);
  const replyMs = wireTimeMs(serial.replyBytesMax, serial);
  return { cutoffMs, marginMs, deadlineMs, commandMs, replyMs, leftMs: deadlineMs - commandMs - replyMs };
}

/** Most bytes, both ways together, that leave the MCU any time at all within the deadline. */
export function wireBytesMax(deadlineMs: number, format: WireFormat): number {
  return Math.ceil((deadlineMs * format.baudRate) / (1000 * bitsPerCharacter(format))) - 1;
}
