/** What stands around each line of a board, as consoles and log libraries do it. Bytes are strings, one character each. */
export interface Around {
  readonly head: string;
  readonly tail: string;
  readonly end: string;
  /** Printed behind the line end, without one of its own: it stands in front of the next line. */
  readonly prompt: string;
}

/** The line ends that boards have, by the names that they are asked for. */
export const lineEnds = {
  lf: "\n",
  crlf: "\r\n",
  cr: "\r",
  lfcr: "\n\r",
  crcrlf: "\r\r\n",
  lfnul: "\n\0",
} as const;

/** `line` as it stands on the wire. */
export function surrounded(line: string, { head, tail, end, prompt }: Around): string {
  return `${head}${line}${tail}${end}${prompt}`;
}

/** Bytes as they are given on a command line: `\xHH` for any, `\e` for ESC, `\\` for a backslash. */
export function bytesGiven(text: string): string {
  return Buffer.from(text)
    .toString("latin1")
    .replace(/\\(x[0-9A-Fa-f]{2}|e|\\)/g, (_, code: string) => {
      if (code === "e") return "\x1b";
      return code === "\\" ? "\\" : String.fromCharCode(Number.parseInt(code.slice(1), 16));
    });
}
