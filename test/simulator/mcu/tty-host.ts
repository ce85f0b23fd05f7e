import { once } from "node:events";
import { SerialPort } from "serialport";

/** Whoever has the tty open, as a gateway would. */
export interface TtyHost {
  write(bytes: Uint8Array | string): void;
  /** Settles when what came in so far satisfies the check (latin1); rejects after ten seconds. */
  until(check: (received: string) => boolean): Promise<string>;
  /** Settles at the hang-up. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

// On a busy machine everything here takes milliseconds; what takes longer than this does not come.
const patienceMs = 10_000;

export async function openTty(path: string): Promise<TtyHost> {
  const port = new SerialPort({ path, baudRate: 115_200, autoOpen: false });
  const closed = new Promise<void>((resolve) => port.once("close", () => resolve()));
  port.on("error", () => {});
  let received = "";
  let look = () => {};
  port.on("data", (bytes: Buffer) => {
    received += bytes.toString("latin1");
    look();
  });
  port.open();
  await once(port, "open", { signal: AbortSignal.timeout(patienceMs) });
  return {
    closed,
    write: (bytes) => void port.write(Buffer.from(bytes)),
    until: (check) =>
      new Promise((resolve, reject) => {
        const bound = setTimeout(() => reject(new Error(`in vain; so far: ${received.slice(-200)}`)), patienceMs);
        look = () => {
          if (!check(received)) return;
          clearTimeout(bound);
          resolve(received);
        };
        look();
      }),
    async close() {
      if (port.isOpen) port.close();
      await closed;
    },
  };
}
