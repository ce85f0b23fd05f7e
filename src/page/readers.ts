import type { ServerResponse } from "node:http";
import type { Frame } from "./frame.ts";

/** A person sees no more changes in a second; the browser has the rest of the time for drawing. */
const frameMs = 250;

/** Something goes out so often even when nothing changes: proxies and phones end a silent connection, and a dead one is noticed. */
const aliveMs = 10_000;

/** Some five frames of many boards. A browser that has as much to read is sent the next picture when it is done. */
const unreadBytesMax = 256 * 1024;

/** A browser that reads nothing for so long is gone. */
const stuckMsMax = 30_000;

/** The picture of one board, or of all: as a browser sees it first, or what follows for those that watch. */
export type FrameOf = (board: string | undefined, which: "first" | "next") => Frame;

interface Reader {
  readonly response: ServerResponse;
  /** Whose picture; undefined: of all. */
  readonly board: string | undefined;
  sentAt: number;
}

/** The browsers that watch, and when each is sent the next frame. None is waited for. */
export class Readers {
  readonly #readers = new Set<Reader>();
  readonly #frameOf: FrameOf;
  readonly #timer: NodeJS.Timeout;
  #hasChanged = false;

  constructor(frameOf: FrameOf) {
    this.#frameOf = frameOf;
    this.#timer = setInterval(() => this.#tick(performance.now()), frameMs);
  }

  get count(): number {
    return this.#readers.size;
  }

  /** From now on this browser is sent frames; the first at once. */
  add(response: ServerResponse, board: string | undefined): void {
    const reader = { response, board, sentAt: performance.now() };
    this.#readers.add(reader);
    response.on("close", () => this.#readers.delete(reader));
    response.write(`retry: 1000\n\n${eventOf(this.#frameOf(board, "first"))}`);
  }

  /** There is something new. */
  changed(): void {
    this.#hasChanged = true;
  }

  close(): void {
    clearInterval(this.#timer);
    for (const { response } of this.#readers) response.destroy();
  }

  #tick(now: number): void {
    const frames = new Map<string | undefined, Frame>();
    const frameOf = (board: string | undefined) => {
      const frame = frames.get(board) ?? this.#frameOf(board, "next");
      frames.set(board, frame);
      return frame;
    };
    for (const reader of this.#readers) {
      const { response, board, sentAt } = reader;
      if (response.writableLength > unreadBytesMax) {
        if (now - sentAt > stuckMsMax) response.destroy();
        continue;
      }
      // The bars of open calls grow, and ages are counted by the frames' time.
      const isDue = this.#hasChanged || now - sentAt > aliveMs || frameOf(board).calls[0]?.outcome === "open";
      if (!isDue) continue;
      response.write(eventOf(frameOf(board)));
      reader.sentAt = now;
    }
    this.#hasChanged = false;
  }
}

const eventOf = (frame: Frame) => `data: ${JSON.stringify(frame)}\n\n`;
