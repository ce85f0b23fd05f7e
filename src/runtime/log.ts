import { fstatSync } from "node:fs";
import type { Level, Log } from "../ports.ts";

/** Messages of one key within this time are collapsed: under a flood ten seconds become a few lines. */
const collapseMs = 10_000;

/** So many of them are written all the same: a cable that goes and comes back must not be told ten seconds late. */
const saidMax = 3;

/** sd-daemon(3): what journald takes as the priority of a line. */
const priorities: Record<Level, number> = { debug: 7, info: 6, warn: 4, error: 3 };

const levels: readonly Level[] = ["debug", "info", "warn", "error"];

export interface LogOptions {
  readonly level: Level;
  /** Takes one or several whole lines. */
  readonly write: (lines: string) => void;
  /** Whether a line begins with its priority, for journald, or with the time, for a person. */
  readonly journald: boolean;
}

/** A log of one line a message. The first of a kind are written at once, repetitions are counted and summed up. */
export class CollapsingLog implements Log {
  #level: Level;
  readonly #options: LogOptions;
  readonly #said = new Map<string, number>();
  readonly #repeated = new Map<string, { level: Level; text: string; count: number }>();

  constructor(options: LogOptions) {
    this.#options = options;
    this.#level = options.level;
  }

  set level(level: Level) {
    this.#level = level;
  }

  say(level: Level, key: string, text: string): void {
    if (!this.shows(level)) return;
    if (level === "debug") this.#write(level, text);
    else if (this.#timesSaid(key) < saidMax) this.#write(level, text);
    else this.#repeated.set(key, { level, text, count: (this.#repeated.get(key)?.count ?? 0) + 1 });
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
    for (const key of this.#repeated.keys()) this.#sumUp(key);
  }

  /** How often `key` was said within the time that is running, not counting now. */
  #timesSaid(key: string): number {
    const times = this.#said.get(key) ?? 0;
    if (times === 0) setTimeout(() => this.#sumUp(key), collapseMs).unref();
    this.#said.set(key, times + 1);
    return times;
  }

  #sumUp(key: string): void {
    const repeated = this.#repeated.get(key);
    this.#said.delete(key);
    this.#repeated.delete(key);
    if (repeated === undefined) return;
    const more = repeated.count === 1 ? "" : ` (and ${repeated.count - 1} more like this)`;
    this.#write(repeated.level, `${repeated.text}${more}`);
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

/** Whether `fd` is journald's stream, as systemd.exec(5) says of $JOURNAL_STREAM: its device and inode number. */
export function isJournalStream(fd: number, journalStream: string | undefined): boolean {
  if (journalStream === undefined) return false;
  const { dev, ino } = fstatSync(fd);
  return journalStream === `${dev}:${ino}`;
}

function timeOfDay(): string {
  return new Date().toISOString().slice(11, 23);
}
