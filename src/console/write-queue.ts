import type { WriteOptions } from "../serial/link.ts";

export interface Write {
  readonly bytes: Buffer;
  readonly how?: WriteOptions | undefined;
  /** The port has taken it, or, after `giveUp`, is done with what was before it; undefined for what a person has typed. */
  readonly onWritten: (() => void) | undefined;
  /** Probes that a person has typed. */
  readonly probeCount?: number;
}

/** The port takes one write at a time: what is typed waits for what the gateway's core writes, and the other way round. */
export class WriteQueue {
  readonly #write: (write: Write) => void;
  #waiting: Write[] = [];
  /** The core waits for these no longer: they are never written. */
  readonly #givenUp = new Set<Write>();

  /** @param write hands it to the port; `written` follows */
  constructor(write: (write: Write) => void) {
    this.#write = write;
  }

  add(write: Write): void {
    this.#waiting.push(write);
    if (this.#waiting.length === 1) this.#begin();
  }

  /** The port has taken the first one. */
  written(): void {
    const done = [this.#waiting.shift()];
    while (this.#waiting[0] !== undefined && this.#givenUp.delete(this.#waiting[0])) done.push(this.#waiting.shift());
    this.#begin();
    for (const write of done) write?.onWritten?.();
  }

  /** The core has given up what it has handed over: what the port has not begun would be carried out after its caller's error. */
  giveUp(): void {
    for (const write of this.#waiting.slice(1)) if (write.onWritten !== undefined) this.#givenUp.add(write);
  }

  /** The port is closed. */
  clear(): void {
    this.#waiting = [];
    this.#givenUp.clear();
  }

  #begin(): void {
    const [next] = this.#waiting;
    if (next !== undefined) this.#write(next);
  }
}
