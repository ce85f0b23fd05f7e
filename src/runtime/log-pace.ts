import type { Instant } from "../core/instant.ts";
import type { Level } from "./logger.ts";

const hourMs = 60 * 60 * 1000;

/** How many lines are written of the messages about one thing. */
export interface PaceLimits {
  /**
   * At once, of kinds that are news, while there were fewer than so many in a day. An error may go further: what is routine,
   * as a port that opens and a board that says hello, never uses up what an error needs. A port that is missing, a request
   * that is refused for it, and its end, the port that opens, are three.
   */
  readonly newsMax: Readonly<Record<Level, number>>;
  /** Of all others so many, at most, are in store … */
  readonly creditsMax: number;
  /** … of which so many wait for the state that it comes to: for summaries. */
  readonly summaries: number;
  /** One more in each. */
  readonly creditEveryMs: number;
}

/**
 * At most 8 lines in 3 minutes, 17 in a day: with the MCU's own words, which the same cause may bring, 10 and 22. No cause
 * has more than two kinds of errors.
 */
export const paceOfIncident: PaceLimits = {
  newsMax: { debug: 2, info: 4, warn: 4, error: 6 },
  creditsMax: 3,
  summaries: 2,
  creditEveryMs: 3 * hourMs,
};

/** What the MCU says unasked: firmware that prints each second is well, and its words are seen by `monitor`. */
export const paceOfWords: PaceLimits = {
  newsMax: { debug: 0, info: 0, warn: 0, error: 0 },
  creditsMax: 2,
  summaries: 1,
  creditEveryMs: 8 * hourMs,
};

/** What was done to bring an MCU back: how it ended is told once, and seldom again. */
export const paceOfRecovery: PaceLimits = {
  newsMax: { debug: 1, info: 1, warn: 1, error: 1 },
  creditsMax: 1,
  summaries: 0,
  creditEveryMs: 8 * hourMs,
};

/**
 * Before the first summary, and before the others: at growing intervals, from which the credits take over. The first 3
 * minutes of an incident have one.
 */
const pauseMs = { first: 10_000, later: 180_000 };

/** After so long without a line the next one waits no longer than for a first summary. */
const quietMs = 600_000;

/** What has not been written for so long is news, whatever else its cause says: a cable that is pulled amid noise. */
const newsAfterMs = 24 * hourMs;

/** Reports and ends have some fifty kinds for the board; what comes beyond that, with texts of its own, has one name. */
const keysMax = 64;
const otherKeys = "other kinds";

/** Messages of one key that are not written yet; of the latest the text. */
interface Pending {
  readonly level: Level;
  readonly text: string;
  readonly count: number;
}

/** Decides when the messages about one thing are written, and keeps count of those that are not. */
export class LogPace {
  readonly #limits: PaceLimits;
  #credits: number;
  #creditAt: Instant;
  #writtenAt: Instant;
  /** When the latest news were written. */
  #newsAt: readonly Instant[] = [];
  readonly #saidAt = new Map<string, Instant>();
  /** By key, the latest last. */
  readonly #pending = new Map<string, Pending>();
  #dueAt: Instant | undefined;

  constructor(limits: PaceLimits, now: Instant) {
    this.#limits = limits;
    this.#credits = limits.creditsMax;
    this.#creditAt = now;
    this.#writtenAt = now;
  }

  /** Whether the message is to be written now; else it is counted. */
  say(level: Level, key: string, text: string, now: Instant): boolean {
    this.#refill(now);
    if (this.#isNews(key, now) && this.#newsAt.length < this.#limits.newsMax[level]) {
      this.#newsAt = [...this.#newsAt, now];
      this.#writtenAt = now;
    } else if (this.#pending.size === 0 && this.#credits > this.#limits.summaries) {
      this.#spend(now);
    } else {
      this.#count(level, key, text);
      this.#dueAt ??= this.#nextAt(now);
      return false;
    }
    this.#written(key, now);
    return true;
  }

  /** When `take` is to be called next; undefined while nothing is counted. */
  get dueAt(): Instant | undefined {
    return this.#dueAt;
  }

  /** Whether it knows nothing that a new one would not. */
  isIdle(now: Instant): boolean {
    this.#refill(now);
    return (
      this.#pending.size === 0 && this.#credits === this.#limits.creditsMax && now - this.#writtenAt >= newsAfterMs
    );
  }

  /** What is counted as one line, and forgets it; undefined where nothing is. */
  take(now: Instant): { readonly level: Level; readonly text: string } | undefined {
    this.#dueAt = undefined;
    const all = [...this.#pending];
    this.#pending.clear();
    if (all.length === 0) return undefined;
    this.#refill(now);
    this.#spend(now);
    for (const [key] of all) this.#written(key, now);
    return summaryOf(all);
  }

  #isNews(key: string, now: Instant): boolean {
    this.#newsAt = this.#newsAt.filter((at) => now - at < newsAfterMs);
    const saidAt = this.#saidAt.get(key);
    return saidAt === undefined ? this.#saidAt.size < keysMax : now - saidAt >= newsAfterMs;
  }

  #written(key: string, now: Instant): void {
    if (this.#saidAt.has(key) || this.#saidAt.size < keysMax) this.#saidAt.set(key, now);
  }

  #count(level: Level, key: string, text: string): void {
    const name = this.#pending.has(key) || this.#pending.size < keysMax ? key : otherKeys;
    const count = (this.#pending.get(name)?.count ?? 0) + 1;
    this.#pending.delete(name);
    this.#pending.set(name, { level, text, count });
  }

  #refill(now: Instant): void {
    const { creditsMax, creditEveryMs } = this.#limits;
    const more = Math.floor((now - this.#creditAt) / creditEveryMs);
    this.#creditAt += more * creditEveryMs;
    this.#credits = Math.min(this.#credits + more, creditsMax);
  }

  #spend(now: Instant): void {
    this.#credits = Math.max(this.#credits - 1, 0);
    this.#writtenAt = now;
  }

  #nextAt(now: Instant): Instant {
    if (this.#credits === 0) return this.#creditAt + this.#limits.creditEveryMs;
    const isFirst = this.#credits >= this.#limits.summaries || now - this.#writtenAt >= quietMs;
    return now + (isFirst ? pauseMs.first : pauseMs.later);
  }
}

const levels: readonly Level[] = ["debug", "info", "warn", "error"];

/** How much a summary tells of a kind's name. */
const nameMax = 60;

/**
 * The latest message of the worst level in its own words, at that level; of the others their kinds. An error is told in its
 * own words too, because it says what to do, and so is the latest message, because it says how things are now.
 */
function summaryOf(all: readonly (readonly [key: string, pending: Pending])[]) {
  const level = levels[Math.max(...all.map(([, one]) => levels.indexOf(one.level)))] ?? "info";
  const latest = all.at(-1)?.[1];
  const headline = [...all].reverse().find(([, one]) => one.level === level)?.[1];
  const more = headline === undefined || headline.count === 1 ? [] : [`${headline.count - 1} more like this`];
  const others = all
    .filter(([, one]) => one !== headline)
    .map(([key, one]) => {
      const inFull = one.level === "error" && one !== latest ? `: ${one.text}` : "";
      return `${one.count} × ${key.slice(0, nameMax)}${inFull}`;
    });
  const counts = [...more, ...others].join(", ");
  const now = latest === headline ? "" : `; latest: ${latest?.text ?? ""}`;
  return { level, text: `${headline?.text ?? ""}${counts === "" ? "" : ` (and ${counts}${now})`}` };
}
