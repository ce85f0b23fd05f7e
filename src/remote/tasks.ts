import type { Instant } from "../core/instant.ts";

/** So long an outcome is kept for whoever asks: after it the order is a new one. */
const keepMs = 600_000;

/** What an order that takes longer does, for those who wait and for those who ask later. */
export interface Ended<Outcome> {
  readonly outcome: Outcome;
  readonly tookMs: number;
  readonly endedAt: Instant;
}

interface Task<Waiter, Outcome> {
  readonly startedAt: Instant;
  readonly waiting: Set<Waiter>;
  ended: Ended<Outcome> | undefined;
}

/**
 * Orders that take longer than a request waits, each by its key: one at a time of each, whoever asks, and an outcome that nobody
 * has been told is told to the next who asks. Pure.
 */
export class Tasks<Waiter, Outcome> {
  readonly #tasks = new Map<string, Task<Waiter, Outcome>>();

  /** How the order stands; undefined where it is to begin. */
  of(key: string, now: Instant): "running" | Ended<Outcome> | undefined {
    const task = this.#tasks.get(key);
    if (task === undefined) return undefined;
    if (task.ended === undefined) return "running";
    if (now - task.ended.endedAt < keepMs) return task.ended;
    this.#tasks.delete(key);
    return undefined;
  }

  begin(key: string, now: Instant): void {
    this.#tasks.set(key, { startedAt: now, waiting: new Set(), ended: undefined });
  }

  /** It waits for the end of what is running. */
  wait(key: string, waiter: Waiter): void {
    this.#tasks.get(key)?.waiting.add(waiter);
  }

  /** It has been answered before the end. @returns for how long the order is running */
  leave(key: string, waiter: Waiter, now: Instant): number {
    const task = this.#tasks.get(key);
    task?.waiting.delete(waiter);
    return now - (task?.startedAt ?? now);
  }

  /** @returns those who wait for it; whoever tells one of them calls `told` */
  end(
    key: string,
    outcome: Outcome,
    now: Instant,
  ): { readonly ended: Ended<Outcome>; readonly waiting: readonly Waiter[] } {
    const task = this.#tasks.get(key);
    const ended = { outcome, tookMs: now - (task?.startedAt ?? now), endedAt: now };
    const waiting = [...(task?.waiting ?? [])];
    task?.waiting.clear();
    if (task !== undefined) task.ended = ended;
    return { ended, waiting };
  }

  /** The outcome has been told: the order is a new one the next time. */
  told(key: string): void {
    if (this.#tasks.get(key)?.ended !== undefined) this.#tasks.delete(key);
  }
}
