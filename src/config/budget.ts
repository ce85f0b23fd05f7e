/** The deadline budget: which part of the server's cutoff the network and the serial line take, and what is left for the MCU. */
import { bitsPerCharacter, type WireFormat, wireTimeMs } from "../protocol/wire-time.ts";
import type { Settings } from "./options.ts";

/** All in milliseconds; `leftMs` is below 0 if the longest lines do not fit. */
export type Budget = {
  readonly cutoffMs: number;
  readonly marginMs: number;
  /** From the arrival of a request to the instant by which its response must be published. */
  readonly deadlineMs: number;
  /** Wire time of the longest command line. */
  readonly commandMs: number;
  /** Wire time of the longest reply line. */
  readonly replyMs: number;
  /** The time left for the MCU with the longest command and the longest reply. */
  readonly leftMs: number;
};

/** The options that the budget is calculated from. */
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

/** The most bytes, both ways together, that leave the MCU some time within the deadline. */
export function wireBytesMax(deadlineMs: number, format: WireFormat): number {
  return Math.ceil((deadlineMs * format.baudRate) / (1000 * bitsPerCharacter(format))) - 1;
}
