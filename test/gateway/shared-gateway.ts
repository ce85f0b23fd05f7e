import type { Input } from "../../src/core/input.ts";
import type { Instant } from "../../src/core/instant.ts";
import type { CorrelatorOptions } from "../../src/core/options.ts";
import type { Output } from "../../src/core/output.ts";
import type { GatewayParts } from "../../src/gateway/gateway.ts";
import { Gateway } from "../../src/gateway/gateway.ts";
import type { Core } from "../core/board-under-test.ts";
import type { GatewayProcess } from "../core/gateway-process.ts";
import type { Timeline } from "../core/timeline.ts";

/** What of the gateway a world of several boards needs: a test may put one there that lets boards meet. */
export type GatewayLike = Pick<
  Gateway,
  "hubEvent" | "linkEvent" | "configure" | "drain" | "board" | "addBoard" | "removeBoard"
>;

export type CreateGateway = (options: ReadonlyMap<string, CorrelatorOptions>, parts: GatewayParts) => GatewayLike;

export const createGateway: CreateGateway = (options, parts) => new Gateway(options, parts);

interface Surroundings {
  readonly timeline: Timeline;
  readonly process: GatewayProcess;
  readonly create: CreateGateway;
  /** Something has come out for a board, as its core has said it. */
  readonly onOutput: (board: string, output: Output) => void;
}

/** The real gateway in virtual time, with what its adapters would have: each of its boards is the core of a world. */
export class SharedGateway {
  readonly #surroundings: Surroundings;
  #gateway: GatewayLike | undefined;
  /** What is said to all boards goes to one only, while it is set. */
  #isOfOne = false;
  /** Counts the processes. */
  startCount = 0;
  readonly #drained = new Set<string>();
  #alarm: { readonly at: Instant; readonly ring: () => void } | undefined;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** A process begins; that of before, and what it knew, is gone. */
  start(options: ReadonlyMap<string, CorrelatorOptions>): void {
    const { timeline, process, create, onOutput } = this.#surroundings;
    this.startCount += 1;
    this.#alarm = undefined;
    this.#drained.clear();
    this.#gateway = create(options, {
      hub: {
        publish(board, processId, payload) {
          onOutput(board, { kind: "publish", processId, payload });
          return "sent";
        },
        publishEvent(board, payload) {
          onOutput(board, { kind: "publish_event", name: "", payload });
          return "sent";
        },
      },
      link: {
        write: (board, bytes, how) =>
          onOutput(board, { kind: "write", bytes, discardsUnsent: how?.discardsUnsent === true }),
        reopen: (board, rung) => onOutput(board, { kind: "reopen", rung }),
      },
      clock: {
        now: () => timeline.now,
        suspension: () => process.suspension,
        read: () => {},
        setAlarm: (at, ring) => {
          this.#alarm = at === undefined ? undefined : { at, ring };
        },
      },
      log: { say: () => {}, shows: () => false },
      observe(observation) {
        if (observation.kind === "report" && observation.board !== undefined)
          onOutput(observation.board, { kind: "report", report: observation.report });
      },
    });
  }

  /** When its one alarm rings; never, while it does not. */
  get wakeAt(): Instant {
    if (this.#alarm === undefined || this.#surroundings.process.isSuspended) return Number.POSITIVE_INFINITY;
    return this.#alarm.at;
  }

  ring(): void {
    const { ring } = this.#alarm ?? {};
    this.#alarm = undefined;
    ring?.();
  }

  /**
   * The core of one board's world.
   * @param speaksForAll it is the one that tells the gateway what concerns all boards, which all their worlds tell
   */
  coreOf(board: string, speaksForAll: boolean): Core {
    return {
      step: (input) => {
        this.#take(board, input, speaksForAll);
        // What else comes out has gone to the board that it names.
        return this.isNewlyDrained(board) ? [{ kind: "drained" }] : [];
      },
      wakeAt: () => undefined,
    };
  }

  /** Whether a drain has left nothing open, which was not asked before. */
  isNewlyDrained(board: string): boolean {
    if (this.#drained.has(board) || !this.#running.board(board).isDrained) return false;
    this.#drained.add(board);
    return true;
  }

  /** What `run` tells the gateway is of one board, and not of the session. */
  ofOne(run: () => void): void {
    this.#isOfOne = true;
    run();
    this.#isOfOne = false;
  }

  /** A board more, which nobody knows, with an MCU that says hello and nothing else. */
  addGuest(board: string, options: CorrelatorOptions): void {
    const gateway = this.#running;
    gateway.addBoard(board, options);
    gateway.linkEvent(board, { kind: "up" });
    gateway.linkEvent(board, { kind: "written" });
    gateway.linkEvent(board, { kind: "line", bytes: Buffer.from("=rrpc/1 window=4") });
  }

  askGuest(board: string, processId: string): void {
    this.#running.hubEvent({ kind: "request", board, processId, payload: Buffer.from("of the guest") });
  }

  /** … and it is taken away again, as a reload does. */
  removeGuest(board: string): void {
    const gateway = this.#running;
    gateway.linkEvent(board, { kind: "down" });
    void gateway.board(board).drain();
    gateway.removeBoard(board);
  }

  get #running(): GatewayLike {
    if (this.#gateway === undefined) throw new Error("not started");
    return this.#gateway;
  }

  #take(board: string, input: Input, speaksForAll: boolean): void {
    const gateway = this.#running;
    switch (input.kind) {
      case "request":
        gateway.hubEvent({ kind: "request", board, processId: input.processId, payload: input.payload });
        break;
      case "session_down":
        if (this.#isOfOne) gateway.hubEvent({ kind: "board_down", board, reason: { kind: "unbound" } });
        else if (speaksForAll) gateway.hubEvent({ kind: "down" });
        break;
      case "drain":
        if (speaksForAll) void gateway.drain();
        break;
      case "line":
      case "overlong":
      case "written":
        gateway.linkEvent(board, input);
        break;
      case "link_up":
        gateway.linkEvent(board, { kind: "up" });
        break;
      case "link_closing":
        gateway.linkEvent(board, { kind: "closing" });
        break;
      case "link_kept":
        gateway.linkEvent(board, { kind: "kept" });
        break;
      case "link_down":
        gateway.linkEvent(board, { kind: "down" });
        break;
      case "configure":
        gateway.configure(board, input.options);
        break;
      case "release":
        void gateway.board(board).release();
        break;
      case "take_back":
        gateway.board(board).takeBack();
        break;
      case "probe":
        gateway.board(board).probe(() => {});
        break;
      case "probe_written":
        gateway.board(board).step(input);
        break;
      case "resumed":
        // It asks its clock.
        break;
      case "alarm":
        throw new Error("the gateway has one alarm for all boards");
      default:
        input satisfies never;
    }
  }
}
