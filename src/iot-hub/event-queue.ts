/** Events of the boards that wait for their turn in the message budget. Pure. The boards take turns, so none can starve another. */

export interface QueuedEvent {
  readonly board: string;
  readonly topic: string;
  readonly payload: Buffer;
}

/** For each board. With all boards and the longest payloads this is 12 MB; a longer queue would tell the hub what was long ago. */
const waitingMax = 8;

export class EventQueue {
  /** The board whose turn it is comes first; none is here without events. */
  readonly #waiting = new Map<string, QueuedEvent[]>();

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** @returns whether there was room for it */
  add(event: QueuedEvent): boolean {
    const ofBoard = this.#waiting.get(event.board) ?? [];
    if (ofBoard.length >= waitingMax) return false;
    // The buffer is a view of what the sender reads next.
    ofBoard.push({ ...event, payload: Buffer.from(event.payload) });
    this.#waiting.set(event.board, ofBoard);
    return true;
  }

  /** The next one to go; undefined where none waits. */
  take(): QueuedEvent | undefined {
    for (const [board, [event, ...others]] of this.#waiting) {
      this.#waiting.delete(board);
      if (others.length > 0) this.#waiting.set(board, others);
      return event;
    }
    return undefined;
  }

  /** Takes all that wait, of one board or of all. */
  clear(board?: string): readonly QueuedEvent[] {
    const boards = board === undefined ? [...this.#waiting.keys()] : [board];
    return boards.flatMap((name) => {
      const events = this.#waiting.get(name) ?? [];
      this.#waiting.delete(name);
      return events;
    });
  }
}
