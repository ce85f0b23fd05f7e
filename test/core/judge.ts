import type { Instant } from "../../src/core/instant.ts";
import { reasons } from "../../src/core/outcome.ts";
import type { Report } from "../../src/core/report.ts";
import type { CorrelatorOptions } from "../../src/core/step.ts";
import { wireTimeMs } from "../../src/line/wire-time.ts";
import { type Arrival, Arrivals } from "./arrivals.ts";
import type { ModelMcu } from "./model-mcu.ts";
import { type ErrorBody, errorIn, numbersIn } from "./response-text.ts";
import type { Tally } from "./tally.ts";

/** Until a line is in the MCU: the model's clock counts whole ms, and a port takes up to 3 to begin. */
const arrivalSlackMs = 5;

/** A model MCU answers a probe that it has in less; later its hello is its own. */
const helloMsMax = 2000;

/** After the hello of its start its answer to a probe follows within that. */
const introductionMsMax = 2000;

/**
 * Sees what arrives, what is published and what is written, and says which promise it breaks. It keeps its own books
 * and asks the correlator nothing.
 */
export class Judge {
  readonly violations: string[] = [];
  readonly #mcu: ModelMcu;
  readonly #tally: Tally;
  readonly #arrivals = new Arrivals();
  readonly #inFlight = new Set<string>();
  /** Whose commands were handed to the port since it was opened. */
  readonly #handed = new Set<string>();
  #options: CorrelatorOptions;
  #thisStep: Arrival | undefined;
  #mustAnswerNow = false;
  #linkUp = false;
  #draining: "no" | "begun" | "told" = "no";
  /** Requests that have neither been settled nor dropped by a name. */
  #openCount = 0;
  /** What it is like is known, since this link is up. */
  #isMet = false;
  #lastBoot: string | undefined;
  /** The MCU has said that it has restarted: nobody is to wait for what was in flight. */
  #lost: readonly string[] = [];
  #probedAt = Number.NEGATIVE_INFINITY;
  /** Probes that no hello has followed: as many hellos may be answers. */
  #openProbeCount = 0;
  /** Until then its answer to a probe may follow what it has said at its start. */
  #introducedUntil: Instant = 0;
  /** What the MCU says in this step. */
  #lineNow = "";
  /** Which answers were too long, as a whole or a line of them. */
  readonly #torn = new Set<string>();
  #isAway = false;
  #quietUntil: Instant = 0;
  /** When the latest events were published. */
  #eventsAt: Instant[] = [];

  constructor(options: CorrelatorOptions, mcu: ModelMcu, tally: Tally) {
    this.#options = options;
    this.#mcu = mcu;
    this.#tally = tally;
  }

  request(id: string, payload: Buffer, arrivedAt: Instant, now: Instant): void {
    const deadline = arrivedAt + this.#options.deadlineMs;
    const { arrival, isRepeated } = this.#arrivals.add(id, payload.toString(), arrivedAt, deadline);
    arrival.excused = now > deadline;
    this.#thisStep = arrival;
    const isRefused = !this.#linkUp || this.#draining !== "no" || (this.#isAway && this.#knowsProbes);
    this.#mustAnswerNow = isRefused && !arrival.excused && !isRepeated;
    this.#openCount += 1;
    this.#tally.note("request");
  }

  publish(id: string, payload: Buffer, now: Instant): void {
    const candidates = this.#arrivals.awaited(id).filter(({ deadline }) => now <= deadline);
    const text = payload.toString();
    const error = errorIn(text);
    const direct = this.#thisStep?.id === id && candidates.includes(this.#thisStep) ? this.#thisStep : candidates[0];
    const [number, ...others] = numbersIn(error?.source === "gateway" ? this.#lineOf(error) : text);
    if (others.length > 0) this.violated(now, `${text} published for ${id} is of several answers`);
    const answered = number === undefined ? direct : candidates.find((candidate) => candidate.number === number);
    if (answered === undefined) {
      this.violated(now, `${text} published for ${id}, which nobody asked or whose time is over`);
      return;
    }
    if (error === undefined && this.#torn.has(answered.number)) this.violated(now, `${id} is given a torn answer`);
    if (error?.source === "gateway") {
      if (!(error.reason in reasons)) this.violated(now, `unknown reason ${error.reason}`);
      if (error.executed === "no" && answered.writtenCount > 0)
        this.violated(now, `${id} was written, and its error ${error.reason} says that it was not executed`);
    }
    for (const same of candidates) if (same.text === answered.text) same.isAnswered = true;
  }

  publishEvent(now: Instant): void {
    // As many at once as in a second, and those of the second that follows.
    const countMax = 2 * this.#options.events.perSecondMax;
    this.#eventsAt = [...this.#eventsAt, now].slice(-countMax - 1);
    const [first = 0] = this.#eventsAt;
    if (this.#eventsAt.length > countMax && now - first < 1000) this.violated(now, `too many events in a second`);
  }

  /** A line handed to the port, checksum and all. */
  lineToMcu(line: string, now: Instant): void {
    if (line === "") return;
    if (line.startsWith("?")) {
      this.#probedAt = now;
      this.#openProbeCount += 1;
    }
    if (line.startsWith("~") && !this.#handed.has(line.slice(1).split("*", 1).join("")))
      this.violated(now, `cancels what this port was not given: ${line}`);
    if (!this.#linkUp) this.violated(now, `written to a port that is closed: ${line}`);
    if (now < this.#quietUntil) this.violated(now, `written before what came meanwhile was read: ${line}`);
    const command = this.#mcu.speech.command(line);
    if (command === undefined) return;
    if (line.length + 1 > this.#lineBytesMax) this.violated(now, `too long for the MCU: ${line}`);
    const id = command.id ?? this.#arrivals.idOf(command.payload);
    const wireMs = wireTimeMs(line.length + 1, this.#options.wire);
    const open = this.#arrivals.awaited(id).filter(({ text }) => text === command.payload);
    if (!open.some(({ deadline }) => now + wireMs <= deadline)) this.violated(now, `stale command ${line}`);
    const isTwice = open.some(({ writtenCount }) => writtenCount > 0);
    if (isTwice && !this.#mcu.remembers) this.violated(now, `written twice: ${line}`);
    for (const arrival of open) {
      arrival.writtenCount += 1;
      this.#torn.delete(arrival.number);
    }
    this.#inFlight.add(id);
    this.#handed.add(id);
    const window = Math.min(this.#mcu.window, this.#options.windowMax);
    if (this.#inFlight.size > window) this.violated(now, `${this.#inFlight.size} in flight, window ${window}`);
  }

  /** A line has arrived that the port did not hold back. */
  lineInMcu(line: string, now: Instant): void {
    const command = this.#mcu.speech.command(line);
    const deadline = command && this.#arrivals.deadlineOf(command.payload);
    if (deadline !== undefined && now > deadline + arrivalSlackMs) this.violated(now, `arrived too late: ${line}`);
  }

  /** A line that the gateway is about to read. */
  lineFromMcu(line: string, isOverlong: boolean, now: Instant): void {
    this.#lineNow = line;
    if (isOverlong) for (const number of numbersIn(line)) this.#torn.add(number);
    if (!/^(=rrpc\/1 |UP )/.test(line) || line.endsWith("#")) return;
    const [, word] = /(?:boot=|^UP )(\d+)/.exec(line) ?? [];
    const isUnasked = this.#openProbeCount === 0 && now - this.#probedAt > helloMsMax && now > this.#introducedUntil;
    const isAnother = this.#lastBoot !== undefined && word !== this.#lastBoot;
    if (isUnasked || isAnother) this.#lost = [...this.#inFlight];
    if (!this.#isMet || isAnother) this.#introducedUntil = now + introductionMsMax;
    this.#openProbeCount = Math.max(0, this.#openProbeCount - 1);
    this.#lastBoot = word;
  }

  report(report: Report): void {
    switch (report.kind) {
      case "settled":
        this.#tally.note(`settled ${report.outcome}`);
        this.#inFlight.delete(report.processId);
        this.#lost = this.#lost.filter((id) => id !== report.processId);
        this.#openCount -= 1;
        break;
      case "dropped":
        this.#tally.note(`dropped ${report.name}`);
        if (report.name === "duplicate_request" || report.detail === "not executed") this.#openCount -= 1;
        break;
      default:
        this.#tally.note(`report ${report.kind}`);
        if (report.kind === "mcu_greeted") this.#isMet = true;
        if (report.kind === "mcu_away") this.#isAway = true;
        if (report.kind === "mcu_back" || report.kind === "mcu_version_unsupported") this.#isAway = false;
    }
  }

  sessionDown(): void {
    this.#arrivals.endSession();
  }

  linkChanged(to: "up" | "down"): void {
    this.#linkUp = to === "up";
    this.#handed.clear();
    this.#isMet = false;
    this.#isAway = false;
  }

  stoodStill(until: Instant): void {
    this.#arrivals.excuseOpen();
    this.#quietUntil = until;
  }

  reloaded(options: CorrelatorOptions): void {
    this.#options = options;
    this.#isAway = false;
    this.#lastBoot = undefined;
    this.#eventsAt = [];
  }

  /** Another process takes over, and knows nothing. */
  killed(options: CorrelatorOptions): void {
    this.reloaded(options);
    this.#arrivals.forgetOpen();
    this.#openProbeCount = 0;
    this.#inFlight.clear();
    this.#openCount = 0;
    this.#draining = "no";
    this.#quietUntil = 0;
  }

  drains(): void {
    if (this.#draining === "no") this.#draining = "begun";
  }

  drained(now: Instant): void {
    if (this.#draining !== "begun") this.violated(now, "drained, and nobody asked for it, or twice");
    this.#draining = "told";
    for (const { id, at } of this.#arrivals.missing())
      this.violated(now, `drained while request ${id} of ${at} is open`);
  }

  stepDone(now: Instant): void {
    const { queueMax, windowMax } = this.#options;
    if (this.#openCount > queueMax + windowMax) this.violated(now, `${this.#openCount} requests are open`);
    if (this.#lost.length > 0) this.violated(now, `${this.#lost} waits for an MCU that has restarted`);
    this.#lost = [];
    this.#lineNow = "";
    if (this.#draining === "begun" && !this.#arrivals.areAwaited) this.violated(now, "not said to be drained");
    if (this.#thisStep === undefined) return;
    if (this.#mustAnswerNow && !this.#thisStep.isAnswered)
      this.violated(now, `no fast refusal of ${this.#thisStep.id}`);
    this.#thisStep = undefined;
  }

  /** The world is over: nothing may be left unanswered, nothing may have been done twice. */
  close(now: Instant): void {
    for (const { id, at } of this.#arrivals.missing(now)) this.violated(now, `no response to ${id} of ${at}`);
    if (this.#openCount !== 0) this.violated(now, `${this.#openCount} requests more have come than were accounted for`);
    if (this.#draining === "begun") this.violated(now, "it was never said that nothing is open any more");
    // What it remembers does not outlive its restart, and that is noticed after the fact only.
    if (this.#mcu.remembers && this.#mcu.dedup > 0 && this.#mcu.resetCount > 0) return;
    for (const [text, count] of this.#mcu.executions) {
      const asked = this.#arrivals.askedCount(text);
      if (count > asked) this.violated(now, `${text} was executed ${count} times and asked ${asked} times`);
    }
  }

  /** The line that makes the gateway say so; for an answer that is given again, none. */
  #lineOf({ reason }: ErrorBody): string {
    return reason === "reply_too_large" ? this.#lineNow : "";
  }

  /** What it has said counts from its hello on; what it said before the port was opened anew may. */
  get #lineBytesMax(): number {
    const { commandBytesMax } = this.#options;
    const said = this.#mcu.lineBytesMax ?? commandBytesMax;
    return this.#isMet ? said : Math.max(said, commandBytesMax);
  }

  /** Whether it can be asked if it is there: until it is, an MCU that cannot is given a command now and then. */
  get #knowsProbes(): boolean {
    return this.#isMet && this.#mcu.speech.dialect.probe !== undefined;
  }

  violated(now: Instant, what: string): void {
    this.violations.push(`${now}: ${what}`);
  }
}
