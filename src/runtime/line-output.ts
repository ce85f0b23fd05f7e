import { constants, fstatSync, openSync, writeSync } from "node:fs";

/** How often to try again while no new line is written. */
const retryMs = 1000;

/**
 * Writes lines to a descriptor whose reader may stop reading or go away. Nobody waits for the reader, and nothing is buffered for it:
 * a line that cannot be written at once is lost, and the number of lost lines is written as soon as there is room again. Writing is
 * synchronous, so the last lines of a process that ends are not lost.
 */
export class LineOutput {
  readonly #fd: number;
  readonly #lostLine: (count: number) => string;
  /** The rest of a line that was written in part: it comes before anything else. */
  #rest: Buffer = Buffer.alloc(0);
  #lostCount = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param fd must not block: see `openStandardError` */
  constructor(fd: number, lostLine: (count: number) => string) {
    this.#fd = fd;
    this.#lostLine = lostLine;
  }

  /** Writes a line, LF included, or several that belong together: either all of them are lost, or none. */
  write(line: string): void {
    this.#catchUp();
    // Once a line is lost, all lines are, until the loss could be reported: one gap is easier to understand than many.
    if (this.#isBehind() || !this.#take(line)) this.#lostCount += 1;
    if (this.#isBehind()) this.#timer ??= setInterval(() => this.#catchUp(), retryMs).unref();
  }

  #isBehind(): boolean {
    return this.#rest.length > 0 || this.#lostCount > 0;
  }

  #catchUp(): void {
    if (this.#rest.length > 0) this.#rest = this.#push(this.#rest);
    if (this.#rest.length === 0 && this.#lostCount > 0 && this.#take(this.#lostLine(this.#lostCount))) {
      this.#lostCount = 0;
    }
    if (this.#isBehind()) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Whether the line was written, at least in part: the rest follows. */
  #take(line: string): boolean {
    const bytes = Buffer.from(line);
    const rest = this.#push(bytes);
    if (rest.length === bytes.length) return false;
    this.#rest = rest;
    return true;
  }

  /** The part of `bytes` that could not be written. */
  #push(bytes: Buffer): Buffer {
    try {
      return bytes.subarray(writeSync(this.#fd, bytes));
    } catch {
      // Full (EAGAIN), no reader (EPIPE), hung up (EIO), disk full (ENOSPC): it may pass, and there is no better place to
      // report it.
      return bytes;
    }
  }
}

/**
 * Opens standard error as a descriptor that does not block. Blocking is a property of the open file, which other processes (a shell, a
 * neighbour in a pipeline) share and may change. So a pipe or terminal is opened once more. A socket cannot be opened again: Node.js
 * makes it non-blocking when it makes a stream of it, and no other process shares journald's. A file never blocks, and must keep
 * the write position that it shares with standard output.
 */
export function openStandardError(): number {
  const stat = fstatSync(2);
  if (stat.isFIFO() || stat.isCharacterDevice()) {
    try {
      return openSync("/proc/self/fd/2", constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    } catch {
      // It belongs to another user, or nobody reads the pipe any more: treat it like a socket.
    }
  }
  void process.stderr;
  return 2;
}
