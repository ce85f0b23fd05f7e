import type { Input } from "../core/input.ts";
import type { Instant } from "../core/instant.ts";
import type { CorrelatorOptions } from "../core/options.ts";
import { Board, type BoardListener, type BoardParts } from "./board.ts";
import type { HubEvent, LinkEvent } from "./boundary.ts";
import { summaryOf } from "./counts.ts";
import { Reporter } from "./reporter.ts";

export interface GatewayParts extends BoardParts {
  /** Called once, when a drain has left nothing open on any board. */
  readonly onDrained: () => void;
}

const alarm: Input = { kind: "alarm" };

/**
 *     IoT Hub ── session ──▶ gateway ──▶ link ── UART ──▶ MCU
 *                  ◀─────── correlator ◀──────
 *
 * The shell around the correlators, one for each board: it takes one closed set of events, brings each to its board, and
 * has one alarm for all of them. It decides nothing about requests and keeps no connection open: its owner does that.
 */
export class Gateway {
  readonly boards: readonly Board[];
  readonly #byName: ReadonlyMap<string, Board>;
  /** For what the hub sends that belongs to no board. */
  readonly #hubReporter: Reporter;
  readonly #parts: GatewayParts;
  /** Callers of `settled` that wait. */
  #onSettled: (() => void)[] = [];
  #undrainedCount: number;

  /** @param boards the options of each board's correlator, by the board's name */
  constructor(boards: ReadonlyMap<string, CorrelatorOptions>, parts: GatewayParts) {
    const listener: BoardListener = {
      onStepped: () => {
        this.#setAlarm();
        this.#tellSettled();
      },
      onDrained: () => this.#boardDrained(),
    };
    this.boards = [...boards].map(([name, options]) => new Board(name, options, parts, listener));
    this.#byName = new Map(this.boards.map((board) => [board.name, board]));
    this.#hubReporter = new Reporter(undefined, parts);
    this.#parts = parts;
    this.#undrainedCount = this.boards.length;
  }

  hubEvent(event: HubEvent): void {
    switch (event.kind) {
      case "request":
        this.board(event.board).request(event.processId, event.payload);
        break;
      case "dropped": {
        const whose = event.board === undefined ? this.#hubReporter : this.board(event.board);
        whose.report({ kind: "dropped", name: event.name, detail: event.topic });
        break;
      }
      case "down":
        this.#hubReporter.observe({ kind: "session", isUp: false });
        this.endSession();
        break;
      case "up":
        this.#hubReporter.observe({ kind: "session", isUp: true });
        break;
      default:
        event satisfies never;
    }
  }

  /**
   * The session is about to be ended. No request of it can be answered any more, so what waits is not executed. Its `down`
   * follows only when the hub has closed the connection.
   */
  endSession(): void {
    for (const board of this.boards) board.step({ kind: "session_down" });
  }

  linkEvent(board: string, event: LinkEvent): void {
    this.board(board).linkEvent(event);
  }

  /** Gives a board other options, also while its link is up; another dialect only while it is down. */
  configure(board: string, options: CorrelatorOptions): void {
    this.board(board).step({ kind: "configure", options });
  }

  /** @throws if there is no board of this name: that is a bug of the caller */
  board(name: string): Board {
    const board = this.#byName.get(name);
    if (board === undefined) throw new Error(`no board ${name}`);
    return board;
  }

  /** How late the gateway is, for the watchdog: negative while it is not, undefined where nothing is due. */
  lateness(): { readonly alarmOverdueMs: number | undefined; readonly requestOverdueMs: number | undefined } {
    const now = this.#parts.clock.now();
    const alarmAt = earliestOf(this.boards, wakeAtOf);
    const deadline = earliestOf(this.boards, (board) => board.firstDeadline());
    return {
      alarmOverdueMs: alarmAt === undefined ? undefined : now - alarmAt,
      requestOverdueMs: deadline === undefined ? undefined : now - deadline,
    };
  }

  /** Resolves when no request is open: at the deadline of the last one at the latest, if no more come. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#onSettled.push(resolve);
      this.#tellSettled();
    });
  }

  /** Takes no more requests, settles the open ones. */
  drain(): void {
    for (const board of this.boards) board.step({ kind: "drain" });
  }

  /** What has happened since start, in one line for a person. */
  summary(): string {
    return summaryOf([...this.boards.map((board) => board.counts), this.#hubReporter.counts]);
  }

  /** One alarm for all boards: the earliest. */
  #setAlarm(): void {
    this.#parts.clock.setAlarm(earliestOf(this.boards, wakeAtOf), this.#ring);
  }

  readonly #ring = () => {
    const now = this.#parts.clock.now();
    for (const board of this.boards) if (board.wakeAt !== undefined && board.wakeAt <= now) board.step(alarm);
    this.#setAlarm();
  };

  #tellSettled(): void {
    if (this.#onSettled.length === 0 || this.boards.some((board) => board.firstDeadline() !== undefined)) return;
    for (const onSettled of this.#onSettled) onSettled();
    this.#onSettled = [];
  }

  #boardDrained(): void {
    this.#undrainedCount -= 1;
    if (this.#undrainedCount === 0) this.#parts.onDrained();
  }
}

const wakeAtOf = (board: Board) => board.wakeAt;

function earliestOf(boards: readonly Board[], instantOf: (board: Board) => Instant | undefined): Instant | undefined {
  let earliest: Instant | undefined;
  for (const board of boards) {
    const at = instantOf(board);
    if (at !== undefined && (earliest === undefined || at < earliest)) earliest = at;
  }
  return earliest;
}
