import type { BoardConfig } from "../config/board-config.ts";
import type { Config } from "../config/load.ts";
import type { ProbeResult } from "../core/probe-result.ts";
import type { RemoteRefusal } from "../core/report.ts";
import type { Board } from "../gateway/board.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Health } from "../observe/health-socket.ts";
import type { TraceEvent } from "../observe/trace-event.ts";
import type {
  DoctorOutcome,
  ProbeOutcome,
  ReloadOutcome,
  RemoteBoard,
  RemoteResult,
  ReopenOutcome,
  ResetOutcome,
} from "../remote/answer.ts";
import type { BoardOperation, Order } from "../remote/order.ts";
import { shownWords } from "../remote/shown-words.ts";
import type { CollapsingLog } from "../runtime/log.ts";
import type { BoardConnection } from "./board-connection.ts";
import { boardIn } from "./config-boards.ts";
import { DoctorProcess } from "./doctor-process.ts";
import type { LocalHands } from "./local-hands.ts";
import type { LogLevel } from "./log-level.ts";
import type { Program } from "./program.ts";
import { reloadOutcome } from "./reload-outcome.ts";
import { ReopenedLinks } from "./reopened-links.ts";
import { resetOf } from "./reset-of.ts";
import { withoutContents } from "./without-contents.ts";

export interface RemoteEffectsParts {
  readonly log: CollapsingLog;
  readonly logLevel: LogLevel;
  readonly config: () => Config;
  readonly gateway: Gateway;
  readonly boards: ReadonlyMap<string, BoardConnection>;
  readonly hands: Pick<LocalHands, "released" | "holderOf" | "onRelease">;
  readonly program: Program;
  readonly examined: () => Health;
  /** The latest of the flight recorder. */
  readonly recorded: () => readonly TraceEvent[];
}

export type TaskOutcome = DoctorOutcome | ReloadOutcome | ProbeOutcome | ReopenOutcome | ResetOutcome;

/** What comes of an order at once; `outcome` of one that takes longer never rejects. */
export type Beginning =
  | { readonly kind: "answer"; readonly result: RemoteResult }
  | { readonly kind: "refused"; readonly reason: RemoteRefusal; readonly message: string }
  | { readonly kind: "task"; readonly outcome: Promise<TaskOutcome> };

/** Beyond the longest time that a probe waits for its hello (`serial.probeIntervalMs`). */
const probeMsMax = 65_000;

/** What each order to the gateway itself does. */
export class RemoteEffects {
  readonly #parts: RemoteEffectsParts;
  readonly #links: ReopenedLinks;
  readonly #doctor: DoctorProcess;

  constructor(parts: RemoteEffectsParts) {
    this.#parts = parts;
    this.#links = new ReopenedLinks(parts);
    this.#doctor = new DoctorProcess(parts.program.doctorCommand);
  }

  /** Which board an order is about; undefined where it is about none. */
  boardOf(
    order: Order,
  ):
    | { readonly kind: "board"; readonly name: string }
    | { readonly kind: "none"; readonly message: string }
    | undefined {
    if (!("board" in order)) return undefined;
    const { boards } = this.#parts.config();
    const [only] = boards;
    if (order.board === undefined && only !== undefined && boards.length === 1)
      return { kind: "board", name: only.name };
    if (order.board === undefined) return { kind: "none", message: `which board? ${order.operation} BOARD` };
    if (!boards.some(({ name }) => name === order.board))
      return { kind: "none", message: "the gateway has no board of this name" };
    return { kind: "board", name: order.board };
  }

  linkEvent(board: string, kind: "up" | "down" | "kept"): void {
    this.#links.event(board, kind);
  }

  /** @param name of the board that the order is about */
  begin(order: Order, name: string | undefined): Beginning {
    switch (order.operation) {
      case "status":
        return answer(this.#status());
      case "boards":
        return answer({ operation: "boards", boards: this.#parts.config().boards.map((board) => this.#board(board)) });
      case "dump":
        return answer({ operation: "dump", events: this.#parts.recorded().map(withoutContents) });
      case "log":
        return this.#log(order.level, order.forMs);
      case "reload":
        this.#say("the configuration is read again");
        return task(this.#reload());
      case "doctor":
        this.#say("doctor looks at everything, as a process of its own");
        return task(this.#doctor.run(this.#boardNames()));
      case "probe":
      case "reopen":
      case "reset":
        return this.#withBoard(order.operation, name ?? "");
      default:
        return order satisfies never;
    }
  }

  stop(): void {
    this.#doctor.stop();
  }

  #status(): RemoteResult {
    const { isHealthy, text, status } = this.#parts.examined();
    if (status === undefined) throw new Error("a gateway that runs has a status");
    const boards = status.boards.map(({ hello, ...board }) => ({
      ...board,
      ...(hello !== undefined && { hello: shownWords(hello) }),
    }));
    return { operation: "status", isHealthy, text, status: { ...status, boards } };
  }

  #board({ name, device, serial }: BoardConfig): RemoteBoard {
    const { config, gateway, boards, hands } = this.#parts;
    const { identity } = config().hub;
    const { productId, deviceName } = device.kind === "gateway" ? identity : device;
    const { path, baudRate, dialect } = serial;
    const board = gateway.boards.find((one) => one.name === name);
    const hello = board?.counts.hello;
    const reset = resetOf(serial.recovery);
    return {
      name,
      device: { productId, deviceName },
      serial: { path, baudRate, dialect, isUp: boards.get(name)?.status.isUp ?? false },
      hasOpenRequest: board?.firstDeadline() !== undefined,
      isReleased: hands.released(name) !== undefined,
      ...(hello !== undefined && { hello: shownWords(hello) }),
      ...(reset !== undefined && { reset: reset.text }),
    };
  }

  #log(level: "debug" | "info", forMs: number): Beginning {
    const { logLevel } = this.#parts;
    const { configured } = logLevel;
    logLevel.order(level, forMs);
    this.#say(`the log's level is ${level} for ${forMs / 1000} s, then ${configured} again`);
    return answer({ operation: "log", level, forMs, configured });
  }

  async #reload(): Promise<ReloadOutcome> {
    const names = this.#boardNames();
    return reloadOutcome(await this.#parts.program.reload("remote"), names);
  }

  #boardNames(): readonly string[] {
    return this.#parts.config().boards.map(({ name }) => name);
  }

  #withBoard(operation: BoardOperation, name: string): Beginning {
    const { gateway, boards, hands, config } = this.#parts;
    const connection = boards.get(name);
    // A reload that is under way brings it, or takes it away.
    if (connection === undefined) return refused("no_such_board", "the gateway has no board of this name just now");
    if (hands.released(name) !== undefined || hands.holderOf(connection.path) !== undefined)
      return refused("released", "somebody at the gateway uses the board's port, and gives it back");
    const board = gateway.board(name);
    switch (operation) {
      case "probe":
        return task(probeOf(board));
      case "reopen":
        this.#say("the port is closed, once nothing is in flight, and opened again", name);
        return task(this.#links.reopen(name));
      case "reset": {
        const reset = resetOf(boardIn(config(), name).serial.recovery);
        if (reset === undefined)
          return refused(
            "not_configured",
            "serial.recovery in the gateway's configuration has nothing that resets this board",
          );
        const isServing = board.mcuState === "serving" || board.mcuState === "suspect";
        if (isServing && board.firstDeadline() !== undefined)
          return refused(
            "in_flight",
            "the board is at work on requests, which a reset would cut off; send it again when they are answered",
          );
        this.#say(`the board is reset: it ${reset.text}`, name);
        return task(this.#links.reset(name, reset.how));
      }
      default:
        return operation satisfies never;
    }
  }

  /** Each of these lines is written: there are as many as orders are allowed. */
  #say(text: string, board?: string): void {
    this.#parts.log.answer("info", `remote: ${text}`, board);
  }
}

/** A board that is removed meanwhile tells nothing more. */
function probeOf(board: Board): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const over = () => resolve({ result: "unanswered", waitedMs: probeMsMax });
    const timer = setTimeout(over, probeMsMax).unref();
    board.probe((result) => {
      clearTimeout(timer);
      resolve(probeOutcome(result));
    });
  });
}

function probeOutcome(result: ProbeResult): ProbeOutcome {
  switch (result.kind) {
    case "answered": {
      const { kind, hello, ...time } = result;
      return { result: kind, hello: shownWords(hello), ...time };
    }
    case "unanswered":
      return { result: "unanswered", waitedMs: result.waitedMs };
    case "not_sent":
      return { result: "not_sent", why: result.why };
    default:
      return result satisfies never;
  }
}

const answer = (result: RemoteResult): Beginning => ({ kind: "answer", result });
const task = (outcome: Promise<TaskOutcome>): Beginning => ({ kind: "task", outcome });
const refused = (reason: RemoteRefusal, message: string): Beginning => ({ kind: "refused", reason, message });
