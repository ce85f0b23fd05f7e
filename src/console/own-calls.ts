import type { Report } from "../core/report.ts";
import type { SendResult } from "../gateway/boundary.ts";
import { contentsOf, wallTime } from "../observe/trace-event.ts";
import type { ConsoleMessage } from "./board.ts";

/** The requests of a console that is itself the hub: each has one end. */
export class OwnCalls {
  readonly #now: () => number;
  readonly #tell: (message: ConsoleMessage) => void;
  readonly #open = new Map<string, { readonly ref: number; readonly startedAt: number }>();
  /** Digits, as the hub's: firmware may take nothing else. Not those of a console that has just ended. */
  #nextId = 1000 + Math.floor(Math.random() * 90_000);

  constructor(now: () => number, tell: (message: ConsoleMessage) => void) {
    this.#now = now;
    this.#tell = tell;
  }

  /** Returns its id. */
  begin(ref: number): string {
    const processId = this.nextId();
    this.#open.set(processId, { ref, startedAt: this.#now() });
    return processId;
  }

  readonly nextId = () => String(this.#nextId++);

  answered(processId: string, payload: Buffer): SendResult {
    const call = this.#open.get(processId);
    this.#open.delete(processId);
    if (call === undefined) return "not_connected";
    const now = this.#now();
    const ms = now - call.startedAt;
    this.#tell({ time: wallTime(now), kind: "answer", ref: call.ref, processId, payload: contentsOf(payload), ms });
    return "sent";
  }

  /** Where it says so, a request has no answer: this process was suspended. */
  reported(report: Report): void {
    if (report.kind !== "dropped" || report.name !== "missed_deadline" || report.processId === undefined) return;
    const call = this.#open.get(report.processId);
    this.#open.delete(report.processId);
    const text = "its deadline was over when its answer came";
    if (call !== undefined) this.#tell({ kind: "unanswered", ref: call.ref, executed: "unknown", text });
  }
}
