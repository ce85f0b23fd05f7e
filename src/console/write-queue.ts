import type { WriteOptions } from "../serial/link.ts";

interface Write {
  readonly bytes: Buffer;
  readonly how?: WriteOptions | undefined;
  /** The port has taken it; undefined for what a person has typed. */
  readonly onWritten: (() => void) | undefined;
}

/** The port takes one write at a time: what is typed waits for what the gateway's core writes, and the other way round. */
export class WriteQueue {
  readonly #write: (bytes: Buffer, how?: WriteOptions) => void;
  #waiting: Write[] = [];

  constructor(write: (bytes: Buffer, how?: WriteOptions) => void) {
    this.#write = write;
  }

  add(write: Write): void {
    this.#waiting.push(write);
    if (this.#waiting.length === 1) this.#begin();
  }

  /** The port has taken the first one. */
  written(): void {
    const done = this.#waiting.shift();
    this.#begin();
    done?.onWritten?.();
  }

  /** The port is closed. */
  clear(): void {
    this.#waiting = [];
  }

  #begin(): void {
    const [next] = this.#waiting;
    if (next !== undefined) this.#write(next.bytes, next.how);
  }
}
