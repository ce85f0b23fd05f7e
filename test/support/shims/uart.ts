import { spawn } from "node:child_process";
import { lstatSync, readlinkSync, renameSync, symlinkSync, unlinkSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Duplex, Readable, Writable } from "node:stream";
import type { Pty, PtyOptions } from "../../../src/lab/mcu/pty.ts";
import { compileShim } from "./compile.ts";

/** A tty with a driver behind it that holds bytes, as a UART's does. What `onBytes` gets has been on the wire. */
export interface UartTty extends Pty {
  /** The other side wants nothing now (CTS off, or XOFF), or goes on. Settles when it is so. */
  hold(isHeld: boolean): Promise<void>;
}

export interface UartOptions extends PtyOptions {
  /** 0: bytes take no time. */
  readonly baudRate: number;
  /** How much the driver holds; default 4096, as Linux's serial core does. */
  readonly bufferBytes?: number;
  /** Told when so many bytes have come into the driver; until then a tcflush throws them away without a word. */
  readonly onTaken?: (byteCount: number) => void;
  /** Told when the gateway has thrown away so many bytes in the driver (tcflush). */
  readonly onFlushed?: (byteCount: number) => void;
}

export async function openUart(options: UartOptions): Promise<UartTty> {
  const { onBytes, link, baudRate, bufferBytes = 4096, onTaken = () => {}, onFlushed = () => {} } = options;
  const child = spawn(compileShim("uart"), [`${baudRate}`, `${bufferBytes}`], {
    stdio: ["pipe", "pipe", "pipe", "pipe"],
  });
  const [input, output, errors, control] = child.stdio as unknown as [Writable, Readable, Readable, Duplex];
  for (const pipe of [input, output, errors, control]) pipe.on("error", () => {});
  output.on("data", onBytes);
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let onState = () => {};
  const path = await new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => reject(new Error("the uart ended before it had a tty")));
    createInterface(errors).on("line", (line) => {
      const [word, value = ""] = line.split(" ");
      if (word === "tty") resolve(value);
      if (word === "taken") onTaken(Number(value));
      if (word === "flushed") onFlushed(Number(value));
      if (word === "held" || word === "gone") onState();
    });
  });
  if (link !== undefined) {
    symlinkSync(path, `${link}.${child.pid}`);
    renameSync(`${link}.${child.pid}`, link);
    void closed.then(() => removeLink(link, path));
  }
  return {
    path,
    closed,
    hold: (isHeld) =>
      new Promise((resolve) => {
        onState = resolve;
        control.write(isHeld ? "hold\n" : "go\n");
      }),
    write(bytes) {
      if (!input.destroyed) input.write(bytes);
      return !input.destroyed;
    },
    async close() {
      if (link !== undefined) removeLink(link, path);
      control.destroy();
      await closed;
    },
  };
}

/** Not a link that somebody else has put there meanwhile. */
function removeLink(link: string, path: string): void {
  if (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() && readlinkSync(link) === path) unlinkSync(link);
}
