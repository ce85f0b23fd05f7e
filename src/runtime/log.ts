import { fstatSync } from "node:fs";
import type { Level, Log } from "../ports.ts";

/** So many messages of one key are written as they come: a cable that goes and comes back must not be told late. */
const saidMax = 3;

/** Between the lines of a key that goes on: some 6 lines in the first three minutes, 24 a day afterwards. */
const pauseMinMs = 10_000;
const pauseGrowth = 3;
const pauseMaxMs = 3_600_000;

/** sd-daemon(3): what journald takes as the priority of a line. */
const priorities: Record<Level, number> = { debug: 7, info: 6, warn: 4, error: 3 };

const levels: readonly Level[] = ["debug", "info", "warn", "error"];

export interface LogOptions {
  readonly level: Level;
  /** Takes one or several whole lines. */
  readonly write: (lines: string) => void;
  /** Whether a line begins with its priority, for journald, or with the time, for a person. */
  readonly journald: boolean;
  /** A clock in ms that never goes back. */
  readonly now: () => number;
}

/** What is known of the messages of one key since it was last quiet for an hour. */
interface Topic {
  saidCount: number;
  /** Until the next line, after `saidMax` of them. */
  pauseMs: number;
  /** The end of the pause, or when the key is forgotten that has not come again. */
  dueAt: number;
  isPausing: boolean;
  /** Not written yet; `text` is the last one's. */
  repeated: { readonly level: Level; readonly text: string; readonly count: number } | undefined;
}

/**
 * A log of one line a message. The first of a kind are written at once; what goes on for months is told at growing
 * intervals, as one line with a count, so that it neither fills the journal nor wears out an SD card. Metrics and the
 * flight recorder have all of it.
 */
export class CollapsingLog implements Log {
  #level: Level;
  readonly #options: LogOptions;
  readonly #topics = new Map<string, Topic>();
  /** One for all topics: how many timers there are says nothing of what was logged. */
  #alarm: { readonly timer: NodeJS.Timeout; readonly at: number } | undefined;

  constructor(options: LogOptions) {
    this.#options = options;
    this.#level = options.level;
  }

  set level(level: Level) {
    this.#level = level;
  }

  say(level: Level, key: string, text: string): void {
    if (!this.shows(level)) return;
    if (level === "debug") {
      this.#write(level, text);
      return;
    }
    const topic = this.#topicOf(key);
    if (topic.isPausing) topic.repeated = { level, text, count: (topic.repeated?.count ?? 0) + 1 };
    else this.#tell(topic, level, text);
  }

  shows(level: Level): boolean {
    return levels.indexOf(level) >= levels.indexOf(this.#level);
  }

  /**
   * Writes lines that belong together, whatever the level: somebody has asked for them. In one piece: hundreds of writes
   * amid trouble took 8 ms, and many times that on a busy machine, while responses were due.
   */
  block(lines: readonly string[]): void {
    this.#options.write(lines.map((line) => logLine("info", line, this.#options.journald)).join(""));
  }

  /** Writes what is counted and not yet written; before the process ends. */
  flush(): void {
    for (const topic of this.#topics.values()) {
      const { repeated } = topic;
      topic.repeated = undefined;
      if (repeated !== undefined) this.#write(repeated.level, summaryOf(repeated));
    }
  }

  #topicOf(key: string): Topic {
    const known = this.#topics.get(key);
    if (known !== undefined) return known;
    const topic: Topic = {
      saidCount: 0,
      pauseMs: pauseMinMs,
      dueAt: Number.POSITIVE_INFINITY,
      isPausing: false,
      repeated: undefined,
    };
    this.#topics.set(key, topic);
    return topic;
  }

  #tell(topic: Topic, level: Level, text: string): void {
    this.#write(level, text);
    topic.saidCount += 1;
    topic.isPausing = topic.saidCount >= saidMax;
    this.#await(topic, topic.isPausing ? topic.pauseMs : pauseMaxMs);
  }

  #endPause(topic: Topic): void {
    const { repeated } = topic;
    topic.isPausing = false;
    topic.repeated = undefined;
    topic.pauseMs = Math.min(topic.pauseMs * pauseGrowth, pauseMaxMs);
    if (repeated === undefined) this.#await(topic, pauseMaxMs);
    else this.#tell(topic, repeated.level, summaryOf(repeated));
  }

  #await(topic: Topic, ms: number): void {
    topic.dueAt = this.#options.now() + ms;
    this.#setAlarm(topic.dueAt);
  }

  #setAlarm(at: number): void {
    if (this.#alarm !== undefined && this.#alarm.at <= at) return;
    clearTimeout(this.#alarm?.timer);
    const timer = setTimeout(() => this.#ring(), Math.max(0, Math.ceil(at - this.#options.now()))).unref();
    this.#alarm = { timer, at };
  }

  #ring(): void {
    this.#alarm = undefined;
    const now = this.#options.now();
    for (const [key, topic] of this.#topics) {
      if (topic.dueAt > now) continue;
      if (topic.isPausing) this.#endPause(topic);
      else this.#topics.delete(key);
    }
    const nextAt = Math.min(...[...this.#topics.values()].map(({ dueAt }) => dueAt));
    if (nextAt !== Number.POSITIVE_INFINITY) this.#setAlarm(nextAt);
  }

  #write(level: Level, text: string): void {
    this.#options.write(logLine(level, text, this.#options.journald));
  }
}

/**
 * One line, LF included, with its priority for journald or with the time for a person. It is one line whatever the text
 * is, and steers no terminal: words of a system, a server or a library are in it as they came.
 */
export function logLine(level: Level, text: string, journald: boolean): string {
  const safe = text.replace(/\p{Cc}/gu, (control) => `\\u{${control.codePointAt(0)?.toString(16)}}`);
  return `${journald ? `<${priorities[level]}>` : `${timeOfDay()} ${level.padEnd(5)} `}${safe}\n`;
}

function summaryOf({ text, count }: { readonly text: string; readonly count: number }): string {
  return count === 1 ? text : `${text} (and ${count - 1} more like this)`;
}

/** Whether `fd` is journald's stream, as systemd.exec(5) says of $JOURNAL_STREAM: its device and inode number. */
export function isJournalStream(fd: number, journalStream: string | undefined): boolean {
  if (journalStream === undefined) return false;
  const { dev, ino } = fstatSync(fd);
  return journalStream === `${dev}:${ino}`;
}

/** UTC, and it says so: a gateway's clock is seldom in the zone of whoever reads its log. */
function timeOfDay(): string {
  return new Date().toISOString().slice(11);
}
