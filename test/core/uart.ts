import type { Instant } from "../../src/core/instant.ts";
import { type WireFormat, wireTimeMs } from "../../src/protocol/wire-time.ts";
import type { SeededRandom } from "../support/seeded-random.ts";
import type { Scenario } from "./scenario.ts";
import type { Timeline } from "./timeline.ts";

interface UartEvents {
  /** The port has taken the last write. */
  readonly written: () => void;
  /** Bytes are in the MCU that left from `from` on; `heldBy`: what has held them, or ones before them. */
  readonly arrived: (bytes: Buffer, from: Instant, heldBy: HeldBy | undefined) => void;
}

/** A port that takes a write late cannot be given another order meanwhile; what it has taken can be thrown away there. */
export type HeldBy = "port" | "flow_control";

/** A write on its way. */
interface Chunk {
  bytes: Buffer;
  from: Instant;
  by: Instant;
  heldBy: HeldBy | undefined;
  readonly opening: number;
}

/** How a cut ends what is on its way: as a whole, not at all, or in the middle. */
export type Cut = "between_lines" | "anywhere";

/**
 * A port, its driver's buffer and its wire in virtual time, from the gateway to the MCU: what it is handed arrives,
 * stalls, is held, is thrown away or is cut.
 */
export class Uart {
  isOpen = false;
  isWriting = false;
  readonly #port: Scenario["port"];
  readonly #cut: Cut;
  readonly #random: SeededRandom;
  readonly #timeline: Timeline;
  readonly #events: UartEvents;
  /** Counts the openings: nothing goes on from one to the next. */
  #opening = 0;
  #stalls = false;
  #holdMs = 0;
  #freeAt: Instant = 0;
  /** Until then lines leave later than the gateway can know. */
  #heldUntil: Instant = 0;
  #heldBy: HeldBy = "port";
  /** What is not in the MCU yet, in order. */
  #underWay: Chunk[] = [];

  constructor(
    { port, cut }: Pick<Scenario, "port" | "cut">,
    random: SeededRandom,
    timeline: Timeline,
    events: UartEvents,
  ) {
    this.#port = port;
    this.#cut = cut;
    this.#random = random;
    this.#timeline = timeline;
    this.#events = events;
  }

  open(): void {
    this.isOpen = true;
    this.#opening += 1;
    this.isWriting = false;
    this.#stalls = false;
    this.#holdMs = 0;
    this.#freeAt = 0;
    this.#heldUntil = 0;
  }

  /** What was under way has just got through, or is lost, or is cut. */
  close(): void {
    this.isOpen = false;
    this.#throwAway(this.#cut);
  }

  /** When all that the port has taken has left. */
  get dryAt(): Instant {
    return this.#underWay.at(-1)?.by ?? this.#timeline.now;
  }

  /** Takes nothing more before it is opened anew. */
  stall(): void {
    this.#stalls = true;
  }

  /** Takes the next write so much later. */
  hold(ms: number): void {
    this.#holdMs = ms;
  }

  /** Flow control: what the port has taken, and takes meanwhile, leaves so much later. */
  pause(ms: number): void {
    const { now } = this.#timeline;
    for (const chunk of this.#underWay) {
      this.#leaveSoFar(chunk, now);
      chunk.from = Math.max(chunk.from, now) + ms;
      chunk.by += ms;
      if (chunk.heldBy === undefined || this.#port === "blocking") chunk.heldBy = this.#pausedBy;
    }
    this.#freeAt = Math.max(this.#freeAt, now) + ms;
    this.#heldUntil = this.#freeAt;
    this.#heldBy = this.#pausedBy;
  }

  get #pausedBy(): HeldBy {
    return this.#port === "blocking" ? "port" : "flow_control";
  }

  /** Throws away what the port has taken and the wire has not. */
  discard(): void {
    const { isWriting } = this;
    this.#throwAway("anywhere");
    this.#freeAt = this.#timeline.now;
    if (this.#port === "blocking" && isWriting) this.#taken(this.#opening);
  }

  /** A write that stalls already goes on doing so. */
  heal(): void {
    this.#stalls = false;
    this.#holdMs = 0;
  }

  write(bytes: Buffer, format: WireFormat): void {
    this.isWriting = true;
    if (this.#stalls || !this.isOpen) return;
    const { now } = this.#timeline;
    const holdMs = this.#holdMs;
    this.#holdMs = 0;
    const takenAt = now + holdMs + this.#random.whole(0, 3);
    const from = Math.max(this.#freeAt, now + holdMs);
    const leftAt = from + wireTimeMs(bytes.length, format);
    this.#freeAt = leftAt;
    const isHeld = holdMs > 0 || now < this.#heldUntil;
    if (holdMs > 0) {
      this.#heldBy = "port";
      for (const chunk of this.#underWay) if (chunk.heldBy !== undefined) chunk.heldBy = "port";
    }
    if (isHeld) this.#heldUntil = leftAt;
    const heldBy = isHeld ? this.#heldBy : undefined;
    // An MCU's own USB knows no baud rate; nothing overtakes what is held.
    const isFast = this.#port === "usb" && !(now < this.#heldUntil && holdMs === 0);
    const fastAt = Math.max(takenAt, this.dryAt);
    const opening = this.#opening;
    const chunk = { bytes, from: isFast ? fastAt : from, by: isFast ? fastAt : leftAt, heldBy, opening };
    this.#underWay.push(chunk);
    this.#timeline.at(chunk.by, () => this.#arrive(chunk));
    if (this.#port !== "blocking") this.#timeline.at(takenAt, () => this.#taken(opening));
  }

  #taken(opening: number): void {
    if (opening !== this.#opening || !this.isOpen) return;
    this.isWriting = false;
    this.#events.written();
  }

  #arrive(chunk: Chunk): void {
    if (!this.#underWay.includes(chunk)) return;
    if (chunk.by > this.#timeline.now) {
      this.#timeline.at(chunk.by, () => this.#arrive(chunk));
      return;
    }
    this.#underWay = this.#underWay.filter((one) => one !== chunk);
    if (this.#port === "blocking") this.#taken(chunk.opening);
    this.#events.arrived(chunk.bytes, chunk.from, chunk.heldBy);
  }

  #throwAway(cut: Cut): void {
    const chunks = this.#underWay;
    this.#underWay = [];
    for (const chunk of chunks) {
      if (cut === "anywhere") this.#leaveSoFar(chunk, this.#timeline.now);
      else if (this.#random.chance(0.5)) this.#events.arrived(chunk.bytes, chunk.from, chunk.heldBy ?? "port");
    }
  }

  /** What of a chunk has left arrives as it is. */
  #leaveSoFar(chunk: Chunk, now: Instant): void {
    const { bytes, from, by } = chunk;
    if (now <= from || by <= from) return;
    const count = Math.min(bytes.length, Math.floor((bytes.length * (now - from)) / (by - from)));
    if (count === 0) return;
    chunk.bytes = bytes.subarray(count);
    this.#events.arrived(bytes.subarray(0, count), from, chunk.heldBy);
  }
}
