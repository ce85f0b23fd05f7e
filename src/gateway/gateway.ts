import { Correlator } from "../core/correlator.ts";
import type { Instant } from "../core/instant.ts";
import type { McuState } from "../core/phase.ts";
import type { DropName, Report } from "../core/report.ts";
import type { CorrelatorOptions, Input, Output } from "../core/step.ts";
import type { KeptLinkEvent } from "../daemon/supervise-link.ts";
import type { SessionEvent } from "../mqtt/session.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Log } from "../runtime/logger.ts";
import { printable } from "../runtime/text.ts";
import type { LinkPort, Observation, SessionPort } from "./boundary.ts";
import { Counts } from "./counts.ts";
import { describeReport } from "./describe.ts";
import { subjectOf } from "./subject-of.ts";

/**
 *     IoT Hub ── session ──▶ gateway ──▶ link ── UART ──▶ MCU
 *                  ◀─────── correlator ◀──────
 *
 * The shell around the correlator: it takes one closed set of events, stamps each with the clock, and performs what
 * the correlator returns. It decides nothing about requests, and keeps no connection open: that is its owner's part.
 */
export interface GatewayParts {
  readonly session: SessionPort;
  readonly link: LinkPort;
  readonly clock: Clock;
  readonly log: Log;
  /** Called with everything that passes, as it passes. */
  readonly observe: (observation: Observation, at: Instant) => void;
  /** Called once, when a drain has left nothing open. */
  readonly onDrained: () => void;
}

export class Gateway {
  readonly counts = new Counts();
  readonly #correlator: Correlator;
  /** The line from the MCU that is being handled. */
  #lineIn: Buffer | undefined;
  /** Those who wait until no request is open. */
  #onSettled: (() => void)[] = [];
  readonly #parts: GatewayParts;

  constructor(options: CorrelatorOptions, parts: GatewayParts) {
    this.#correlator = new Correlator(options);
    this.#parts = parts;
  }

  sessionEvent(event: SessionEvent): void {
    switch (event.kind) {
      case "request":
        this.#request(event.processId, event.payload);
        break;
      case "dropped":
        this.#report({ kind: "dropped", name: event.name, detail: event.topic });
        break;
      case "down":
        this.#observe({ kind: "session", isUp: false });
        this.#step({ kind: "session_down" });
        break;
      case "up":
        this.#observe({ kind: "session", isUp: true });
        break;
      default:
        event satisfies never;
    }
  }

  /**
   * The session is about to be ended: nobody can be given an answer any more, so what waits is not executed. Its `down`
   * follows only when the hub has closed it.
   */
  endSession(): void {
    this.#step({ kind: "session_down" });
  }

  linkEvent(event: KeptLinkEvent): void {
    switch (event.kind) {
      case "up":
        this.#observe({ kind: "link", isUp: true });
        this.#step({ kind: "link_up" });
        break;
      case "line":
        this.#observe({ kind: "line_in", bytes: event.bytes });
        this.#lineIn = event.bytes;
        this.#step({ kind: "line", bytes: event.bytes });
        this.#lineIn = undefined;
        break;
      case "overlong":
        this.#step({ kind: "overlong", head: event.head, byteCount: event.byteCount });
        break;
      case "written":
        this.#step({ kind: "written" });
        break;
      case "discarded":
        this.#discarded(event.byteCount, event.isOrderly === true);
        break;
      case "opening_hangs":
        this.#parts.log.say("warn", "opening hangs", `link: ${event.text}`, "board");
        break;
      case "other_line_end":
        this.#report(event);
        break;
      case "note":
        this.#parts.log.say("info", "serial", event.text, "board");
        break;
      case "closing":
        this.#step({ kind: "link_closing" });
        break;
      case "kept":
        this.#step({ kind: "link_kept" });
        break;
      case "down":
        this.#observe({ kind: "link", isUp: false });
        this.#step({ kind: "link_down" });
        break;
      default:
        event satisfies never;
    }
  }

  /** Takes other options: on the link that is up, but for another dialect. */
  configure(options: CorrelatorOptions): void {
    this.#step({ kind: "configure", options });
  }

  get mcuState(): McuState {
    return this.#correlator.mcuState;
  }

  /** How late the gateway is, for the watchdog: negative while it is not, undefined where nothing is due. */
  lateness(): { readonly alarmOverdueMs: number | undefined; readonly requestOverdueMs: number | undefined } {
    const now = this.#parts.clock.now();
    const alarmAt = this.#correlator.wakeAt();
    const deadline = this.#correlator.firstDeadline();
    return { alarmOverdueMs: alarmAt && now - alarmAt, requestOverdueMs: deadline && now - deadline };
  }

  /** Settles when no request is open, at the deadline of the last one at the latest, if no more come. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#onSettled.push(resolve);
      this.#tellSettled();
    });
  }

  /** Takes no more requests, settles the open ones. */
  drain(): void {
    this.#step({ kind: "drain" });
  }

  #discarded(byteCount: number, isOrderly: boolean): void {
    const detail = `${byteCount} bytes${isOrderly ? " without a line end when the port was closed" : ""}`;
    // A prompt, where nobody waits for an answer; else half a reply, perhaps, as of a port that is opened anew.
    const isKnown = isOrderly && this.#correlator.firstDeadline() === undefined;
    this.#report({ kind: "dropped", name: "stale_bytes", detail, ...(isKnown && { isKnown }) });
  }

  #request(processId: string, payload: Buffer): void {
    const { clock } = this.#parts;
    const now = clock.now();
    this.#observe({ kind: "request", processId, payload });
    const arrivedAt = clock.suspension(now)?.since ?? now;
    clock.read(payload.length);
    this.#step({ kind: "request", processId, payload, arrivedAt });
  }

  #step(input: Input): void {
    const { clock } = this.#parts;
    const now = clock.now();
    const suspension = clock.suspension(now);
    if (suspension !== undefined) this.#take({ kind: "stood_still", until: suspension.until }, now);
    this.#take(input, now);
    clock.setAlarm(this.#correlator.wakeAt(), () => this.#step({ kind: "alarm" }));
    this.#tellSettled();
  }

  #tellSettled(): void {
    if (this.#onSettled.length === 0 || this.#correlator.firstDeadline() !== undefined) return;
    for (const onSettled of this.#onSettled) onSettled();
    this.#onSettled = [];
  }

  #take(input: Input, now: Instant): void {
    for (const output of this.#correlator.step(input, now)) this.#perform(output);
  }

  #perform(output: Output): void {
    switch (output.kind) {
      case "publish":
        this.#publish(output.processId, output.payload);
        break;
      case "publish_event":
        this.#publishEvent(output.name, output.payload);
        break;
      case "write":
        // Observed when it is on its way: the caller does not wait for those who watch.
        if (output.discardsUnsent) this.#parts.link.write(output.bytes, output);
        else this.#parts.link.write(output.bytes);
        // One that only throws away what the driver holds is no line.
        if (output.bytes.length > 0) this.#observe({ kind: "line_out", bytes: output.bytes });
        break;
      case "reopen":
        this.#parts.link.reopen(output.rung);
        break;
      case "report":
        this.#report(output.report);
        break;
      case "drained":
        this.#parts.onDrained();
        break;
      default:
        output satisfies never;
    }
  }

  #publish(processId: string, payload: Buffer): void {
    const result = this.#parts.session.publish(processId, payload);
    this.#observe({ kind: "response", processId, payload });
    if (result !== "sent") this.#report({ kind: "dropped", name: "unsent_response", processId, detail: result });
  }

  #publishEvent(name: string, payload: Buffer): void {
    const result = this.#parts.session.publishEvent(payload);
    if (result !== "sent") this.#report({ kind: "dropped", name: "unpublished_event", detail: `${name}: ${result}` });
  }

  #observe(observation: Observation): void {
    this.#parts.observe(observation, this.#parts.clock.now());
  }

  #report(report: Report): void {
    this.counts.add(report, this.#parts.clock.now());
    this.#observe({ kind: "report", report });
    const { log } = this.#parts;
    // One for each request or line, and said at debug: making a text that nobody sees took 4 % of a request's CPU.
    if (isRoutine(report) && log.shows?.("debug") === false) return;
    const { level, key, text } = describeReport(report);
    log.say(level, key, text, subjectOf(report));
    if (hidesLine(report) && this.#lineIn !== undefined && log.shows?.("debug") === true) {
      log.say("debug", "hidden line", `the line was: ${printable(this.#lineIn.toString(), hiddenLineMax)}`);
    }
  }
}

/** As much of a line as the monitor shows. */
const hiddenLineMax = 1000;

const lineDrops: ReadonlySet<DropName> = new Set([
  "late_reply",
  "second_reply",
  "stray_reply",
  "damaged_line",
  "malformed_line",
  "misframed_reply",
  "misframed_hello",
  "misframed_event",
  "echoed_line",
  "unpublished_event",
] satisfies DropName[]);

/** Whether it tells of a line without what it says. */
function hidesLine(report: Report): boolean {
  return report.kind === "mcu_log_hidden" || (report.kind === "dropped" && lineDrops.has(report.name));
}

/** What is said at debug, and may come with each request. */
function isRoutine(report: Report): boolean {
  if (report.kind === "settled") return report.outcome === "ok";
  return report.kind === "bytes_skipped" && report.around === undefined;
}
