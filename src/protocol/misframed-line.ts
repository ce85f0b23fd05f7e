import { isSigil, type McuLine, readMcuLine } from "./mcu-line.ts";

/** What looks like a line that matters, but is not at the beginning of its line, or has lost its sigil. */
export type MisframedLine = {
  /** Bytes in front of it; 0 where it has no sigil. */
  readonly frontByteCount: number;
} & (
  | { readonly kind: "hello" | "event" }
  /** Or a refusal. The id is undefined where the firmware answers in order, without ids. */
  | { readonly kind: "reply"; readonly id: string | undefined }
  /** One of ours, which came back. */
  | { readonly kind: "command" }
);

const idMax = 32;
const space = 0x20;
const lessThan = 0x3c;
const exclamationMark = 0x21;
const greaterThan = 0x3e;
const asterisk = 0x2a;
const atSign = 0x40;

/**
 * Finds one in a line that is none of the line protocol's. Behind a `<` every id counts, so that no reply is shown because
 * its id came damaged; a `!`, and a word that begins the line, are usual in text, and count before ids that `isKnown`. Behind an `@` every name
 * counts, where nothing else is found.
 */
export function misframedLineIn(bytes: Buffer, isKnown: (id: string) => boolean): MisframedLine | undefined {
  let other: MisframedLine | undefined;
  let event: MisframedLine | undefined;
  for (let at = 1; at < bytes.length; at++) {
    const sigil = bytes[at];
    if (sigil !== lessThan && sigil !== exclamationMark && sigil !== greaterThan && sigil !== atSign) continue;
    const id = wordAt(bytes, at + 1);
    if (id === undefined) continue;
    if (sigil === atSign) {
      event ??= { kind: "event", frontByteCount: at };
      continue;
    }
    if (sigil === greaterThan) {
      if (isKnown(id)) return { kind: "command", frontByteCount: at };
      continue;
    }
    if (isKnown(id)) return { kind: "reply", id, frontByteCount: at };
    if (sigil === lessThan) other ??= { kind: "reply", id, frontByteCount: at };
  }
  if (other !== undefined) return other;
  const helloAt = bytes.indexOf("=rrpc/", 1, "latin1");
  if (helloAt > 0 && readMcuLine(bytes.subarray(helloAt), false).kind === "hello") {
    return { kind: "hello", frontByteCount: helloAt };
  }
  // A sigil that is lost, or damaged into something that is none.
  const id = wordAt(bytes, 0) ?? (isSigil(bytes[0]) ? undefined : wordAt(bytes, 1));
  if (id !== undefined && isKnown(id) && bytes[0] === greaterThan) return { kind: "command", frontByteCount: 0 };
  return id !== undefined && isKnown(id) ? { kind: "reply", id, frontByteCount: 0 } : event;
}

/** A word that can be an id, and whose end is one: a space, the checksum of an empty payload, or nothing behind it. */
function wordAt(bytes: Buffer, start: number): string | undefined {
  let end = start;
  while (end - start <= idMax && isIdByte(bytes[end])) end += 1;
  const isEnded = end === bytes.length || bytes[end] === space || bytes[end] === asterisk;
  return end > start && end - start <= idMax && isEnded ? bytes.toString("latin1", start, end) : undefined;
}

/** 0-9, A-Z, a-z, _ and -. */
function isIdByte(byte = 0): boolean {
  const letter = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (letter >= 0x61 && letter <= 0x7a) || byte === 0x5f || byte === 0x2d;
}

/** Prompts are short; what is longer is text. */
const promptMax = 32;

/** What a console's prompt looks like: `> `, `uart:~$ `, `root@board:/# `. No payload is likely to, and none with a space. */
const promptShape = /^[0-9A-Za-z_@:~./()[\]=*+-]{0,30}[>$#%:] ?$/;

/** Whether what stands in front of a line looks like a prompt. The end of another reply may: `secret> `. */
export function looksLikePrompt(front: Buffer): boolean {
  return front.length <= promptMax && promptShape.test(front.toString("latin1"));
}

const shownPromptMax = 16;

/** What prompts are made of, so that no payload is shown with one. */
const promptWords = new Set(
  "ash bash board busybox cli cmd debug device esp esp32 home login main menu mpy msh mcu nsh null py repl root rtt sh shell tty uart uboot user zephyr".split(
    " ",
  ),
);

/** The prompt that `front` is by its looks, where it may be shown: a short one of signs and usual words. */
export function promptOf(front: Buffer): string | undefined {
  if (front.length > shownPromptMax || !looksLikePrompt(front)) return undefined;
  const text = front.toString("latin1");
  return (text.match(/[0-9A-Za-z_]+/g) ?? []).every((word) => promptWords.has(word.toLowerCase())) ? text : undefined;
}

/** The same in the lines of firmware that has its own, where `read` understands what stands behind a prompt. */
export function misframedTemplateLineIn(bytes: Buffer, read: (bytes: Buffer) => McuLine): MisframedLine | undefined {
  const frontByteCount = bytes.toString("latin1", 0, promptMax).search(/(?<=[>$#%:] )/);
  if (frontByteCount < 1 || !looksLikePrompt(bytes.subarray(0, frontByteCount))) return undefined;
  const line = read(bytes.subarray(frontByteCount));
  switch (line.kind) {
    case "reply":
    case "refusal":
    case "data":
      return { kind: "reply", id: line.id, frontByteCount };
    case "hello":
      return { kind: "hello", frontByteCount };
    default:
      return undefined;
  }
}
