import type { Instant } from "../../src/core/instant.ts";
import type { Saying } from "./model-mcu.ts";

/** What the last hello said that the gateway has read. */
export interface Said {
  readonly window: number;
  readonly dedup: number;
  readonly lineBytesMax: number | undefined;
  readonly boot: string | undefined;
  readonly crc: boolean;
  readonly readAt: Instant;
}

interface Hello {
  /** It has another boot word, or no checksums any more. */
  readonly isChanged: boolean;
  /** It tells of a restart, to whoever counts. */
  readonly isRestart: boolean;
  /** There was no restart, and nobody who counts can think so. */
  readonly isFalse: boolean;
}

/** What a gateway can know of the MCU, by the hellos that it has read and the probes that it has written. */
export class Acquaintance {
  said: Said | undefined;
  /** A hello has come since this link is up. */
  isMet = false;
  /** … and it has not been served without one since it was away: then it is not known to answer probes. */
  answersProbes = false;
  /** How often the MCU had restarted when it said its last hello. */
  knownStart: number | undefined;
  /** When the probes were written that no hello has answered: one that tells of a restart may be none's answer. */
  #probesAt: Instant[] = [];
  /** How many they are if each hello is one's answer. */
  #probeCount = 0;
  /** So many of them were open when the first hello of all came: that may have been a start's, by which they were lost. */
  #perhapsLostCount = 0;
  #linkUpAt: Instant = 0;
  /** Until then its answer to a probe may follow what it has said at its start. */
  #introducedUntil: Instant = Number.NEGATIVE_INFINITY;

  probeWritten(now: Instant): void {
    this.#probesAt.push(now);
    this.#probeCount += 1;
  }

  /** Undefined where the line is no hello. */
  read({ line, start }: Saying, now: Instant): Hello | undefined {
    const said = saidIn(line, now);
    // That it wants checksums is all that one can be known by whose hello has not come through.
    if (line.startsWith("!- crc*")) this.knownStart ??= start;
    if (said === undefined) return undefined;
    const before = this.said;
    const isWithoutCrc = this.isMet && before?.crc === true && !said.crc;
    const isChanged = before !== undefined && (before.boot !== said.boot || isWithoutCrc);
    const isSettled = now - this.#linkUpAt > settledMs && !this.#isOpenFromBefore(now);
    const isFalse = this.knownStart === start && this.#probeCount > this.#perhapsLostCount && isSettled;
    this.#probeCount = Math.max(0, this.#probeCount - 1);
    // Whether its boot word changes with each start nobody knows yet.
    this.#perhapsLostCount = before === undefined ? this.#probeCount : Math.max(0, this.#perhapsLostCount - 1);
    const isIntroduced = now <= this.#introducedUntil;
    const askedAt = isChanged || isIntroduced ? this.#probesAt[0] : this.#probesAt.shift();
    const isUnasked = askedAt === undefined && !isIntroduced;
    if (!this.isMet || isChanged || isUnasked) this.#introducedUntil = now + introductionMsMax;
    this.said = said;
    this.isMet = true;
    this.answersProbes = true;
    // One with the same word that may answer a probe tells nothing of a restart.
    if (this.knownStart === undefined || isChanged || isUnasked) this.knownStart = start;
    return { isChanged, isRestart: isChanged || (before !== undefined && isUnasked), isFalse };
  }

  /** Whether a probe may be answered yet that was written before the port was opened: nobody counts those. */
  #isOpenFromBefore(now: Instant): boolean {
    return this.#probesAt.some((at) => at < this.#linkUpAt && now - at < lateMsMax);
  }

  /** It was away and has served a command: where its reply has no checksum one that wanted them is another one now. */
  servedInTrial(isChecked: boolean): void {
    this.answersProbes = false;
    if (this.said?.crc === true && !isChecked) this.said = { ...this.said, crc: false, lineBytesMax: undefined };
  }

  linkUp(now: Instant): void {
    this.isMet = false;
    this.answersProbes = false;
    this.#linkUpAt = now;
    this.#probeCount = 0;
    this.#perhapsLostCount = 0;
  }

  /** What it can know is gone, with the process or what it was told. */
  forget(): void {
    this.said = undefined;
    this.isMet = false;
    this.answersProbes = false;
    this.knownStart = undefined;
    this.#probesAt = [];
    this.#probeCount = 0;
    this.#perhapsLostCount = 0;
    this.#introducedUntil = Number.NEGATIVE_INFINITY;
  }
}

/** After the hello of its start its answer to a probe that it already had follows within that. */
const introductionMsMax = 2000;

/** An MCU that was busy answers within that. */
const lateMsMax = 20_000;

/** For so long after the port was opened a hello may answer what was asked before. */
const settledMs = 5000;

function saidIn(line: string, readAt: Instant): Said | undefined {
  const up = /^UP (\d+)$/.exec(line);
  if (up !== null) return { window: 1, dedup: 0, lineBytesMax: undefined, boot: up[1], crc: false, readAt };
  if (!line.startsWith("=rrpc/1 ")) return undefined;
  const wordOf = (key: string) => new RegExp(` ${key}=(\\w+)`).exec(line)?.[1];
  const lineBytesMax = wordOf("line");
  return {
    window: Number(wordOf("window")),
    dedup: Number(wordOf("dedup")),
    lineBytesMax: lineBytesMax === undefined ? undefined : Number(lineBytesMax),
    boot: wordOf("boot"),
    crc: wordOf("crc") === "1",
    readAt,
  };
}
