import { fstatSync } from "node:fs";
import type { Instant } from "../core/instant.ts";
import { shownName } from "./board-name.ts";
import { LogPace, type PaceLimits, paceOfIncident, paceOfRecovery, paceOfWords } from "./log-pace.ts";
import type { Incident, Level, Log } from "./logger.ts";
import { visible } from "./text.ts";

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

const paces: { readonly [incident: string]: PaceLimits } = {
  "mcu words": paceOfWords,
  recovery: paceOfRecovery,
} satisfies { readonly [incident in Incident]?: PaceLimits };

/**
 * Things that a log is about at once, from which on those that are over are forgotten: five incidents of each board, of which a
 * session has room for 98.
 */
const topicsMax = 512;

/** What is counted together. */
interface Topic {
  readonly pace: LogPace;
  /** Whose lines they are, by its name. */
  readonly board: string | undefined;
}

/**
 * A log of one line a message. What one cause says first is written at once; what goes on for months is told at growing
 * intervals, as one line with counts, so that it neither fills the journal nor wears out an SD card. Metrics and the
 * flight recorder have all of it. At level debug everything is written: somebody is looking.
 */
export class CollapsingLog implements Log {
  #level: Level;
  readonly #options: LogOptions;
  readonly #topics = new Map<string, Topic>();
  /** One for all topics: how many timers there are says nothing of what was logged. */
  #alarm: { readonly timer: NodeJS.Timeout; readonly at: Instant } | undefined;

  constructor(options: LogOptions) {
    this.#options = options;
    this.#level = options.level;
  }

  set level(level: Level) {
    this.#level = level;
  }

  say(level: Level, key: string, text: string, incident: string = key, board?: string): void {
    if (!this.shows(level)) return;
    const topic = this.#level === "debug" ? undefined : this.#topicOf(incident, board);
    if (topic === undefined || topic.pace.say(level, key, text, this.#options.now())) this.#write(level, text, board);
    else this.#setAlarm(topic.pace.dueAt);
  }

  /**
   * Writes a line that is never counted instead: what somebody has asked for just now, or what has a pace of its own.
   *
   * @param board whose line it is; undefined for what belongs to no board
   */
  answer(level: Level, text: string, board?: string): void {
    if (this.shows(level)) this.#write(level, text, board === undefined ? undefined : shownName(board));
  }

  shows(level: Level): boolean {
    return levels.indexOf(level) >= levels.indexOf(this.#level);
  }

  /**
   * Writes lines that belong together, whatever the level: somebody has asked for them. In one piece: hundreds of writes
   * during an incident took 8 ms, and many times that on a busy machine, while responses were due.
   */
  block(lines: readonly string[]): void {
    this.#options.write(lines.map((line) => logLine("info", line, this.#options.journald)).join(""));
  }

  /** Writes what is counted and not yet written; before the process ends. */
  flush(): void {
    for (const topic of this.#topics.values()) this.#writeCounted(topic);
  }

  /** Writes what is counted of a board that is gone, and keeps nothing of it. */
  forget(board: string): void {
    const name = shownName(board);
    for (const [key, topic] of this.#topics) {
      if (topic.board === undefined || topic.board !== name) continue;
      this.#writeCounted(topic);
      this.#topics.delete(key);
    }
  }

  #topicOf(incident: string, board: string | undefined): Topic {
    const name = board === undefined ? incident : `${board}: ${incident}`;
    const known = this.#topics.get(name);
    if (known !== undefined) return known;
    const now = this.#options.now();
    if (this.#topics.size >= topicsMax)
      for (const [other, { pace }] of this.#topics) if (pace.isIdle(now)) this.#topics.delete(other);
    const topic = { pace: new LogPace(paces[incident] ?? paceOfIncident, now), board };
    this.#topics.set(name, topic);
    return topic;
  }

  #writeCounted({ pace, board }: Topic): void {
    const summary = pace.take(this.#options.now());
    if (summary !== undefined) this.#write(summary.level, summary.text, board);
  }

  #setAlarm(at: Instant | undefined): void {
    if (at === undefined || (this.#alarm !== undefined && this.#alarm.at <= at)) return;
    clearTimeout(this.#alarm?.timer);
    const timer = setTimeout(() => this.#ring(), Math.max(0, Math.ceil(at - this.#options.now()))).unref();
    this.#alarm = { timer, at };
  }

  #ring(): void {
    this.#alarm = undefined;
    const now = this.#options.now();
    for (const topic of this.#topics.values()) {
      if (topic.pace.dueAt !== undefined && topic.pace.dueAt <= now) this.#writeCounted(topic);
      this.#setAlarm(topic.pace.dueAt);
    }
  }

  #write(level: Level, text: string, board: string | undefined): void {
    const named = board === undefined ? text : `${board}: ${text}`;
    this.#options.write(logLine(level, named, this.#options.journald));
  }
}

/**
 * One line, LF included, with its priority for journald or with the time for a person. It is one line whatever the text
 * is, and steers no terminal: words of a system, a server or a library are in it as they came.
 */
export function logLine(level: Level, text: string, journald: boolean): string {
  return `${journald ? `<${priorities[level]}>` : `${timeOfDay()} ${level.padEnd(5)} `}${visible(text)}\n`;
}

/** Whether `fd` is journald's stream, as systemd.exec(5) says of $JOURNAL_STREAM: its device and inode number. */
export function isJournalStream(fd: number, journalStream: string | undefined): boolean {
  if (journalStream === undefined) return false;
  const { dev, ino } = fstatSync(fd);
  return journalStream === `${dev}:${ino}`;
}

const dayMs = 86_400_000;

/**
 * UTC, and it says so: a gateway's clock is seldom in the zone of whoever reads its log. By arithmetic, because V8's `toISOString` loads
 * the tables of all time zones for its first call: 0.8 MiB.
 */
function timeOfDay(): string {
  const ms = Date.now() % dayMs;
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  const secondsAndMs = String(ms % 60_000).padStart(5, "0");
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${secondsAndMs.slice(0, 2)}.${secondsAndMs.slice(2)}Z`;
}
