import { reasons } from "../core/outcome.ts";
import type { Status } from "../observe/status.ts";
import type { TraceEvent } from "../observe/trace-event.ts";
import { visible } from "../runtime/text.ts";
import { BoardView } from "./board-view.ts";
import { Calls } from "./calls.ts";
import type { Frame, Incident, Line, OutcomeCount } from "./frame.ts";
import { Latencies } from "./latencies.ts";
import { LastLines } from "./lines.ts";

/** A person scrolls through no more; who wants the past reads the log. */
const incidentsMax = 60;

/** One more than a configuration may have: a gateway under another configuration takes the places of those that are gone. */
const boardsMax = 100;

/** What is counted of one board, or of all. */
class Scope {
  readonly calls = new Calls();
  readonly latencies = new Latencies();
  readonly outcomes = new Map<OutcomeCount["outcome"], number>();
  /** The youngest first. */
  readonly incidents: Incident[] = [];

  happened(incident: Incident): void {
    this.incidents.unshift(incident);
    this.incidents.length = Math.min(this.incidents.length, incidentsMax);
  }
}

/** What trace events add up to. It takes constant memory, however many come. */
export class Picture {
  readonly #since: string;
  readonly #allowsContents: boolean;
  readonly #boards = new Map<string, { readonly view: BoardView; readonly lines: LastLines; readonly scope: Scope }>();
  readonly #all = new Scope();
  #session: Frame["session"];
  #away: string | undefined = "the gateway has not answered yet";

  /**
   * @param time ISO 8601, as all times
   * @param allowsContents whether the events have contents, and people may see them
   */
  constructor(time: string, allowsContents: boolean) {
    this.#since = time;
    this.#allowsContents = allowsContents;
  }

  /** @param why in words; undefined: the gateway is watched again */
  awayIs(why: string | undefined, time: string): void {
    if (why === this.#away) return;
    const [level, text] = why === undefined ? (["good", "watches the gateway"] as const) : (["error", why] as const);
    this.#away = why;
    this.#all.happened({ time, level, text });
    if (why === undefined) return;
    this.#session = undefined;
    this.#all.calls.forgetOpen();
    for (const { view, scope } of this.#boards.values()) {
      view.forget(time);
      scope.calls.forgetOpen();
    }
  }

  take(event: TraceEvent): void {
    const { time } = event;
    switch (event.kind) {
      case "request":
        for (const { calls } of this.#scopesOf(event.board, time))
          calls.arrived(nameOf(event.board), event.processId, time);
        break;
      case "line_out":
      case "line_in":
        this.#boardOf(event.board, time)?.lines.add(event);
        break;
      case "session":
        if (this.#session?.isUp === !event.isUp)
          this.#happened(undefined, time, event.isUp ? "good" : "error", `session ${event.isUp ? "up" : "down"}`);
        if (this.#session?.isUp !== event.isUp) this.#session = { isUp: event.isUp, since: time };
        break;
      case "link":
        if (this.#boardOf(event.board, time)?.view.linkIs(event.isUp, time))
          this.#happened(
            event.board,
            time,
            event.isUp ? "good" : "error",
            `serial port ${event.isUp ? "open" : "closed"}`,
          );
        break;
      case "online": {
        const why = event.isUp ? undefined : (event.reason?.kind ?? "unknown");
        const text = why === undefined ? "the hub sends it requests again" : `the hub sends it no requests: ${why}`;
        if (this.#boardOf(event.board, time)?.view.hubTold(why, time))
          this.#happened(event.board, time, event.isUp ? "good" : "warn", text);
        break;
      }
      case "report":
        this.#reported(event);
        break;
      case "lost":
      case "gap":
        this.#happened(event.board, time, "warn", `${event.count} events are missing here: they came too fast`);
        break;
      case "response":
      case "status":
        break;
      default:
        event satisfies never;
    }
  }

  /** How the boards are as the page begins to watch: events tell only what changes. */
  statusIs({ boards }: Status, time: string): void {
    for (const board of boards) this.#boardOf(board.name, time)?.view.statusIs(board, time);
  }

  /**
   * @param board of this one, if it is known; without it, of all
   * @param isFirst of a browser that begins to watch: calls that it was not shown are told to those who watched before
   */
  frame(board: string | undefined, time: string, isFirst = false): Frame {
    const scope = (board === undefined ? undefined : this.#boards.get(board)?.scope) ?? this.#all;
    return {
      time,
      since: this.#since,
      ...(this.#away !== undefined && { away: this.#away }),
      ...(this.#session !== undefined && { session: this.#session }),
      boards: [...this.#boards.values()]
        .map(({ view, scope }) => view.figures(scope.calls.openCount))
        .sort((one, other) => (one.name < other.name ? -1 : 1)),
      calls: scope.calls.shown(Date.parse(time)),
      hiddenCallCount: isFirst ? 0 : scope.calls.takeHiddenCount(),
      latency: scope.latencies.figures(),
      outcomes: outcomesOf(scope.outcomes),
      incidents: scope.incidents,
      allowsContents: this.#allowsContents,
    };
  }

  /** Undefined: nothing is known of such a board. */
  lines(board: string, withContents: boolean): readonly Line[] | undefined {
    return this.#boards.get(board)?.lines.shown(withContents && this.#allowsContents);
  }

  #reported({ board, time, level, text, report }: Extract<TraceEvent, { kind: "report" }>): void {
    this.#boardOf(board, time)?.view.reported(report, time);
    if (report.kind === "settled") {
      for (const { calls, latencies, outcomes } of this.#scopesOf(board, time)) {
        calls.settled(nameOf(board), report, time);
        outcomes.set(report.outcome, (outcomes.get(report.outcome) ?? 0) + 1);
        if (report.outcome === "ok") latencies.add(report.totalMs);
      }
      return;
    }
    const isGood = report.kind === "mcu_back" || report.kind === "mcu_hello";
    if (level === "debug" || report.kind === "mcu_log") return;
    this.#happened(board, time, isGood ? "good" : level, text);
  }

  #happened(board: string | undefined, time: string, level: Incident["level"], text: string): void {
    const incident = { time, ...(board !== undefined && { board }), level, text: visible(text) };
    for (const scope of this.#scopesOf(board, time)) scope.happened(incident);
  }

  #scopesOf(board: string | undefined, time: string): readonly Scope[] {
    const own = this.#boardOf(board, time);
    return own === undefined ? [this.#all] : [this.#all, own.scope];
  }

  #boardOf(name: string | undefined, time: string) {
    if (name === undefined) return undefined;
    const known = this.#boards.get(name);
    if (known !== undefined) return known;
    if (this.#boards.size >= boardsMax) this.#boards.delete(this.#boards.keys().next().value ?? "");
    const board = { view: new BoardView(name, time), lines: new LastLines(), scope: new Scope() };
    this.#boards.set(name, board);
    return board;
  }
}

const nameOf = (board: string | undefined) => board ?? "";

function outcomesOf(counts: ReadonlyMap<OutcomeCount["outcome"], number>): readonly OutcomeCount[] {
  return [...counts]
    .sort(([, one], [, other]) => other - one)
    .map(([outcome, count]) => {
      if (outcome === "ok") return { outcome, count };
      // A gateway of a later version may have reasons that this page does not know.
      if (!Object.hasOwn(reasons, outcome)) return { outcome, count };
      const { meaning, executed } = reasons[outcome];
      return { outcome, count, meaning, executed };
    });
}
