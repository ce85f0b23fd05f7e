import type { Socket } from "node:net";

/** Some 2000 trace events without contents, seconds of the fastest traffic; 2 MiB for all readers together. */
const unreadBytesMax = 256 * 1024;

/** A client that watches. A slow one loses what comes while its buffer is full, and is told how much that was. */
export class Reader {
  readonly withContents: boolean;
  readonly #board: string | undefined;
  readonly #socket: Socket;
  readonly #lostLine: (count: number) => string;
  #lostCount = 0;
  #isCorked = false;

  constructor(
    socket: Socket,
    { withContents, board }: { readonly withContents: boolean; readonly board?: string },
    lostLine: (count: number) => string,
  ) {
    this.#socket = socket;
    this.withContents = withContents;
    this.#board = board;
    this.#lostLine = lostLine;
    socket.on("drain", () => this.#catchUp());
  }

  /** Whether it is to see what happens to this board; undefined for what belongs to no board, which all see. */
  watches(board: string | undefined): boolean {
    return this.#board === undefined || board === undefined || board === this.#board;
  }

  /** Takes a line, LF included, if there is room for it. What comes in one turn of the loop is written at once. */
  offer(line: string): void {
    // It has been told why it is sent away.
    if (this.#socket.writableEnded) return;
    // Once something is lost all is, until the buffer is empty: one gap is easier to understand than many.
    if (this.#lostCount > 0 || this.#socket.writableLength + line.length > unreadBytesMax) {
      this.#lostCount += 1;
      return;
    }
    this.#cork();
    this.#socket.write(line);
  }

  #catchUp(): void {
    if (this.#lostCount === 0) return;
    const count = this.#lostCount;
    this.#lostCount = 0;
    this.offer(this.#lostLine(count));
  }

  #cork(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.#socket.cork();
    setImmediate(() => {
      this.#isCorked = false;
      this.#socket.uncork();
    });
  }
}
