// The bench's own lines may come back: an RS-485 adapter receives what it sends, and a console repeats what is typed.

/** More than any rule sends. */
const linesMax = 500;

/** Recognises lines that were written and come back. Lines are strings with one character for each byte. */
export interface EchoFilter {
  /** Bytes were written: lines, or a part of one. */
  wrote(bytes: string): void;
  /** Whether a received line is an echo. Each written line counts as an echo once. */
  take(line: string): boolean;
  /** How many came back. */
  readonly count: number;
}

export function createEchoFilter(): EchoFilter {
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
