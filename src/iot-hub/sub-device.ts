/**
 * One board of a session, as the hub sees it: what is wished, what is so, and the one step between them that is under way. Pure.
 *
 * What is so may be unknown: an answer can be lost, or come late. So nothing is concluded from a missing answer but that it is to be
 * asked again.
 */

import type { Instant } from "../core/instant.ts";
import type { BoardDownReason } from "../gateway/boundary.ts";
import type { DeviceName } from "./topics.ts";

export interface BoardOptions extends DeviceName {
  readonly board: string;
  /** Undefined for the session's own device: it is online with the session. */
  readonly subDevice: SubDeviceOptions | undefined;
}

export interface SubDeviceOptions {
  /** Binds it to the gateway where it is not bound yet; the text as the console shows it. */
  readonly secret: string | undefined;
  /** Whether the hub is to be told that it is online. */
  readonly isPresent: boolean;
}

export type Step = "online" | "offline" | "bind" | "subscribe" | "unsubscribe";

/** What is told about a board. */
export type BoardNews = { readonly kind: "up" } | { readonly kind: "down"; readonly reason: BoardDownReason };

/** SUBSCRIBE takes effect within 5 s, by the documentation; the rest is for the network. */
export const answerWithinMs = 10_000;

/** How the waits grow until the hub is asked again: first, and at most. */
const waits = {
  /** It did not answer, or has a fault of its own: that passes. */
  unanswered: { firstMs: 5_000, maxMs: 300_000 },
  /** A person has to do something first. */
  refused: { firstMs: 30_000, maxMs: 600_000 },
} as const;

export function waitMs(cause: keyof typeof waits, failures: number): number {
  const { firstMs, maxMs } = waits[cause];
  return Math.min(firstMs * 2 ** (failures - 1), maxMs);
}

/** Codes of the hub's results that decide what comes next; docs and hints have all of them. */
const code = { ok: 0, notBound: -1, systemError: -2, duplicateBind: 809 } as const;

export class SubDevice {
  readonly options: BoardOptions;
  readonly #tell: (news: BoardNews) => void;
  #isPresent: boolean;
  /** By the console, since the session is up. */
  #isUnbound = false;
  #isWithdrawn = false;
  #online: "no" | "asked" | "yes";
  #subscribed: "no" | "asked" | "yes" = "no";
  #pending: { readonly step: Step; readonly until: Instant } | undefined;
  #retryAt: Instant = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #mustBind = false;
  /** Bound since the last wait: a second -1 is no reason to bind again at once. */
  #hasBound = false;
  /** What was told last. */
  #told: string | undefined;

  constructor(options: BoardOptions, tell: (news: BoardNews) => void) {
    this.options = options;
    this.#tell = tell;
    this.#isPresent = options.subDevice?.isPresent ?? true;
    this.#online = options.subDevice === undefined ? "yes" : "no";
  }

  get isSubDevice(): boolean {
    return this.options.subDevice !== undefined;
  }

  /** Whether the hub takes what is published for it. */
  get isOnline(): boolean {
    return this.#online === "yes";
  }

  /** Whether the hub may believe that it is online. */
  get mayBeOnline(): boolean {
    return this.isSubDevice && this.#online !== "no";
  }

  get isSubscribed(): boolean {
    return this.#subscribed !== "no";
  }

  get isWithdrawn(): boolean {
    return this.#isWithdrawn;
  }

  /** The next step, and when it is due; undefined while one is under way, or where there is none. */
  get due(): { readonly step: Step; readonly at: Instant } | undefined {
    if (this.#pending !== undefined) return undefined;
    if (!this.#isWanted) {
      if (this.isSubscribed && !this.#isWithdrawn) return { step: "unsubscribe", at: Number.NEGATIVE_INFINITY };
      if (this.mayBeOnline && !this.#isPresent) return { step: "offline", at: Number.NEGATIVE_INFINITY };
      return undefined;
    }
    if (this.#online !== "yes") return { step: this.#mustBind ? "bind" : "online", at: this.#retryAt };
    return this.#subscribed === "yes" ? undefined : { step: "subscribe", at: this.#retryAt };
  }

  /** When an answer that is awaited counts as missing; undefined where none is. */
  get answerDueAt(): Instant | undefined {
    return this.#pending?.until;
  }

  /** The step is being taken. */
  begin(step: Step, now: Instant): void {
    if (step === "online") this.#online = "asked";
    if (step === "subscribe") this.#subscribed = "asked";
    // What the hub says of it changes nothing: it is away in any case.
    if (step === "offline") this.#online = "no";
    else this.#pending = { step, until: now + answerWithinMs };
  }

  /** The answer to its step is missing, if the time has come. */
  expire(now: Instant): void {
    if (this.#pending === undefined || now < this.#pending.until) return;
    const { step } = this.#pending;
    this.#pending = undefined;
    if (step === "unsubscribe") this.#leave();
    else if (step !== "offline") this.#fail({ kind: "no_answer", operation: step }, "unanswered", now);
  }

  /** @returns whether this was asked for */
  onlineResult(result: number, now: Instant): boolean {
    if (!this.mayBeOnline) return false;
    this.#answered("online");
    if (result === code.ok) {
      if (this.#online === "asked") this.#continue("yes", now);
      return true;
    }
    this.#online = "no";
    this.#subscribed = "no";
    this.tellAbsence();
    if (result === code.notBound && this.options.subDevice?.secret !== undefined && !this.#hasBound) {
      this.#mustBind = true;
    } else {
      const cause = result === code.systemError ? "unanswered" : "refused";
      this.#fail({ kind: "refused", operation: "online", code: result }, cause, now);
    }
    return true;
  }

  /** @returns whether this was asked for */
  bindResult(result: number, now: Instant): boolean {
    if (!this.#answered("bind")) return false;
    this.#mustBind = false;
    this.#hasBound = true;
    if (result === code.ok || result === code.duplicateBind) this.#continue("no", now);
    else {
      const cause = result === code.systemError ? "unanswered" : "refused";
      this.#fail({ kind: "refused", operation: "bind", code: result }, cause, now);
    }
    return true;
  }

  /** A SUBACK; one that comes late is as good. */
  suback(isGranted: boolean, now: Instant): void {
    if (this.#subscribed !== "asked") return;
    this.#answered("subscribe");
    if (isGranted) this.granted();
    else {
      this.#subscribed = "no";
      this.#fail({ kind: "not_permitted" }, "refused", now);
    }
  }

  /** Its requests come: the hub has said so, or one has come. */
  granted(): void {
    this.#answered("subscribe");
    this.#subscribed = "yes";
    if (!this.#isWanted) return;
    this.#failures = 0;
    this.#retryAt = Number.NEGATIVE_INFINITY;
    this.#hasBound = false;
    this.#say("up", { kind: "up" });
  }

  /** UNSUBACK, and what had come is answered. */
  unsubscribed(): void {
    if (this.#answered("unsubscribe")) this.#leave();
  }

  /** A request has come. @returns whether it is handed on */
  takesRequest(): boolean {
    if (this.#subscribed === "asked" && this.isOnline) this.granted();
    return this.#subscribed === "yes" && this.isOnline;
  }

  setPresence(isPresent: boolean): void {
    if (isPresent === this.#isPresent) return;
    this.#isPresent = isPresent;
    if (!isPresent && !this.isSubscribed) this.tellAbsence();
    else if (isPresent && this.#subscribed === "yes" && this.#pending === undefined) this.granted();
  }

  /** Tells that it is not to be online, where that is why it is not. */
  tellAbsence(): void {
    if (!this.#isPresent && !this.#isUnbound) this.#down({ kind: "absent" });
  }

  /** Bound or unbound in the console. */
  changed(isBound: boolean): void {
    if (isBound) {
      // The hub may have ended the subscription with the binding, before we could.
      if (this.#isUnbound) this.#subscribed = "no";
      this.#isUnbound = false;
      this.#failures = 0;
      this.#retryAt = Number.NEGATIVE_INFINITY;
      this.tellAbsence();
      return;
    }
    this.#isUnbound = true;
    this.#online = "no";
    this.#mustBind = false;
    // The answer would be about a sub-device that is not bound any more.
    if (this.#pending?.step !== "unsubscribe") this.#pending = undefined;
    this.#down({ kind: "unbound" });
  }

  /** No more requests are wanted; what is open is answered. The subscription is ended elsewhere. */
  withdraw(): void {
    this.#isWithdrawn = true;
  }

  /** The hub takes no operations at all. */
  refusedAltogether(reason: BoardDownReason): void {
    if (this.#isWanted) this.#down(reason);
  }

  get #isWanted(): boolean {
    return this.#isPresent && !this.#isUnbound && !this.#isWithdrawn;
  }

  /** None of its requests come any more. */
  #leave(): void {
    this.#subscribed = "no";
    this.tellAbsence();
  }

  #answered(step: Step): boolean {
    if (this.#pending?.step !== step) return false;
    this.#pending = undefined;
    return true;
  }

  /** On to the next step, at once. */
  #continue(online: "no" | "yes", now: Instant): void {
    this.#online = online;
    this.#retryAt = now;
  }

  #fail(reason: BoardDownReason, cause: keyof typeof waits, now: Instant): void {
    this.#failures += 1;
    this.#retryAt = now + waitMs(cause, this.#failures);
    this.#mustBind = false;
    this.#hasBound = false;
    if (this.#isWanted) this.#down(reason);
  }

  #down(reason: BoardDownReason): void {
    this.#say(JSON.stringify(reason), { kind: "down", reason });
  }

  /** Once for each change. */
  #say(key: string, news: BoardNews): void {
    if (this.#told === key) return;
    this.#told = key;
    this.#tell(news);
  }
}
