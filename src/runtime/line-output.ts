import { constants, fstatSync, openSync, writeSync } from "node:fs";

/** How often it is tried again where nothing more is to be written. */
const retryMs = 1000;

/**
 * Lines to a descriptor whose reader may stop, or go away: nobody waits for it, and nothing is kept for it. What cannot
 * be written at once is lost, and how much that was is written as soon as there is room again. A line is written when
 * the call returns, so the last words of a process that ends are not lost on the way.
 */
export class LineOutput {
  readonly #fd: number;
  readonly #lostLine: (count: number) => string;
  /** Of a line that was taken in part: its end comes before anything else. */
  #rest: Buffer = Buffer.alloc(0);
  #lostCount = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param fd one that does not block: see `openStandardError`. */
  constructor(fd: number, lostLine: (count: number) => string) {
    this.#fd = fd;
    this.#lostLine = lostLine;
  }

  /** Takes a line, LF included, or several that belong together: they are lost as one. */
  write(line: string): void {
    this.#catchUp();
    // Once something is lost all is, until that could be said: one gap is easier to understand than many.
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

  /** Whether the line was taken; a part of it is as good as all, because the rest follows. */
  #take(line: string): boolean {
    const bytes = Buffer.from(line);
    const rest = this.#push(bytes);
    if (rest.length === bytes.length) return false;
    this.#rest = rest;
    return true;
  }

  /** What of `bytes` could not be written. */
  #push(bytes: Buffer): Buffer {
    try {
      return bytes.subarray(writeSync(this.#fd, bytes));
    } catch {
      // Full (EAGAIN), without a reader (EPIPE), hung up (EIO), a full disk (ENOSPC): it may pass, and there is no better
      // place to say so.
      return bytes;
    }
  }
}

/**
 * Standard error as a descriptor that does not block. Whether one does is a property of the open file, which others have
 * too, and change: a shell, a neighbour in a pipeline. So a pipe or terminal is opened once more. A socket cannot be:
 * Node.js makes it non-blocking as soon as it makes a stream of it, and nobody has journald's but the service. A file
 * never blocks, and has its place for writing in common with standard output.
 */
export function openStandardError(): number {
  const stat = fstatSync(2);
  if (stat.isFIFO() || stat.isCharacterDevice()) {
    try {
      return openSync("/proc/self/fd/2", constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    } catch {
      // Another user's, or a pipe that nobody reads any more: as with a socket.
    }
  }
  void process.stderr;
  return 2;
}
