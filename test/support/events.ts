/** The events of something that is watched, to be waited for one by one, each wait with a bound. */

import assert from "node:assert/strict";

/** Far above what anything on loopback takes, even on a busy machine. */
const waitMs = 20_000;

interface Event {
  readonly kind: string;
}

export interface Events<E extends Event> {
  /** Everything that was said so far. */
  readonly events: readonly E[];
  /** The next event, from where the last call stopped. */
  next(): Promise<E>;
  /** The next event, which must be of this kind. */
  expect<K extends E["kind"]>(kind: K): Promise<Extract<E, { kind: K }>>;
  /** Skips to the end. */
  down(): Promise<Extract<E, { kind: "down" }>>;
}

export function createEvents<E extends Event>(): Events<E> & { emit(event: E): void } {
  const events: E[] = [];
  let read = 0;
  let wake: (() => void) | undefined;

  async function next(): Promise<E> {
    for (;;) {
      const event = events[read];
      if (event !== undefined) {
        read += 1;
        return event;
      }
      await new Promise<void>((resolve, reject) => {
        const bound = setTimeout(() => reject(new Error(`nothing after ${JSON.stringify(events)}`)), waitMs);
        wake = () => {
          clearTimeout(bound);
          resolve();
        };
      });
    }
  }

  async function expect<K extends E["kind"]>(kind: K): Promise<Extract<E, { kind: K }>> {
    const event = await next();
    assert.equal(event.kind, kind, JSON.stringify(event));
    return event as Extract<E, { kind: K }>;
  }

  async function down(): Promise<Extract<E, { kind: "down" }>> {
    for (;;) {
      const event = await next();
      if (event.kind === "down") return event as Extract<E, { kind: "down" }>;
    }
  }

  return {
    events,
    next,
    expect,
    down,
    emit(event) {
      events.push(event);
      wake?.();
    },
  };
}
