import type { Input } from "../core/input.ts";
import type { Instant } from "../core/instant.ts";
import { localId, localIdCount } from "../core/local-id.ts";
import type { CorrelatorOptions } from "../core/options.ts";
import type { Report } from "../core/report.ts";
import { Board, type BoardParts } from "./board.ts";
import type { HubEvent, LinkEvent } from "./boundary.ts";
import { Counts, summaryOf } from "./counts.ts";
import { Reporter } from "./reporter.ts";

/** What the boards share, but for what the gateway itself gives them. */
export type GatewayParts = Omit<BoardParts, "nextLocalId">;

const alarm: Input = { kind: "alarm" };

/**
 *     IoT Hub ── session ──▶ gateway ──▶ link ── UART ──▶ MCU
 *                  ◀─────── correlator ◀──────
 *
 * The shell around the correlators, one for each board: it takes one closed set of events, brings each to its board, and
 * has one alarm for all of them. It decides nothing about requests and keeps no connection open: its owner does that.
 */
export class Gateway {
  readonly #boards = new Map<string, Board>();
  /** For what the hub sends that belongs to no board. */
  readonly #hubReporter: Reporter;
  readonly #parts: BoardParts;
  /** What happened to boards that are gone: the summary tells it too. */
  readonly #removedCounts = new Counts();
  /** When the alarm rings: not after any board's `wakeAt`, and perhaps before. */
  #alarmAt: Instant = Number.POSITIVE_INFINITY;
  #localIdCount = Math.floor(Math.random() * localIdCount);

  /** @param boards the options of each board's correlator, by the board's name */
  constructor(boards: ReadonlyMap<string, CorrelatorOptions>, parts: GatewayParts) {
    this.#hubReporter = new Reporter(undefined, parts);
    this.#parts = { ...parts, nextLocalId: () => localId(this.#localIdCount++) };
    for (const [name, options] of boards) this.addBoard(name, options);
  }

  get boards(): readonly Board[] {
    return [...this.#boards.values()];
  }

  /** @throws if there is a board of this name: that is a bug of the caller */
  addBoard(name: string, options: CorrelatorOptions): void {
    if (this.#boards.has(name)) throw new Error(`there is a board ${name} already`);
    this.#boards.set(name, new Board(name, options, this.#parts, this.#onStepped));
  }

  /** Forgets a board that is drained and whose link is down; what happened to it stays in the summary. */
  removeBoard(name: string): void {
    const board = this.board(name);
    if (!board.isDrained) throw new Error(`board ${name} is not drained`);
    this.#removedCounts.merge(board.counts);
    this.#boards.delete(name);
  }

  hubEvent(event: HubEvent): void {
    switch (event.kind) {
      case "request":
        this.board(event.board).request(event.processId, event.payload);
        break;
      case "dropped": {
        const whose = event.board === undefined ? this.#hubReporter : this.board(event.board);
        whose.report({ kind: "dropped", name: event.name, detail: event.detail }, this.#parts.clock.now());
        break;
      }
      case "down":
        this.#hubReporter.observe({ kind: "session", isUp: false }, this.#parts.clock.now());
        this.endSession();
        break;
      case "up":
        this.#hubReporter.observe({ kind: "session", isUp: true }, this.#parts.clock.now());
        break;
      case "board_up":
        this.board(event.board).online();
        break;
      case "board_down":
        this.board(event.board).offline(event.reason);
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
    for (const board of this.#boards.values()) board.step({ kind: "session_down" });
  }

  /** @param board undefined for what is no board's; what is told of one that is gone is no board's either */
  report(board: string | undefined, report: Report): void {
    const whose = board === undefined ? undefined : this.#boards.get(board);
    (whose ?? this.#hubReporter).report(report, this.#parts.clock.now());
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
    const board = this.#boards.get(name);
    if (board === undefined) throw new Error(`no board ${name}`);
    return board;
  }

  /** How late the gateway is, for the watchdog: negative while it is not, undefined where nothing is due. */
  lateness(): { readonly alarmOverdueMs: number | undefined; readonly requestOverdueMs: number | undefined } {
    const now = this.#parts.clock.now();
    const alarmAt = earliestOf(this.#boards.values(), wakeAtOf);
    const deadline = earliestOf(this.#boards.values(), (board) => board.firstDeadline());
    return {
      alarmOverdueMs: alarmAt === undefined ? undefined : now - alarmAt,
      requestOverdueMs: deadline === undefined ? undefined : now - deadline,
    };
  }

  /** Resolves when each board has been without an open request of the hub: at the deadline of the last one at the latest, if no more come. */
  async settled(): Promise<void> {
    await Promise.all(this.boards.map((board) => board.settled()));
  }

  /** Takes no more requests, settles the open ones; resolves when none is left on any board. */
  async drain(): Promise<void> {
    await Promise.all(this.boards.map((board) => board.drain()));
  }

  /** What has happened since start, in one line for a person. */
  summary(): string {
    return summaryOf([...this.boards.map(({ counts }) => counts), this.#removedCounts, this.#hubReporter.counts]);
  }

  /**
   * One alarm for all boards. A board that no longer wants its own leaves it as it is: to look for the next one at each step would
   * cost more with each board. It rings once too early then, and is set anew.
   */
  readonly #onStepped = ({ wakeAt }: Board) => {
    if (wakeAt === undefined || wakeAt >= this.#alarmAt) return;
    this.#setAlarm(wakeAt);
  };

  readonly #ring = () => {
    this.#alarmAt = Number.POSITIVE_INFINITY;
    const now = this.#parts.clock.now();
    for (const board of this.#boards.values()) if (board.wakeAt !== undefined && board.wakeAt <= now) board.step(alarm);
    this.#setAlarm(earliestOf(this.#boards.values(), wakeAtOf));
  };

  #setAlarm(at: Instant | undefined): void {
    this.#alarmAt = at ?? Number.POSITIVE_INFINITY;
    this.#parts.clock.setAlarm(at, this.#ring);
  }
}

const wakeAtOf = (board: Board) => board.wakeAt;

function earliestOf(boards: Iterable<Board>, instantOf: (board: Board) => Instant | undefined): Instant | undefined {
  let earliest: Instant | undefined;
  for (const board of boards) {
    const at = instantOf(board);
    if (at !== undefined && (earliest === undefined || at < earliest)) earliest = at;
  }
  return earliest;
}
