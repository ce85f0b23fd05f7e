// What the judge itself has written may come back: an adapter for RS-485 hears itself, and a console repeats what is typed.

/** More lines than any rule sends. */
const linesMax = 500;

/** The lines that were written and have not come back. Lines are strings with one character for each byte. */
export interface OwnLines {
  /** Bytes were written, be it a part of a line. */
  wrote(bytes: string): void;
  /** Whether a line that came is one of them: it is taken for one once. */
  take(line: string): boolean;
  /** How many have come back. */
  readonly count: number;
}

export function createOwnLines(): OwnLines {
  let written: string[] = [];
  let half = "";
  let count = 0;
  return {
    get count() {
      return count;
    },
    wrote(bytes) {
      const lines = (half + bytes).split("\n");
      half = lines.pop() ?? "";
      const whole = lines.map((line) => line.replace(/\r$/, "")).filter((line) => line !== "");
      written = [...written, ...whole].slice(-linesMax);
    },
    take(line) {
      const at = written.indexOf(line);
      if (at < 0) return false;
      // What comes back comes in the order of writing.
      written = written.slice(at + 1);
      count += 1;
      return true;
    },
  };
}
