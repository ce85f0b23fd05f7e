import { reasons } from "../../src/core/outcome.ts";
import type { Report } from "../../src/core/report.ts";
import type { CorrelatorOptions } from "../../src/core/step.ts";
import { wireTimeMs } from "../../src/line/wire-time.ts";
import type { ModelMcu } from "./model-mcu.ts";

/** More than can be open at once under one id: the first, its duplicates, and what was refused in between. */
const openPerIdMax = 60;

interface Arrival {
  readonly id: string;
  readonly payload: Buffer;
  readonly at: number;
  readonly deadline: number;
  session: number;
  writtenCount: number;
  response: Buffer | undefined;
  /** The process stood still while it was open: its deadline may have passed unnoticed. */
  excused: boolean;
}

/**
 * Sees what arrives, what is published and what is written, and says which promise it breaks. It keeps its own books
 * and asks the correlator nothing.
 */
export class Judge {
  /** Every outcome, drop and report that occurred: a run over many worlds must have seen them all. */
  readonly seen = new Set<string>();
  readonly violations: string[] = [];
  readonly #options: CorrelatorOptions;
  readonly #mcu: ModelMcu;
  readonly #arrivals: Arrival[] = [];
  readonly #arrivalsById = new Map<string, Arrival[]>();
  readonly #inFlight = new Set<string>();
  #thisStep: Arrival | undefined;
  #mustAnswerNow = false;
  #session = 0;
  #linkUp = false;
  #draining = false;

  constructor(options: CorrelatorOptions, mcu: ModelMcu) {
    this.#options = options;
    this.#mcu = mcu;
  }

  request(id: string, payload: Buffer, arrivedAt: number, now: number): void {
    const deadline = arrivedAt + this.#options.deadlineMs;
    const session = this.#session;
    const arrival = {
      id,
      payload,
      at: arrivedAt,
      deadline,
      session,
      writtenCount: 0,
      response: undefined,
      excused: now > deadline,
    };
    this.#thisStep = arrival;
    this.#mustAnswerNow = (!this.#linkUp || this.#draining) && !arrival.excused && this.#sameOpen(arrival).length === 0;
    for (const same of this.#sameOpen(arrival)) same.session = session;
    this.#arrivals.push(arrival);
    this.#arrivalsById.set(id, [...this.#withId(id), arrival].slice(-openPerIdMax));
  }

  publish(id: string, payload: Buffer, now: number): void {
    const candidates = this.#awaited(id).filter((arrival) => now <= arrival.deadline);
    const error = errorIn(payload);
    const direct = this.#thisStep?.id === id && candidates.includes(this.#thisStep) ? this.#thisStep : candidates[0];
    const [number, ...others] = numbersIn(error?.mcuText ?? (error === undefined ? payload.toString() : ""));
    if (others.length > 0) this.#violated(`${now}: ${payload} published for ${id} is of several answers`);
    const answered = number === undefined ? direct : candidates.find((candidate) => numberOf(candidate) === number);
    if (answered === undefined) {
      this.#violated(`${now}: ${payload} published for ${id}, which nobody asked or whose time is over`);
      return;
    }
    this.#checkExecuted(answered, error, now);
    for (const same of candidates) if (same.payload.equals(answered.payload)) same.response = payload;
  }

  /** A line handed to the port, checksum and all. */
  lineToMcu(line: string, now: number): void {
    const command = this.#mcu.speech.command(line);
    if (command === undefined) return;
    const { payload } = command;
    const id = command.id ?? this.#idOf(payload);
    const wireMs = wireTimeMs(line.length + 1, this.#options.wire);
    const open = this.#awaited(id).filter((arrival) => arrival.payload.toString() === payload);
    if (!open.some(({ deadline }) => now + wireMs <= deadline)) this.#violated(`${now}: stale command ${line}`);
    const twice = open.some(({ writtenCount }) => writtenCount > 0);
    if (twice && this.#mcu.dedup < this.#mcu.window) this.#violated(`${now}: written twice: ${line}`);
    for (const arrival of open) arrival.writtenCount += 1;
    this.#inFlight.add(id);
    const window = Math.min(this.#mcu.window, this.#options.windowMax);
    if (this.#inFlight.size > window) this.#violated(`${now}: ${this.#inFlight.size} in flight, window ${window}`);
  }

  report(report: Report): void {
    this.seen.add(report.kind);
    if (report.kind === "settled") {
      this.seen.add(report.outcome);
      this.#inFlight.delete(report.processId);
    }
    if (report.kind === "dropped") this.seen.add(report.name);
  }

  sessionDown(): void {
    this.#session += 1;
  }

  linkChanged(to: "up" | "down"): void {
    this.#linkUp = to === "up";
  }

  standStill(): void {
    for (const arrival of this.#arrivals) arrival.excused ||= arrival.response === undefined;
  }

  drained(): void {
    this.#draining = true;
    const open = this.#arrivals.filter((arrival) => this.#isAwaited(arrival));
    for (const { id, at, excused } of open)
      if (!excused) this.#violated(`drained while request ${id} of ${at} is open`);
  }

  stepDone(now: number): void {
    const arrival = this.#thisStep;
    if (arrival !== undefined && this.#mustAnswerNow && arrival.response === undefined) {
      this.#violated(`${now}: no fast refusal of ${arrival.id}`);
    }
    this.#thisStep = undefined;
    this.#mustAnswerNow = false;
  }

  /** The world is over: nothing may be left unanswered, nothing may have been done twice. */
  close(now: number): void {
    for (const arrival of this.#arrivals) {
      if (this.#isAwaited(arrival) && !arrival.excused && now > arrival.deadline) {
        this.#violated(`no response to ${arrival.id} of ${arrival.at}`);
      }
    }
    const askedCounts = new Map<string, number>();
    for (const { payload } of this.#arrivals) {
      askedCounts.set(payload.toString(), (askedCounts.get(payload.toString()) ?? 0) + 1);
    }
    const remembers = this.#mcu.dedup >= this.#mcu.window && this.#mcu.dedup > 0;
    if (remembers && this.#mcu.resetCount > 0) return;
    for (const [payload, count] of this.#mcu.executions) {
      const asked = askedCounts.get(payload) ?? 0;
      if (count > asked) this.#violated(`${payload} was executed ${count} times and asked ${asked} times`);
    }
  }

  #checkExecuted(arrival: Arrival, error: ErrorBody | undefined, now: number): void {
    if (error === undefined || error.source === "mcu") return;
    if (!(error.reason in reasons)) this.#violated(`${now}: unknown reason ${error.reason}`);
    if (error.executed === "no" && arrival.writtenCount > 0) {
      this.#violated(`${now}: ${arrival.id} was written, and its error ${error.reason} says that it was not executed`);
    }
  }

  #awaited(id: string): Arrival[] {
    return this.#withId(id).filter((arrival) => this.#isAwaited(arrival));
  }

  /** Whose command it is that says no id: each request has a payload of its own, but for duplicates of it. */
  #idOf(payload: string): string {
    const arrival = this.#arrivals.findLast((one) => this.#isAwaited(one) && one.payload.toString() === payload);
    return arrival?.id ?? "";
  }

  #withId(id: string): Arrival[] {
    return this.#arrivalsById.get(id) ?? [];
  }

  #isAwaited(arrival: Arrival): boolean {
    return arrival.response === undefined && arrival.session === this.#session;
  }

  /** Earlier arrivals of the same request that may still be in flight, on whichever session. */
  #sameOpen({ id, payload, at }: Arrival): Arrival[] {
    return this.#withId(id).filter(
      (earlier) =>
        earlier.payload.equals(payload) &&
        earlier.response === undefined &&
        earlier.writtenCount > 0 &&
        at < earlier.deadline,
    );
  }

  #violated(what: string): void {
    this.violations.push(what);
  }
}

interface ErrorBody {
  readonly source: string;
  readonly reason: string;
  readonly executed: string;
  readonly mcuText?: string;
}

function errorIn(payload: Buffer): ErrorBody | undefined {
  const text = payload.toString();
  return text.startsWith('{"error":') ? JSON.parse(text).error : undefined;
}

/** Which requests a text is an answer to. */
function numbersIn(text: string): string[] {
  return [...new Set(text.match(/R\d+/g))];
}

function numberOf({ payload }: Arrival): string {
  return payload.toString().split(".")[0]?.toUpperCase() ?? "";
}
