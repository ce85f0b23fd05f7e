import { describeHello } from "../protocol/describe-hello.ts";
import type { Hello } from "../protocol/hello.ts";
import type { Instant } from "./instant.ts";
import type { Outbox } from "./outbox.ts";
import type { ProbeResult, UnsentProbeReason } from "./probe-result.ts";
import type { Waits } from "./waits.ts";

interface WrittenProbe {
  readonly writtenAt: Instant;
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
  written(transmittedAt: Instant, now: Instant): void {
    if (this.#open !== "unwritten") return;
    const until = Math.max(this.#waits.nextProbeAt(now), this.#waits.answerAt(transmittedAt));
    this.#open = { writtenAt: now, until };
  }

  helloHeard(hello: Hello, now: Instant): void {
    const open = this.#written;
    if (open !== undefined) this.#end({ kind: "answered", hello: describeHello(hello), ms: now - open.writtenAt });
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
    if (open !== undefined) this.#end({ kind: "unanswered", waitedMs: now - open.writtenAt });
  }

  #end(result: ProbeResult): void {
    this.#open = undefined;
    this.#outbox.add({ kind: "probed", result });
  }
}
