import { setTimeout } from "node:timers/promises";
import type { Tty } from "./tty.ts";

/** What becomes of a modem line on opening: "leave" is as the kernel does, which raises DTR and RTS. */
export type ModemLine = "leave" | "on" | "off";

export interface ModemLineOptions {
  readonly path: string;
  readonly dtr: ModemLine;
  readonly rts: ModemLine;
  /** A line to be turned off for so long after opening, which resets many boards. */
  readonly pulse?: { readonly line: "dtr" | "rts"; readonly ms: number } | undefined;
}

/** Sets what is not to be left; a device that has no such lines is noted. */
export async function setModemLines(tty: Tty, options: ModemLineOptions, note: (text: string) => void): Promise<void> {
  const { pulse } = options;
  const lines = { dtr: options.dtr !== "off", rts: options.rts !== "off" };
  if (options.dtr === "leave" && options.rts === "leave" && pulse === undefined) return;
  try {
    const now = await tty.get();
    const others = {
      brk: false, // A break would reach the MCU as garbage.
      // Set along with the others, so that what an administrator chose has to be said again.
      lowLatency: "lowLatency" in now && now.lowLatency === true,
    };
    if (pulse !== undefined) {
      await tty.set({ ...lines, ...others, [pulse.line]: false });
      await setTimeout(pulse.ms);
    }
    await tty.set({ ...lines, ...others });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // ENOTTY, in the library's words, on a pseudo-terminal and on adapters that have none.
    const why = /ENOTTY|Inappropriate ioctl/.test(message) ? "the device has no such lines" : message;
    note(`${options.path}: DTR and RTS cannot be set: ${why}`);
  }
}
