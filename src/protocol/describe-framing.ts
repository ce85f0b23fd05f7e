import type { Skip, SkipName } from "./framing.ts";
import { rawByteIn } from "./mcu-line.ts";
import { looksLikePrompt, promptOf } from "./misframed-line.ts";
import { printableBytes } from "./printable-bytes.ts";
import { stringNameAt, terminalSequenceLength } from "./terminal-sequence.ts";

/** What stands around lines, in words for people. */

const skipWords: Record<SkipName, string> = {
  control_bytes: "control bytes",
  terminal_sequences: "bytes of terminal sequences",
  no_text: "bytes that no text has",
  spaces: "spaces",
  prompt: "bytes of the prompt",
  text: "bytes of text",
};

/** Such as `in front 2 control bytes, 8 bytes of the prompt; at its end 1 control byte`. */
export function describeSkips(skips: readonly Skip[]): string {
  return (["front", "end"] as const)
    .map((end) => ({ end, there: skips.filter(({ where }) => where === end) }))
    .filter(({ there }) => there.length > 0)
    .map(({ end, there }) => `${end === "front" ? "in front" : "at its end"} ${there.map(describeSkip).join(", ")}`)
    .join("; ");
}

function describeSkip({ name, byteCount }: Skip): string {
  const words = skipWords[name];
  return `${byteCount} ${byteCount === 1 ? words.replace(/^(byte|control byte|space)s/, "$1") : words}`;
}

/** What was taken off a line, as `printableBytes`; of terminals' strings, such as titles, the kind and the length only. */
export function printableAround(bytes: Buffer, charactersMax: number): string {
  let text = "";
  let shownTo = 0;
  for (let at = 0; at < bytes.length && text.length < charactersMax; ) {
    const name = stringNameAt(bytes, at);
    const length = name === undefined ? 0 : terminalSequenceLength(bytes, at);
    if (length > 0) {
      text += `${printableBytes(bytes.subarray(shownTo, at), charactersMax)}(${name}, ${length} bytes)`;
      shownTo = at + length;
    }
    at += Math.max(length, 1);
  }
  return text + printableBytes(bytes.subarray(shownTo), Math.max(charactersMax - text.length, 0));
}

/** What stands in front of a line that should begin there, and what helps. */
export interface FrontWords {
  /** The same for what is told in the same words, but for the number. */
  readonly key: string;
  readonly text: string;
  readonly help: string;
}

/** The front is shown only where it is a prompt by its looks: anything else may be another reply, or half of one. */
export function describeFront(front: Buffer): FrontWords {
  if (front.length === 0) {
    const help = "a byte was lost or damaged on the wire; checksums (crc=1) show such lines";
    return { key: "sigil", text: "no sigil in front of it", help };
  }
  const count = front.length === 1 ? "1 byte" : `${front.length} bytes`;
  const prompt = promptOf(front);
  if (prompt === undefined && looksLikePrompt(front)) {
    return {
      key: "prompt",
      text: `${count} in front of it, a prompt by its looks`,
      help: "serial.prompt takes it off",
    };
  }
  if (prompt === undefined) {
    const help = "a log line without its end? Begin replies with LF, say crc=1, or set serial.prompt if it is a prompt";
    return { key: "text", text: `${count} in front of it`, help };
  }
  const quoted = JSON.stringify(prompt);
  return { key: quoted, text: `${count} in front of it: ${quoted}`, help: `serial.prompt: ${quoted} takes them off` };
}

const rawByteWords = {
  CR: "a CR in it: in a payload it is \\r; where it ends lines, set serial.lineEnd: cr",
  LF: "an LF in it: in a payload it is \\n; where it ends lines, set serial.lineEnd: lf",
  ESC: "an ESC in it: in a payload it is \\x1B",
  NUL: "a NUL in it: with serial.parity, a byte whose parity was wrong",
} as const;

/** Why a malformed line is none, and what helps, where a byte in it shows that. */
export function describeRawByte(bytes: Buffer): string | undefined {
  const name = rawByteIn(bytes) ?? (bytes.includes(0) ? "NUL" : undefined);
  return name === undefined ? undefined : rawByteWords[name];
}

/** What is wrong at the end of a line that should have a checksum there. */
export function describeChecksum(checksum: { readonly came: string; readonly right: string } | undefined): string {
  if (checksum === undefined) return "no checksum (*HHHH) at its end";
  return `ends in ${checksum.came}; the line's checksum is ${checksum.right}`;
}
