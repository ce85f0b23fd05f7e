import type { Instant } from "../../src/core/instant.ts";
import { type WireFormat, wireTimeMs } from "../../src/line/wire-time.ts";
import type { SeededRandom } from "../support/seeded-random.ts";
import type { Schedule } from "./schedule.ts";
import type { Setting } from "./setting.ts";

interface UartEvents {
  /** The port has taken the last write. */
  readonly written: () => void;
  /** A line is in the MCU; `isHeld`: the port took it late, or one before it. */
  readonly arrived: (line: string, isHeld: boolean) => void;
}

/** A port and its wire in virtual time, from the gateway to the MCU: what it is handed arrives, stalls or is lost. */
export class Uart {
  isOpen = false;
  isWriting = false;
  readonly #port: Setting["port"];
  readonly #random: SeededRandom;
  readonly #schedule: Schedule;
  readonly #events: UartEvents;
  /** Counts the openings: nothing goes on from one to the next. */
  #opening = 0;
  #stalls = false;
  #holdMs = 0;
  #freeAt: Instant = 0;
  /** Until then lines leave later than the gateway can know. */
  #heldUntil: Instant = 0;
  /** Lines that are not in the MCU yet. */
  readonly #underWay = new Set<readonly string[]>();

  constructor(port: Setting["port"], random: SeededRandom, schedule: Schedule, events: UartEvents) {
    this.#port = port;
    this.#random = random;
    this.#schedule = schedule;
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

  /** What was under way has just got through, or is lost. */
  close(): void {
    this.isOpen = false;
    for (const lines of this.#underWay) {
      if (this.#random.chance(0.5)) for (const line of lines) this.#events.arrived(line, true);
    }
    this.#underWay.clear();
  }

  /** Takes nothing more before it is opened anew. */
  stall(): void {
    this.#stalls = true;
  }

  /** Takes the next write so much later. */
  hold(ms: number): void {
    this.#holdMs = ms;
  }

  /** A write that stalls already goes on doing so. */
  heal(): void {
    this.#stalls = false;
    this.#holdMs = 0;
  }

  write(lines: readonly string[], byteCount: number, format: WireFormat): void {
    this.isWriting = true;
    if (this.#stalls || !this.isOpen) return;
    const { now } = this.#schedule;
    const holdMs = this.#holdMs;
    this.#holdMs = 0;
    const takenAt = now + holdMs + this.#random.whole(0, 3);
    const leftAt = Math.max(this.#freeAt, now + holdMs) + wireTimeMs(byteCount, format);
    this.#freeAt = leftAt;
    const isHeld = holdMs > 0 || now < this.#heldUntil;
    if (isHeld) this.#heldUntil = leftAt;
    const opening = this.#opening;
    const isOver = () => opening !== this.#opening || !this.isOpen;
    this.#underWay.add(lines);
    const taken = () => {
      if (isOver()) return;
      this.isWriting = false;
      this.#events.written();
    };
    const arrive = () => {
      if (isOver()) return;
      this.#underWay.delete(lines);
      for (const line of lines) this.#events.arrived(line, isHeld);
    };
    this.#schedule.at(this.#port === "usb" ? takenAt : leftAt, arrive);
    this.#schedule.at(this.#port === "blocking" ? leftAt : takenAt, taken);
  }
}
