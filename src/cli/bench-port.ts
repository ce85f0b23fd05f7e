// The bench's end of a real serial port. The bench shares no code with the gateway, so the command opens the port for it.
import { setTimeout as sleep } from "node:timers/promises";
import type { BoardPort } from "../lab/bench/conformance/board.ts";
import type { WireFormat } from "../protocol/wire-time.ts";
import type { ModemLine } from "../serial/modem-lines.ts";
import { openPort, type PortOptions } from "../serial/open-port.ts";
import { openFault } from "../serial/port-fault.ts";
import { createPortIo } from "../serial/port-io.ts";
import { createPortWorld } from "../serial/port-world.ts";

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
  resetLine: ResetLine,
  restart?: () => Promise<void>,
): Promise<OpenBoardPort> {
  const leave: ModemLine = "leave";
  const options: PortOptions = { path, ...format, rtscts: false, xonxoff: false, dtr: leave, rts: leave };
  const port = await openPort(options, () => {}).catch((error: Error) => {
    throw new Error(openFault(error.message, path, createPortWorld()).message);
  });
  const io = createPortIo(port.tty);
  async function pulse(): Promise<void> {
    const others = { brk: false, dtr: true, rts: true, lowLatency: false };
    await port.tty.set({ ...others, [resetLine]: false });
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
