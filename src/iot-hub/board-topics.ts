/** The topics of the boards of one session, and which board a topic belongs to. */

import type { SubDevice } from "./sub-device.ts";
import { type DeviceTopics, deviceTopics, type TopicPair } from "./topics.ts";

export interface BoardEntry {
  readonly device: SubDevice;
  readonly topics: DeviceTopics;
}

export class BoardTopics {
  readonly #pair: TopicPair;
  readonly #byBoard = new Map<string, BoardEntry>();
  readonly #byPrefix = new Map<string, BoardEntry>();
  /** Of the last request: often of the next one too, and with one board always. It saves a string and a look-up. */
  #last: BoardEntry | undefined;

  constructor(pair: TopicPair) {
    this.#pair = pair;
  }

  add(device: SubDevice): void {
    const entry = { device, topics: deviceTopics(this.#pair, device.options) };
    this.#byBoard.set(device.options.board, entry);
    this.#byPrefix.set(entry.topics.requestPrefix, entry);
  }

  remove(board: string): void {
    const entry = this.#byBoard.get(board);
    if (entry === undefined) return;
    this.#byBoard.delete(board);
    this.#byPrefix.delete(entry.topics.requestPrefix);
    if (this.#last === entry) this.#last = undefined;
  }

  of(board: string): BoardEntry | undefined {
    return this.#byBoard.get(board);
  }

  /** The board whose requests come on such a topic. */
  find(topic: string): BoardEntry | undefined {
    if (this.#last !== undefined && topic.startsWith(this.#last.topics.requestPrefix)) return this.#last;
    const found = this.#byPrefix.get(topic.slice(0, topic.lastIndexOf("/") + 1));
    if (found !== undefined) this.#last = found;
    return found;
  }
}
