import { setTimeout as sleep } from "node:timers/promises";
import { outcomeOf } from "../caller/meaning.ts";
import { bytesOf } from "../observe/socket-protocol.ts";
import type { ConsoleBoard, ConsoleMessage, Written } from "./board.ts";
import { readEntry } from "./entry.ts";
import type { Borrowed, LoanOver, PortLoan } from "./port-loan.ts";
import { type TakenBack, TakingBack } from "./taking-back.ts";

/** The port's opening, a board that starts with it, and its hello. */
const takingBackMsMax = 10_000;

/** What came of something that was typed; of several, the last in this order counts. */
export const results = ["done", "not_executed", "wrong", "perhaps_executed"] as const;

export type Result = (typeof results)[number];

type Show = (message: ConsoleMessage) => void;

/** What a session needs of the running gateway, to have its port for a while. */
export interface Lender {
  borrow(forMs: number): Promise<Borrowed>;
  /** The board at the port that was lent. */
  open(loan: PortLoan, show: Show): ConsoleBoard;
}

export interface SessionParts {
  readonly open: (show: Show) => ConsoleBoard;
  /** Undefined where the port is this console's anyway. */
  readonly lender: Lender | undefined;
  readonly show: Show;
  readonly help: () => void;
}

/** Does what is typed, at the gateway's board or, while its port is lent, at the board itself. */
export class Session {
  readonly #parts: SessionParts;
  readonly #board: ConsoleBoard;
  /** While the gateway's port is this console's. */
  #lent: { readonly loan: PortLoan; readonly board: ConsoleBoard } | undefined;
  #isBorrowing = false;
  /** While the gateway takes its port back; what is typed meanwhile waits for that. */
  #returning: Promise<unknown> | undefined;
  #onEvent: ((message: ConsoleMessage) => void) | undefined;
  readonly #closing = new AbortController();
  readonly #waiting = new Map<number, (result: Result) => void>();
  #nextRef = 0;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#board = parts.open(this.#onMessage);
  }

  get ready(): ConsoleBoard["ready"] {
    return this.#board.ready;
  }

  get ended(): ConsoleBoard["ended"] {
    return this.#board.ended;
  }

  /** Does what was typed; resolves when what comes of it has come. `left`: it was the word to leave by. */
  async take(text: string): Promise<Result | "left"> {
    const entry = readEntry(text);
    if (entry.kind !== "quit") await this.#returning;
    const board = this.#lent?.board ?? this.#board;
    switch (entry.kind) {
      case "payload":
        return await this.#ask((ref) => board.call(entry.bytes, ref));
      case "probe":
        return await this.#ask((ref) => board.probe(ref));
      case "line":
        return await this.#writeLine(board, entry.bytes);
      case "raw":
        return this.#written(board.writeRaw(entry.bytes));
      case "wait":
        await sleep(entry.forMs, undefined, { signal: this.#closing.signal }).catch(() => {});
        return "done";
      case "release":
        return await this.#borrow(entry.forMs);
      case "return":
        if (this.#lent === undefined) return this.#refused("the port has not been given to this console");
        await this.#giveBack({ text: "given back", isTakenBack: true });
        return "done";
      case "help":
        this.#parts.help();
        return "done";
      case "quit":
        return "left";
      case "nothing":
        return "done";
      case "wrong":
        this.#note(entry.problem);
        return "wrong";
      default:
        return entry satisfies never;
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const lent = this.#lent;
    this.#lent = undefined;
    await lent?.board.close();
    await lent?.loan.giveBack();
    await this.#board.close();
  }

  readonly #onMessage = (message: ConsoleMessage) => {
    this.#parts.show(message);
    this.#onEvent?.(message);
    if (!("ref" in message) || message.ref === undefined) return;
    this.#waiting.get(message.ref)?.(resultOf(message));
    this.#waiting.delete(message.ref);
  };

  #ask(give: (ref: number) => void): Promise<Result> {
    return new Promise((resolve) => {
      const ref = this.#nextRef++;
      this.#waiting.set(ref, resolve);
      give(ref);
    });
  }

  #writeLine(board: ConsoleBoard, line: Buffer): Promise<Result> {
    return new Promise((resolve) => {
      const ref = this.#nextRef++;
      this.#waiting.set(ref, resolve);
      const written = board.writeLine(line, ref);
      if (written.kind === "written" && written.isCommand) return;
      this.#waiting.delete(ref);
      resolve(this.#written(written));
    });
  }

  #written(written: Written): Result {
    return written.kind === "written" ? "done" : this.#refused(written.why);
  }

  #refused(text: string): Result {
    this.#note(text);
    return "not_executed";
  }

  #note(text: string): void {
    this.#parts.show({ kind: "note", text });
  }

  async #borrow(forMs: number): Promise<Result> {
    const { lender } = this.#parts;
    if (lender === undefined) return this.#refused("the port is this console's: there is no gateway to release it");
    if (this.#lent !== undefined || this.#isBorrowing) return this.#refused("the port is this console's already");
    this.#isBorrowing = true;
    const borrowed = await lender.borrow(forMs);
    this.#isBorrowing = false;
    if (borrowed.kind === "refused") return this.#refused(borrowed.text);
    const { loan } = borrowed;
    if (this.#closing.signal.aborted) {
      await loan.giveBack();
      return "done";
    }
    const board = lender.open(loan, this.#onMessage);
    this.#lent = { loan, board };
    const opened = await Promise.race([board.ready, board.ended]);
    if (typeof opened === "object") {
      await this.#giveBack({ text: opened.text, isTakenBack: true });
      return "not_executed";
    }
    const isOpen = opened === "met" ? "" : ", but it is not open yet";
    this.#note(`${loan.path} is this console's${isOpen}: callers get unavailable / released until /return`);
    void Promise.race([loan.over, board.ended.then(({ text }) => ({ text, isTakenBack: true }))]).then((over) => {
      if (this.#lent?.loan === loan) void this.#giveBack(over);
    });
    return "done";
  }

  /** Resolves when the gateway's board can be used again, as far as that is up to the gateway. */
  #giveBack(over: LoanOver): Promise<void> {
    const returned = this.#return(over);
    this.#returning = returned;
    return returned;
  }

  async #return({ text, isTakenBack }: LoanOver): Promise<void> {
    const lent = this.#lent;
    this.#lent = undefined;
    // From then on what is told of the board comes from the gateway alone.
    await lent?.board.close();
    const takenBack = isTakenBack ? this.#takenBack() : "met";
    await lent?.loan.giveBack();
    this.#note(`${text}: through the gateway again${takenBackTexts[await takenBack]}`);
  }

  #takenBack(): Promise<TakenBack | "not_met"> {
    return new Promise((resolve) => {
      const takingBack = new TakingBack();
      const done = (what: TakenBack | "not_met") => {
        clearTimeout(timer);
        this.#closing.signal.removeEventListener("abort", giveUp);
        this.#onEvent = undefined;
        resolve(what);
      };
      const giveUp = () => done("not_met");
      const timer = setTimeout(giveUp, takingBackMsMax);
      this.#closing.signal.addEventListener("abort", giveUp);
      this.#onEvent = (message) => {
        const what = takingBack.follow(message);
        if (what !== undefined) done(what);
      };
    });
  }
}

const takenBackTexts: Readonly<Record<TakenBack | "not_met", string>> = {
  met: "",
  not_open: ", but its port is not open",
  not_met: ", but it has not met the board yet",
};

function resultOf(message: ConsoleMessage): Result {
  switch (message.kind) {
    case "answer": {
      const { processId, payload } = message;
      const outcome = outcomeOf({ kind: "replied", processId, payload: bytesOf(payload) });
      if (outcome.kind === "answered") return "done";
      return outcome.executed === "no" ? "not_executed" : "perhaps_executed";
    }
    case "probed":
      return message.result.kind === "answered" ? "done" : "not_executed";
    case "unanswered":
      return message.executed === "no" ? "not_executed" : "perhaps_executed";
    default:
      return "done";
  }
}
