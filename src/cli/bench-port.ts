// The bench's end of a real serial port. The bench shares no code with the gateway, so the command opens the port for it.
import { setTimeout as sleep } from "node:timers/promises";
import type { BoardPort } from "../lab/bench/conformance/board.ts";
import { type WireFormat, wireTimeMs } from "../protocol/wire-time.ts";
import { openPort, type PortOptions } from "../serial/open-port.ts";
import { openFault } from "../serial/port-fault.ts";
import { createPortIo } from "../serial/port-io.ts";
import { createPortWorld } from "../serial/port-world.ts";
import type { BoardLine } from "./bench-line.ts";

/** A line that is turned off and on again to restart the board; none where it must not be restarted. */
export type ResetLine = "none" | "dtr" | "rts";

/** Long enough for any reset circuit with its capacitor (Arduino: 0.1 µF). */
const resetPulseMs = 100;

export interface OpenBoardPort extends BoardPort {
  /** Whoever waits for the board is told that the port has failed. Again: does nothing more. */
  close(): Promise<void>;
}

/** Opens the port; throws an error that says what helps. `restart` replaces the modem line, for a virtual board. */
export async function openBoardPort(
  path: string,
  format: WireFormat,
  control: BoardLine["control"],
  resetLine: ResetLine,
  restart?: () => Promise<void>,
): Promise<OpenBoardPort> {
  const options: PortOptions = { path, ...format, ...control };
  const port = await openPort(options, () => {}).catch((error: Error) => {
    const { message, hint } = openFault(error.message, path, createPortWorld());
    throw new Error(hint === undefined ? message : `${message}: ${hint}`);
  });
  const io = createPortIo(port.tty);
  async function pulse(): Promise<void> {
    const others = { brk: false, dtr: control.dtr !== "off", rts: control.rts !== "off", lowLatency: false };
    await port.tty.set({ ...others, [resetLine]: false }).catch((error: Error) => {
      throw new Error(`${path} has no ${resetLine.toUpperCase()}: ${error.message}`);
    });
    await sleep(resetPulseMs);
    await port.tty.set(others);
  }
  let fail: (error: Error) => void = () => {};
  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    io.stop();
    fail(new Error(`${path} was closed`));
    await port.release({ flush: true });
  }
  return {
    byteMs: wireTimeMs(1, format),
    write(bytes) {
      // Its descriptor may belong to something else by now.
      return closing === undefined ? io.write(bytes) : Promise.reject(new Error(`${path} was closed`));
    },
    read(onBytes, onFailed) {
      fail = onFailed;
      io.read({ onBytes, onFailed });
    },
    reset: restart ?? (resetLine === "none" ? undefined : pulse),
    close() {
      closing ??= close();
      return closing;
    },
  };
}
