import { Correlator } from "../core/correlator.ts";
import type { Input } from "../core/input.ts";
import type { Instant } from "../core/instant.ts";
import type { CorrelatorOptions } from "../core/options.ts";
import type { Output } from "../core/output.ts";
import type { McuState } from "../core/phase.ts";
import type { ProbeResult } from "../core/probe-result.ts";
import type { Report } from "../core/report.ts";
import { shownName } from "../runtime/board-name.ts";
import type { Clock } from "../runtime/clock.ts";
import type { BoardDownReason, HubPort, LinkEvent, LinkPort } from "./boundary.ts";
import type { Counts } from "./counts.ts";
import { Reporter, type ReporterParts } from "./reporter.ts";

/** Takes the one answer to a request from this machine: the reply, or the error. Says whether somebody is still there for it. */
export type OnAnswer = (processId: string, payload: Buffer) => boolean;

export interface BoardParts extends ReporterParts {
  readonly clock: Clock;
  readonly hub: HubPort;
  /** The id of the next request from this machine. */
  readonly nextLocalId: () => string;
  readonly link: LinkPort;
}

/** Somebody who waits until requests are settled. */
interface Waiting {
  readonly isOver: () => boolean;
  readonly resolve: () => void;
}

/** One board: gives its correlator every event with the time, and performs the outputs. */
export class Board {
  readonly name: string;
  readonly #correlator: Correlator;
  readonly #reporter: Reporter;
  readonly #parts: BoardParts;
  readonly #onStepped: (board: Board) => void;
  /** Callers of `settled` and `release` that wait, and of `drain`. */
  readonly #waiting = new Set<Waiting>();
  #onDrained: (() => void)[] = [];
  #isDrained = false;
  #wakeAt: Instant | undefined;
  /** Those at this machine who wait for an answer, by the processID. */
  readonly #onAnswer = new Map<string, OnAnswer>();
  /** Those who have asked for a probe, and wait for what comes of it. */
  #onProbed: ((result: ProbeResult) => void)[] = [];
  /** The line from the MCU that is being handled. */
  #lineIn: Buffer | undefined;

  /** @param onStepped called after each step: `wakeAt` and the open requests may have changed */
  constructor(name: string, options: CorrelatorOptions, parts: BoardParts, onStepped: (board: Board) => void) {
    this.name = name;
    this.#correlator = new Correlator(options);
    this.#reporter = new Reporter(name, parts);
    this.#parts = parts;
    this.#onStepped = onStepped;
  }

  get counts(): Counts {
    return this.#reporter.counts;
  }

  get mcuState(): McuState {
    return this.#correlator.mcuState;
  }

  /** Whether a drain has left nothing open. */
  get isDrained(): boolean {
    return this.#isDrained;
  }

  /** When the alarm is due; undefined where nothing is. */
  get wakeAt(): Instant | undefined {
    return this.#wakeAt;
  }

  /** The first deadline of the open requests; undefined where none is open. */
  firstDeadline(): Instant | undefined {
    return this.#correlator.firstDeadline();
  }

  get hasHubRequest(): boolean {
    return this.#correlator.hasHubRequest;
  }

  /** Resolves when no request is open, of the hub or of anybody: at the deadline of the last one at the latest, if no more come. */
  settled(of: "hub" | "anybody" = "hub"): Promise<void> {
    return this.#until(() => (of === "hub" ? !this.hasHubRequest : this.firstDeadline() === undefined));
  }

  /** Refuses requests from now on, because somebody else is to have the port; resolves when none is open, which takes a deadline at most. */
  release(): Promise<void> {
    this.step({ kind: "release" });
    return this.settled("anybody");
  }

  /** The port is the gateway's again, and is about to be opened. */
  takeBack(): void {
    this.step({ kind: "take_back" });
  }

  /** Takes no more requests, settles the open ones; resolves when none is left. */
  drain(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isDrained) return resolve();
      this.#onDrained.push(resolve);
      this.step({ kind: "drain" });
    });
  }

  request(processId: string, payload: Buffer): void {
    const now = this.#parts.clock.now();
    this.#reporter.observe({ kind: "request", board: this.name, processId, payload }, now);
    this.step({ kind: "request", processId, payload, arrivedAt: this.#arrivalOf(payload, now) }, now);
  }

  /** A request from this machine, with a new id: `onAnswer` is called once, perhaps before this returns, and by the deadline. */
  requestLocally(payload: Buffer, onAnswer: OnAnswer): void {
    const processId = this.#parts.nextLocalId();
    this.#onAnswer.set(processId, onAnswer);
    const now = this.#parts.clock.now();
    this.#reporter.observe({ kind: "request", board: this.name, processId, payload, source: "local" }, now);
    this.step({ kind: "request", processId, payload, arrivedAt: this.#arrivalOf(payload, now), source: "local" }, now);
  }

  /** Asks the MCU for its hello: `onProbed` is called once, perhaps before this returns. */
  probe(onProbed: (result: ProbeResult) => void): void {
    this.#onProbed.push(onProbed);
    this.step({ kind: "probe" });
  }

  /** The hub passes its requests on. */
  online(): void {
    this.#observeOnline({ isUp: true });
  }

  /** The hub passes no more of its requests on, and takes no response. */
  offline(reason: BoardDownReason): void {
    this.#observeOnline({ isUp: false, reason });
    this.step({ kind: "session_down" });
  }

  linkEvent(event: LinkEvent): void {
    const now = this.#parts.clock.now();
    switch (event.kind) {
      case "up":
        this.#reporter.observe({ kind: "link", board: this.name, isUp: true }, now);
        this.step({ kind: "link_up" }, now);
        break;
      case "line":
        this.#reporter.observe({ kind: "line_in", board: this.name, bytes: event.bytes }, now);
        this.#lineIn = event.bytes;
        this.step({ kind: "line", bytes: event.bytes }, now);
        this.#lineIn = undefined;
        break;
      case "overlong":
        this.step({ kind: "overlong", head: event.head, byteCount: event.byteCount }, now);
        break;
      case "written":
        this.step({ kind: "written" }, now);
        break;
      case "discarded":
        this.#discarded(event.byteCount, event.isOrderly === true, now);
        break;
      case "opening_hangs":
        this.#reporter.log.say("warn", "opening hangs", `link: ${event.text}`, "board");
        break;
      case "other_line_end":
        this.report(event, now);
        break;
      case "note":
        this.#reporter.log.say("info", "serial", event.text, "board");
        break;
      case "closing":
        this.step({ kind: "link_closing" }, now);
        break;
      case "kept":
        this.step({ kind: "link_kept" }, now);
        break;
      case "down":
        this.#reporter.observe({ kind: "link", board: this.name, isUp: false }, now);
        this.step({ kind: "link_down" }, now);
        break;
      default:
        event satisfies never;
    }
  }

  /** @param now when it happened: the clock is read once for an event, and that is the time of all that follows from it */
  step(input: Input, now = this.#parts.clock.now()): void {
    const suspension = this.#parts.clock.suspension(now);
    if (suspension !== undefined) this.#take({ kind: "resumed", until: suspension.until }, now);
    this.#take(input, now);
    this.#wakeAt = this.#correlator.wakeAt();
    if (this.#waiting.size > 0) this.#tellWaiting();
    this.#onStepped(this);
  }

  report(report: Report, now = this.#parts.clock.now()): void {
    this.#reporter.report(report, now, this.#lineIn);
  }

  /** The earliest time at which what is being read can have arrived, be it from the hub or from this machine: both wait in the kernel. */
  #arrivalOf(payload: Buffer, now: Instant): Instant {
    const { clock } = this.#parts;
    const arrivedAt = clock.suspension(now)?.since ?? now;
    clock.read(payload.length);
    return arrivedAt;
  }

  #until(isOver: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.add({ isOver, resolve });
      this.#tellWaiting();
    });
  }

  #tellWaiting(): void {
    for (const waiting of this.#waiting) {
      if (!waiting.isOver()) continue;
      this.#waiting.delete(waiting);
      waiting.resolve();
    }
  }

  /** The board of a file that has only one is online while the session is up. */
  #observeOnline(state: { readonly isUp: boolean; readonly reason?: BoardDownReason }): void {
    if (shownName(this.name) !== undefined)
      this.#reporter.observe({ kind: "online", board: this.name, ...state }, this.#parts.clock.now());
  }

  #discarded(byteCount: number, isOrderly: boolean, now: Instant): void {
    const detail = `${byteCount} bytes${isOrderly ? " without a line end when the port was closed" : ""}`;
    // While no request is open it is a prompt or the like; else it may be half a reply.
    const isKnown = isOrderly && this.firstDeadline() === undefined;
    this.report({ kind: "dropped", name: "stale_bytes", detail, ...(isKnown && { isKnown }) }, now);
  }

  #take(input: Input, now: Instant): void {
    for (const output of this.#correlator.step(input, now)) this.#perform(output, now);
  }

  #perform(output: Output, now: Instant): void {
    switch (output.kind) {
      case "publish":
        this.#publish(output.processId, output.payload, now);
        break;
      case "answer":
        this.#answer(output.processId, output.payload, now);
        break;
      case "publish_event":
        this.#publishEvent(output.name, output.payload, now);
        break;
      case "write":
        // First written, then observed: the caller does not wait for the observers.
        if (output.discardsUnsent) this.#parts.link.write(this.name, output.bytes, output);
        else this.#parts.link.write(this.name, output.bytes);
        // Empty where it only throws away what the driver holds: that is no line.
        if (output.bytes.length > 0)
          this.#reporter.observe({ kind: "line_out", board: this.name, bytes: output.bytes }, now);
        break;
      case "reopen":
        this.#parts.link.reopen(this.name, output.rung);
        break;
      case "probed":
        for (const onProbed of this.#onProbed.splice(0)) onProbed(output.result);
        break;
      case "report":
        this.report(output.report, now);
        break;
      case "drained":
        this.#isDrained = true;
        for (const onDrained of this.#onDrained.splice(0)) onDrained();
        break;
      default:
        output satisfies never;
    }
  }

  #publish(processId: string, payload: Buffer, now: Instant): void {
    const result = this.#parts.hub.publish(this.name, processId, payload, now);
    this.#reporter.observe({ kind: "response", board: this.name, processId, payload }, now);
    if (result !== "sent") this.report({ kind: "dropped", name: "unsent_response", processId, detail: result }, now);
  }

  #answer(processId: string, payload: Buffer, now: Instant): void {
    const onAnswer = this.#onAnswer.get(processId);
    this.#onAnswer.delete(processId);
    const isTaken = onAnswer?.(processId, payload) === true;
    this.#reporter.observe({ kind: "response", board: this.name, processId, payload, source: "local" }, now);
    if (!isTaken) this.report({ kind: "dropped", name: "unheard_answer", processId }, now);
  }

  #publishEvent(name: string, payload: Buffer, now: Instant): void {
    const result = this.#parts.hub.publishEvent(this.name, payload, now);
    if (result !== "sent")
      this.report({ kind: "dropped", name: "unpublished_event", detail: `${name}: ${result}` }, now);
  }
}
