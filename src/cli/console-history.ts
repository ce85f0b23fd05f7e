// What was typed at consoles, in a file that the user names: payloads may be confidential, so nothing is kept unasked.
import { appendFileSync, closeSync, constants, fstatSync, openSync, readFileSync, writeFileSync } from "node:fs";
import type { History } from "./line-terminal.ts";

/** As shells keep. */
export const linesMax = 500;

/** A line is at most what a request carries, escaped; what is larger is no history of ours. */
const fileBytesMax = 4 * 1024 * 1024;

export interface HistoryFile extends History {
  /** Returns why the line cannot be kept; undefined where it is. */
  add(line: string): string | undefined;
}

/**
 * Reads the file, or makes it, for its user alone.
 * @throws an error that says what is wrong with it
 */
export function openHistory(path: string): HistoryFile {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const fd = openSync(path, flags, 0o600);
  let lines: string[];
  try {
    const { mode, size } = fstatSync(fd);
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw new Error("it is no file");
    if ((mode & 0o077) !== 0) throw new Error("others may read it: chmod 600");
    if (size > fileBytesMax) throw new Error("it is too large for a history");
    lines = readFileSync(fd, "utf8")
      .split("\n")
      .filter((line) => line !== "");
  } finally {
    closeSync(fd);
  }
  if (lines.length > linesMax) {
    lines = lines.slice(-linesMax);
    writeFileSync(path, `${lines.join("\n")}\n`);
  }
  return {
    lines: lines.reverse(),
    linesMax,
    // Another console may add to it too.
    add(line) {
      try {
        appendFileSync(path, `${line}\n`, { mode: 0o600 });
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    },
  };
}
