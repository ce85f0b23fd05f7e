import { describeHello } from "../protocol/describe-hello.ts";
import type { Hello } from "../protocol/hello.ts";
import type { Sending } from "./in-flight.ts";
import type { Instant } from "./instant.ts";
import type { Outbox } from "./outbox.ts";
import type { ProbeResult, UnsentProbeReason } from "./probe-result.ts";
import type { Waits } from "./waits.ts";

interface WrittenProbe {
  /** Where it stands on the wire: the count of bytes up to its end. */
  readonly position: number;
  readonly writtenAt: Instant;
  /** What is told if no better answer comes. */
  result: ProbeResult | undefined;
  /** When it is told what came of it. */
  until: Instant;
}

/**
 * A probe that a person asks for; whoever asks while it is open is told the same. It changes nothing of what the gateway thinks of
 * the MCU beyond what any probe does.
 */
export class AskedProbe {
  readonly #waits: Waits;
  readonly #outbox: Outbox;
  #open: "unwritten" | WrittenProbe | undefined;

  constructor(waits: Waits, outbox: Outbox) {
    this.#waits = waits;
    this.#outbox = outbox;
  }

  /** @returns whether a probe is to be written */
  ask(obstacle: UnsentProbeReason | undefined): boolean {
    if (this.#open !== undefined) return false;
    if (obstacle === undefined) this.#open = "unwritten";
    else this.#end({ kind: "not_sent", why: obstacle });
    return obstacle === undefined;
  }

  /** A probe was written, for whatever reason: it asks as well. */
  written({ handedBytes: position, transmittedAt }: Sending, now: Instant): void {
    if (this.#open !== "unwritten") return;
    const until = Math.max(this.#waits.nextProbeAt(now), this.#waits.answerAt(transmittedAt));
    this.#open = { position, writtenAt: now, result: undefined, until };
  }

  /**
   * It is the answer for certain where it is this probe's turn, and it began after the probe had left. Where only one of these
   * holds it is, if no other follows: earlier probes were lost, or the port is faster than its baud rate, as an MCU's own USB is.
   * Where neither holds it tells who the MCU is, and no time.
   * @param provenBefore the position of the probe whose turn it was
   * @param leftBytes the position on the wire of what had left before this hello began
   */
  helloHeard(hello: Hello, provenBefore: number | undefined, leftBytes: number, now: Instant): void {
    const open = this.#written;
    if (open === undefined) return;
    const isItsTurn = provenBefore === open.position;
    const hadLeft = leftBytes >= open.position;
    const time = isItsTurn || hadLeft ? { ms: now - open.writtenAt } : {};
    open.result = { kind: "answered", hello: describeHello(hello), ...time };
    if (isItsTurn && hadLeft) this.#end(open.result);
    else open.until = Math.min(open.until, this.#waits.lateAnswerAt(now));
  }

  /** The port takes nothing more: what was written may still be answered. */
  linkClosing(): void {
    this.#notSent("link_down");
  }

  /** The port is closed. */
  linkDown(now: Instant): void {
    this.#notSent("link_down");
    this.#over(now);
  }

  /** The port is given up. What is only held, or waits for another write, is written or comes to this. */
  writeStalled(): void {
    this.#notSent("write_stalled");
  }

  tick(now: Instant): void {
    if (now >= (this.wakeAt() ?? Number.POSITIVE_INFINITY)) this.#over(now);
  }

  /** When it is told what came of it; undefined where that does not hang on the clock. */
  wakeAt(): Instant | undefined {
    return this.#written?.until;
  }

  get #written(): WrittenProbe | undefined {
    return this.#open === "unwritten" ? undefined : this.#open;
  }

  #notSent(why: UnsentProbeReason): void {
    if (this.#open === "unwritten") this.#end({ kind: "not_sent", why });
  }

  #over(now: Instant): void {
    const open = this.#written;
    if (open !== undefined) this.#end(open.result ?? { kind: "unanswered", waitedMs: now - open.writtenAt });
  }

  #end(result: ProbeResult): void {
    this.#open = undefined;
    this.#outbox.add({ kind: "probed", result });
  }
}
