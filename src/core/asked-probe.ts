import { describeHello } from "../protocol/describe-hello.ts";
import type { Hello } from "../protocol/hello.ts";
import type { Instant } from "./instant.ts";
import type { Outbox } from "./outbox.ts";
import type { ProbeResult, UnsentProbeReason } from "./probe-result.ts";
import type { Waits } from "./waits.ts";

/**
 * A probe that a person asks for; whoever asks while it is open is told the same. It changes nothing of what the gateway thinks of
 * the MCU beyond what any probe does.
 */
export class AskedProbe {
  readonly #waits: Waits;
  readonly #outbox: Outbox;
  #open: { writtenAt: Instant | undefined; until: Instant } | undefined;

  constructor(waits: Waits, outbox: Outbox) {
    this.#waits = waits;
    this.#outbox = outbox;
  }

  /** @returns whether a probe is to be written */
  ask(obstacle: UnsentProbeReason | undefined, now: Instant): boolean {
    if (this.#open !== undefined) return false;
    this.#open = { writtenAt: undefined, until: this.#waits.nextProbeAt(now) };
    if (obstacle === undefined) return true;
    this.#end({ kind: "not_sent", why: obstacle });
    return false;
  }

  /** A probe was written, for whatever reason: it asks as well. */
  written(transmittedAt: Instant, now: Instant): void {
    if (this.#open === undefined || this.#open.writtenAt !== undefined) return;
    const until = Math.max(this.#waits.nextProbeAt(now), this.#waits.answerAt(transmittedAt));
    this.#open = { writtenAt: now, until };
  }

  helloHeard(hello: Hello, now: Instant): void {
    const writtenAt = this.#open?.writtenAt;
    if (writtenAt !== undefined) this.#end({ kind: "answered", hello: describeHello(hello), ms: now - writtenAt });
  }

  /** The port is closed. */
  linkDown(now: Instant): void {
    this.#giveUp("link_down", now);
  }

  tick(now: Instant): void {
    if (this.#open !== undefined && now >= this.#open.until) this.#giveUp("write_stalled", now);
  }

  /** When it counts as unanswered; undefined where none is open. */
  wakeAt(): Instant | undefined {
    return this.#open?.until;
  }

  #giveUp(unwritten: UnsentProbeReason, now: Instant): void {
    if (this.#open === undefined) return;
    const { writtenAt } = this.#open;
    this.#end(
      writtenAt === undefined
        ? { kind: "not_sent", why: unwritten }
        : { kind: "unanswered", waitedMs: now - writtenAt },
    );
  }

  #end(result: ProbeResult): void {
    this.#open = undefined;
    this.#outbox.add({ kind: "probed", result });
  }
}
