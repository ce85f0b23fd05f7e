/** Bytes before and after each line of a board, as consoles and log libraries send them. One character for each byte. */
export interface Around {
  readonly head: string;
  readonly tail: string;
  readonly end: string;
  /** Printed after the line end, without one of its own, so that it precedes the next line. */
  readonly prompt: string;
}

/** The line ends of boards, by their names on the command line. */
export const lineEnds = {
  lf: "\n",
  crlf: "\r\n",
  cr: "\r",
  lfcr: "\n\r",
  crcrlf: "\r\r\n",
  lfnul: "\n\0",
} as const;

/** `line` as it is sent. */
export function surrounded(line: string, { head, tail, end, prompt }: Around): string {
  return `${head}${line}${tail}${end}${prompt}`;
}

/** Bytes as written on a command line: `\xHH` for any byte, `\e` for ESC, `\\` for a backslash. */
export function bytesGiven(text: string): string {
  return Buffer.from(text)
    .toString("latin1")
    .replace(/\\(x[0-9A-Fa-f]{2}|e|\\)/g, (_, code: string) => {
      if (code === "e") return "\x1b";
      return code === "\\" ? "\\" : String.fromCharCode(Number.parseInt(code.slice(1), 16));
    });
}
