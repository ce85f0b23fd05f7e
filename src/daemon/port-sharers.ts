import type { Instant } from "../core/instant.ts";
import type { Report } from "../core/report.ts";
import type { Observation } from "../gateway/boundary.ts";
import type { findHolders } from "../host/port-holders.ts";
import { type Log, logOf } from "../runtime/logger.ts";
import type { Observer } from "./observer.ts";

/**
 * A look takes some 10 ms of CPU as root, spread over as many turns of the event loop as there are processes. It is repeated so often
 * while the MCU's answers are missing.
 */
const lookEveryMs = 30_000;

export interface PortSharersParts {
  readonly log: Log;
  readonly holdersOf: typeof findHolders;
  /** The port of a board; undefined for one that is gone. */
  readonly pathOf: (board: string) => string | undefined;
}

/** What is known of one board's port. */
interface Watched {
  lookedAt: Instant;
  /** Who was told to have it open as well. */
  told: string;
}

/**
 * Logs who else has a board's port open when the MCU's answers are missing or damaged: of two readers, each gets a part of the bytes.
 * The lock on a port is advisory, and a process that opened it before us, or runs as root, can have it open in spite of it. Logged once,
 * and when it changes.
 */
export class PortSharers implements Observer {
  readonly #parts: PortSharersParts;
  readonly #watched = new Map<string, Watched>();
  /** One look after the other: all boards' at once would take a turn of the event loop for all. */
  #looking: Promise<unknown> = Promise.resolve();

  constructor(parts: PortSharersParts) {
    this.#parts = parts;
  }

  observe(observation: Observation, at: Instant): void {
    if (observation.kind !== "report" || observation.board === undefined || !looksStolen(observation.report)) return;
    const { board } = observation;
    const watched = this.#watched.get(board) ?? { lookedAt: Number.NEGATIVE_INFINITY, told: "" };
    if (at - watched.lookedAt < lookEveryMs) return;
    watched.lookedAt = at;
    this.#watched.set(board, watched);
    setImmediate(() => void this.#look(board, watched)); // Not while a response may be due.
  }

  forget(board: string): void {
    this.#watched.delete(board);
  }

  async #look(board: string, watched: Watched): Promise<void> {
    const { holdersOf, pathOf } = this.#parts;
    const path = pathOf(board);
    if (path === undefined) return;
    const holders = this.#looking.then(() => holdersOf(path));
    this.#looking = holders;
    const now = (await holders).map(({ pid, name }) => `${name} (process ${pid})`).join(", ");
    if (now === watched.told || this.#watched.get(board) !== watched) return;
    watched.told = now;
    const log = logOf(board, this.#parts.log);
    // Of no incident: it names the cause of the others, and must not wait among them.
    if (now === "") log.say("info", "port shared", `link: nobody else has ${path} open any more`);
    else log.say("warn", "port shared", `link: ${now} has ${path} open as well, and gets a part of what the MCU says`);
  }
}

/** The signs that another process has read some of the bytes; each has other causes as well. */
function looksStolen(report: Report): boolean {
  switch (report.kind) {
    case "settled":
      return report.outcome === "no_reply";
    case "dropped":
      return report.name === "damaged_line" || report.name === "malformed_line";
    case "mcu_without_hello":
    case "mcu_away":
      return true;
    default:
      return false;
  }
}
