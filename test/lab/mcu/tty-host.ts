import { close, constants, createReadStream, openSync, write } from "node:fs";

/** Whoever has the tty open, as a gateway would. It lets go of it when the tty hangs up. */
export interface TtyHost {
  write(bytes: Uint8Array | string): void;
  /** Settles when all that came in satisfies the check (latin1); rejects after ten seconds. */
  until(check: (received: string) => boolean): Promise<string>;
  /** Settles at the hang-up; rejects after ten seconds. */
  hungUp(): Promise<void>;
}

// On a busy machine everything here takes milliseconds; what takes longer than this does not come.
const patienceMs = 10_000;

/**
 * By plain blocking reads and writes in the thread pool: serialport now and then misses a hang-up (a read that gives
 * nothing is repeated for ever), and stops reading while a write of its own waits.
 */
export function openTty(path: string): TtyHost {
  const fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  const input = createReadStream("", { fd, autoClose: false });
  let received = "";
  let isHungUp = false;
  let look = () => {};
  const end = () => {
    if (!isHungUp) close(fd);
    isHungUp = true;
    look();
  };
  // A hung-up tty reads as its end, or as EIO.
  input.on("end", end).on("error", end);
  input.on("data", (bytes) => {
    received += bytes.toString("latin1");
    look();
  });

  function whenever(check: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const bound = setTimeout(() => reject(new Error(`timed out; so far: ${received.slice(-200)}`)), patienceMs);
      look = () => {
        if (!check()) return;
        clearTimeout(bound);
        resolve();
      };
      look();
    });
  }

  return {
    write: (bytes) => write(fd, Buffer.from(bytes), () => {}),
    until: async (check) => {
      await whenever(() => check(received));
      return received;
    },
    hungUp: () => whenever(() => isHungUp),
  };
}
