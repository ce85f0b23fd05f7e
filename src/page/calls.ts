import type { TraceEvent } from "../observe/trace-event.ts";
import type { Call } from "./frame.ts";

/** What a screen can show; in 250 ms a person reads none of more. */
const shownMax = 40;

/** More than queues hold. One that stays open for longer than any deadline was settled where we did not look. */
const openMax = 4096;
const openMsMax = 15_000;

interface OpenCall {
  readonly board: string;
  readonly processId: string;
  readonly time: string;
}

type Settled = Extract<Extract<TraceEvent, { kind: "report" }>["report"], { kind: "settled" }>;

/** The requests of one board, or of all: those that are open, and the latest that are not. */
export class Calls {
  readonly #open = new Map<string, OpenCall>();
  /** The youngest last. */
  #settled: Call[] = [];
  /** Since `takeHiddenCount` was called before. */
  #settledCount = 0;

  get openCount(): number {
    return this.#open.size;
  }

  arrived(board: string, processId: string, time: string): void {
    if (this.#open.size >= openMax) this.#open.delete(this.#open.keys().next().value ?? "");
    this.#open.set(keyOf(board, processId), { board, processId, time });
  }

  settled(board: string, report: Settled, time: string): void {
    const { processId, outcome, totalMs, leftMs, queueMs, wireMs } = report;
    this.#open.delete(keyOf(board, processId));
    this.#settled.push({
      board,
      processId,
      time: new Date(Date.parse(time) - totalMs).toISOString(),
      outcome,
      totalMs,
      deadlineMs: totalMs + leftMs,
      ...(queueMs !== undefined && { queueMs }),
      // A port may be faster than its baud rate says.
      ...(queueMs !== undefined && wireMs !== undefined && { wireMs: Math.min(wireMs, totalMs - queueMs) }),
    });
    this.#settledCount += 1;
    if (this.#settled.length > shownMax) this.#settled.shift();
  }

  /** The gateway is away: nothing more is told of what is open. */
  forgetOpen(): void {
    this.#open.clear();
  }

  /** @returns how many more were settled, since it was asked before, than can be shown */
  takeHiddenCount(): number {
    const count = Math.max(0, this.#settledCount - shownMax);
    this.#settledCount = 0;
    return count;
  }

  /** The youngest first. */
  shown(nowMs: number): readonly Call[] {
    const open: Call[] = [];
    for (const [key, { board, processId, time }] of this.#open) {
      const totalMs = Math.max(0, nowMs - Date.parse(time));
      if (totalMs > openMsMax) this.#open.delete(key);
      else open.push({ board, processId, time, outcome: "open", totalMs });
    }
    return [...open.slice(-shownMax).reverse(), ...[...this.#settled].reverse()].slice(0, shownMax);
  }
}

const keyOf = (board: string, processId: string) => `${board} ${processId}`;
