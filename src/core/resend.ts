import { BootCheck } from "./boot-check.ts";
import type { InFlight, InFlightCommand, Sending } from "./in-flight.ts";
import { earliest, type Instant } from "./instant.ts";
import { type Request, settleBy } from "./request.ts";
import { RoundTrip } from "./round-trip.ts";

/**
 * How often a command is sent in all to an MCU that remembers. With 19 % of all exchanges lost (10 % of all lines damaged,
 * both ways) one of 20 000 is lost six times; and a slow command holds the others up no longer than that.
 */
const attemptsMax = 6;

/**
 * When a line is due again: only to an MCU that remembers, after a silence, and once it has shown that it has not
 * restarted. It knows how many last commands the MCU remembers, and lets none that may be repeated fall out of there.
 */
export class Resend {
  readonly #inFlight: InFlight;
  readonly #roundTrip = new RoundTrip();
  readonly #bootCheck = new BootCheck();

  constructor(inFlight: InFlight) {
    this.#inFlight = inFlight;
  }

  /** A command has been sent for the first time. */
  sent(command: InFlightCommand, memory: number): void {
    // Those before it may still enter the memory after it, if the MCU missed them and they are sent again.
    for (const other of this.#inFlight.values()) {
      if (other === command) continue;
      if (other.resendAt !== undefined) command.recordedAfter += 1;
      other.recordedAfter += 1;
    }
    command.resendAt = this.#resendAt(command, memory);
  }

  resent(command: InFlightCommand, { transmittedAt, handedBytes }: Sending, memory: number): void {
    command.attempt += 1;
    command.transmittedAt = transmittedAt;
    command.handedBytes = handedBytes;
    command.resendAt = this.#resendAt(command, memory);
  }

  answered({ attempt, sentAt }: InFlightCommand, now: Instant): void {
    // Which of several attempts it answers cannot be told (Karn's rule).
    if (attempt === 1) this.#roundTrip.measured(now - sentAt);
  }

  /** How long replies take as a rule, and no longer. */
  get usualMs(): number {
    return this.#roundTrip.silenceMs(1);
  }

  /**
   * The MCU has said hello, and it has not restarted.
   * @param before the position on the wire of the probe that it answers; undefined where that is not known.
   * @param memory how many last commands it remembers, as it says now: what it does not is not sent again.
   */
  confirmed(before: number | undefined, memory: number, now: Instant): void {
    this.#bootCheck.confirmed(before, now);
    for (const command of this.#inFlight.values()) {
      if (command.recordedAfter >= memory) command.resendAt = undefined;
    }
  }

  /** The first one whose line is due again, and of which the MCU has shown that it remembers it. */
  due(now: Instant): InFlightCommand | undefined {
    for (const command of this.#inFlight.values()) {
      if (isDue(command, now) && this.#bootCheck.isFresh(command, now)) return command;
    }
    return undefined;
  }

  /**
   * Whether the MCU is to be asked for its hello now, because a line is due again and nothing shows that it remembers.
   * @param helloMs what the hello takes on the wire.
   */
  asksForHello(helloMs: number, now: Instant): boolean {
    const check = this.#bootCheck;
    if (now < check.requestAt) return false;
    for (const command of this.#inFlight.values()) {
      if (!isDue(command, now) || check.isFresh(command, now)) continue;
      check.requested(now, Math.max(this.#roundTrip.silenceMs(check.requestCount + 1), helloMs));
      return true;
    }
    return false;
  }

  /** Some line came damaged to the MCU: all commands that may be sent again are due. */
  makeAllDue(now: Instant): void {
    for (const command of this.#inFlight.values()) if (command.resendAt !== undefined) command.resendAt = now;
  }

  /** When the next line is due again, or the hello that it needs. */
  wakeAt(): Instant | undefined {
    let resendAt: Instant | undefined;
    for (const command of this.#inFlight.values()) resendAt = earliest(resendAt, command.resendAt);
    return resendAt === undefined ? undefined : Math.max(resendAt, this.#bootCheck.requestAt);
  }

  /** Whether a new command may go out: none that may be repeated falls out of the memory. */
  hasRoom(memory: number): boolean {
    for (const { recordedAfter, resendAt } of this.#inFlight.values()) {
      if (resendAt !== undefined && recordedAfter + 1 >= memory) return false;
    }
    return true;
  }

  /**
   * Whether the reply to a command that is sent now will probably come in time, as measured. Otherwise an MCU that gets more
   * requests than it can serve would be sent each one too late, and answer none in time. A new request is always tried: what
   * was measured may no longer be true.
   */
  isReplyInTime(request: Request, now: Instant): boolean {
    const deadlineMs = request.deadline - request.arrivedAt;
    return now + Math.min(this.#roundTrip.smoothedMs, deadlineMs / 2) <= settleBy(request);
  }

  #resendAt({ attempt, transmittedAt }: InFlightCommand, memory: number): Instant | undefined {
    return memory > 0 && attempt < attemptsMax ? transmittedAt + this.#roundTrip.silenceMs(attempt) : undefined;
  }
}

function isDue({ resendAt }: InFlightCommand, now: Instant): boolean {
  return resendAt !== undefined && resendAt <= now;
}
