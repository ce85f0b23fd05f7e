// What stands at the other end of a stream: a terminal, how wide, and which characters it can show.
import { exitCodes } from "./exit-codes.ts";

/** What a command that draws has to know. */
export interface Terminal {
  /** A terminal on which a line can be drawn again. */
  readonly canMove: boolean;
  readonly colours: boolean;
  /** At this moment: a window is made narrower and wider. */
  columns(): number;
  /** Text as it can be shown there. */
  shown(text: string): string;
}

/** What a file or a pipe is written for, and a terminal that does not say how wide it is. */
const usualColumns = 80;

type Stream = { readonly isTTY?: boolean; readonly columns?: number };

export function terminalAt(stream: Stream, env: NodeJS.ProcessEnv): Terminal {
  const canMove = stream.isTTY === true && env["TERM"] !== "dumb";
  return {
    canMove,
    colours: canMove && !env["NO_COLOR"],
    columns: () => stream.columns || usualColumns,
    shown: isUtf8(env) ? (text) => text : asciiText,
  };
}

/** Whether the locale's characters are UTF-8: the first of these that is set decides (locale(7)); without any it is "C". */
export function isUtf8(env: NodeJS.ProcessEnv): boolean {
  return /utf-?8/i.test(env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "");
}

/** What stands for our own symbols: one character each, so that columns stay columns. */
const substitutes = new Map(
  Object.entries({
    "─": "-",
    "━": "=",
    "│": "|",
    "┃": "|",
    "▶": ">",
    "◀": "<",
    "▲": "^",
    "▼": "v",
    "❯": ">",
    "•": "*",
    "·": ".",
    "✓": "+",
    "✔": "+",
    "✕": "x",
    "✗": "!",
    "×": "x",
    "–": "-",
    "▁": "_",
    "▂": ".",
    "▃": ",",
    "▄": "-",
    "▅": "=",
    "▆": "+",
    "▇": "*",
    "█": "#",
    "…": "...",
    "⏎": "\\n",
    µ: "u",
  }),
);

/** Text without a character that is not ASCII; one that has no substitute as JSON writes it, `\u00e9`. */
export function asciiText(text: string): string {
  return text.replace(/[^\0-\x7F]/g, (one) => {
    return substitutes.get(one) ?? `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** Has a terminal of another locale than UTF-8 get ASCII: other bytes would be debris there. A pipe or a file gets data. */
export function writeAsciiToTerminals(streams: readonly NodeJS.WriteStream[], env: NodeJS.ProcessEnv): void {
  if (isUtf8(env)) return;
  for (const stream of streams) {
    if (!stream.isTTY) continue;
    const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
    const writeAscii = (chunk: unknown, ...rest: unknown[]) =>
      write(typeof chunk === "string" ? asciiText(chunk) : chunk, ...rest);
    stream.write = writeAscii as typeof stream.write;
  }
}

/** Whoever reads may have enough (`rrpc-gateway doctor … | head`): that is an end, and no fault of the program's. */
let onNobodyReads: () => void = () => process.exit(exitCodes.ok);

/** For a command that does more than to print, and has to say that it has not come to its end. */
export function untilNobodyReads(): Promise<void> {
  return new Promise((resolve) => {
    onNobodyReads = resolve;
  });
}

/** Before a command for people says anything. */
export function prepareTerminals(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    onNobodyReads();
  });
  writeAsciiToTerminals([process.stdout, process.stderr], process.env);
}
