/** A virtual MCU with one planted fault, on a line in memory or on a real pty. */
import type { BoardPort } from "../../../src/lab/bench/conformance/board.ts";
import type { VirtualMcuOptions } from "../../../src/lab/mcu/options.ts";
import { openPty, type Pty, type PtyOptions } from "../../../src/lab/mcu/pty.ts";
import { silenceMs } from "../../../src/lab/mcu/receiver.ts";
import { startVirtualMcu, type VirtualMcu } from "../../../src/lab/mcu/virtual-mcu.ts";

/** What is wrong with a board. Lines are given without their LF, bytes have one character each. */
export interface Plant {
  /** Of the virtual MCU, which is sound without them. */
  readonly options?: VirtualMcuOptions;
  /** Changes a line before the firmware hears it; undefined: it never hears it. */
  readonly hear?: (line: string) => string | undefined;
  /** Changes what the firmware says: a line as it leaves, with its checksum; several are divided by LF. */
  readonly say?: (line: string) => string | undefined;
  /** Changes the bytes on the wire, those of the lines' ends too. */
  readonly wire?: (bytes: string) => string;
  /** It can be restarted although its hello is given. */
  readonly restarts?: boolean;
}

/** A sound board, with everything that the protocol offers. */
export function soundOptions(): VirtualMcuOptions {
  let count = 0;
  return {
    window: 4,
    crc: true,
    dedup: 16,
    cancel: true,
    fw: "pump-1.4.2",
    reply: (payload) => (payload.toString() === "count" ? String(++count) : payload),
  };
}

/** Starts it behind a way to open its tty. */
export function startPlanted(plant: Plant, openTty: (options: PtyOptions) => Promise<Pty>): Promise<VirtualMcu> {
  const { options, hear, say, wire } = plant;
  const heard = byLine(hear);
  const said = byLine(say);
  return startVirtualMcu({
    ...soundOptions(),
    ...options,
    async openTty(ttyOptions) {
      const tty = await openTty({ ...ttyOptions, onBytes: (bytes) => ttyOptions.onBytes(latin1(heard(text(bytes)))) });
      return {
        ...tty,
        write(bytes) {
          const changed = said(text(Buffer.from(bytes)));
          return tty.write(latin1(wire === undefined ? changed : wire(changed)));
        },
      };
    },
  });
}

/** On a real pty: `tty` is its path. */
export function startPlantedPty(plant: Plant): Promise<VirtualMcu> {
  return startPlanted(plant, openPty);
}

/** In memory, as the bench sees it. */
export async function plantedBoard(plant: Plant): Promise<BoardPort & { close(): Promise<void> }> {
  let toBench: (bytes: Buffer) => void = () => {};
  let toMcu: (bytes: Buffer) => void = () => {};
  const mcu = await startPlanted(plant, ({ onBytes }) => {
    toMcu = onBytes;
    let end = () => {};
    const closed = new Promise<void>((resolve) => {
      end = resolve;
    });
    const pty: Pty = {
      path: "memory",
      closed,
      write(bytes) {
        setImmediate(() => toBench(Buffer.from(bytes)));
        return true;
      },
      close() {
        end();
        return closed;
      },
    };
    return Promise.resolve(pty);
  });
  return {
    byteMs: plant.options?.baudRate === undefined ? 0 : 10_000 / plant.options.baudRate,
    write(bytes) {
      toMcu(bytes);
      return Promise.resolve();
    },
    read(onBytes) {
      toBench = onBytes;
    },
    // A hello that is given has always the same boot word.
    reset: plant.options?.helloLine === undefined || plant.restarts ? () => mcu.control({ kind: "reset" }) : undefined,
    close: () => mcu.close(),
  };
}

/** Changes each line on its way; a half line is dropped after a silence, as every MCU does. */
function byLine(change: ((line: string) => string | undefined) | undefined): (bytes: string) => string {
  // Half lines pass as they come, with their pauses.
  if (change === undefined) return (bytes) => bytes;
  let half = "";
  let heardAt = 0;
  return (bytes) => {
    const now = performance.now();
    const isTorn = half !== "" && now - heardAt >= silenceMs;
    heardAt = now;
    const lines = (half + bytes).split("\n");
    half = lines.pop() ?? "";
    if (isTorn) lines.shift();
    const changed = lines.map(change).filter((line) => line !== undefined);
    return changed.map((line) => `${line}\n`).join("");
  };
}

const text = (bytes: Buffer) => bytes.toString("latin1");
const latin1 = (bytes: string) => Buffer.from(bytes, "latin1");
