import { readSync, writeSync } from "node:fs";
import { gatheredBytesMax } from "./canonical-mode.ts";
import type { Tty } from "./tty.ts";

/** How bytes go through an open port. */
export interface PortIo {
  /** Hands on what comes in, from now on; once for each port. */
  read(to: PortReader): void;
  /**
   * Resolves when the kernel has taken every byte; with a stalled peer that may be never. Rejects when the device is gone
   * or the port was stopped. One at a time.
   */
  write(bytes: Buffer): Promise<void>;
  /** Hands on at once what has come in and was not read yet, up to what the kernel holds of a line. */
  readRest(): void;
  /** Gives up what is under way: no further byte of a write that hangs goes out, and nothing more is read. */
  stop(): void;
}

/** Takes what a port reads. A callback, not a promise for each read: that took a tenth of a request's CPU. */
export interface PortReader {
  /** At least one byte, at most 1024, valid within the call. Once in a turn of the event loop: a flood starves nobody. */
  readonly onBytes: (bytes: Buffer) => void;
  /** The device is gone. Once, and last. */
  readonly onFailed: (error: Error) => void;
}

/** A tty that has been hung up answers every read with nothing. */
const hungUp = "hung up";

/**
 * As much as is handled in 3 ms if it is all lines of one character (6 µs each on a PC), so that a board which babbles holds up the others no
 * longer. A quarter of what the line discipline of a Linux tty holds; at 115200 baud it is 90 ms of the line.
 */
const readBytesMax = 1024;

/** What nearly every write comes to: none is made for it. */
const allTaken = Promise.resolve();

/** libuv's uv_poll_event; the poller takes the same bits. */
const pollBits = { readable: 1, writable: 2 } as const;

/**
 * Reads and writes at once on the port's non-blocking descriptor, when it polls ready. serialport's own way goes through
 * libuv's thread pool, each chunk as a read and one more that finds nothing. Measured: 32 bytes out and 32 back in
 * pieces of 8 took 460 µs of CPU and 4 context switches of the main thread instead of 780 µs and 9. And a read of its
 * own that meets a hang-up tries again for ever, at full speed, until memory is exhausted.
 */
export function createPortIo({ fd, poller }: Tty): PortIo {
  const buffer = Buffer.allocUnsafe(readBytesMax);
  let reader: PortReader | undefined;
  let writer: ((error: Error | null) => void) | undefined;
  let isStopped = false;

  /** For all that is waited for: a poll for one alone would make us deaf to the other. */
  function poll(): void {
    poller.poll((reader === undefined ? 0 : pollBits.readable) | (writer === undefined ? 0 : pollBits.writable));
  }

  function onReadable(pollError: Error | null): void {
    if (reader === undefined || isStopped) return;
    const { onBytes, onFailed } = reader;
    const read = pollError ?? readNow();
    if (read instanceof Error) {
      reader = undefined;
      onFailed(read);
      return;
    }
    if (read !== undefined) onBytes(read);
    if (!isStopped) poll();
  }

  const readSome = () => readSync(fd, buffer, 0, buffer.length, null);

  function readNow(): Buffer | Error | undefined {
    try {
      // Nothing once may be a line of nothing, which the kernel makes of a lone NUL when it begins to gather lines.
      const byteCount = readSome() || readSome();
      return byteCount === 0 ? new Error(hungUp) : buffer.subarray(0, byteCount);
    } catch (error) {
      if (isBusy(error)) return undefined;
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  function untilWritable(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (isStopped) return reject(stopped());
      writer = (error) => (error === null ? resolve() : reject(error));
      poll();
    });
  }

  function onWritable(error: Error | null): void {
    const settle = writer;
    writer = undefined;
    settle?.(error);
  }

  function writeNow(bytes: Buffer, from: number): number {
    try {
      return writeSync(fd, bytes, from);
    } catch (error) {
      if (isBusy(error)) return 0;
      throw error;
    }
  }

  async function writeFrom(bytes: Buffer, from: number): Promise<void> {
    for (let written = from; written < bytes.length; written += writeNow(bytes, written)) await untilWritable();
  }

  /** What a listener throws is a bug, but the binding's C++ would abort the process before anyone could log it. */
  poller.on("readable", (error) => {
    try {
      onReadable(error);
    } catch (bug) {
      queueMicrotask(() => {
        throw bug;
      });
    }
  });
  poller.on("writable", onWritable);

  return {
    read(to) {
      if (isStopped) return;
      reader = to;
      poll();
    },
    write(bytes) {
      if (isStopped) return Promise.reject(stopped());
      try {
        const written = writeNow(bytes, 0);
        return written === bytes.length ? allTaken : writeFrom(bytes, written);
      } catch (error) {
        return Promise.reject(error);
      }
    },
    readRest() {
      for (let readBytes = 0; readBytes < gatheredBytesMax; readBytes += readBytesMax) {
        const read = reader === undefined || isStopped ? undefined : readNow();
        if (!Buffer.isBuffer(read)) return; // A hang-up is told when the poller sees it.
        reader?.onBytes(read);
      }
    },
    stop() {
      isStopped = true;
      poller.stop();
    },
  };
}

/** The descriptor may belong to something else by now. */
const stopped = () => new Error("stopped");

/** Whether a system call would have had to wait. */
function isBusy(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "EAGAIN" || code === "EINTR";
}
