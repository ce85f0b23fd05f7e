import { type Dialect, rrpcDialect } from "../../src/protocol/dialect.ts";
import { type TemplateOptions, templateDialect } from "../../src/protocol/template.ts";

/** What a hello can say of a model MCU. */
export interface Character {
  readonly window: number;
  readonly dedup: number;
  readonly crc: boolean;
  readonly cancel: boolean;
  /** Undefined where it does not say. */
  readonly lineBytesMax: number | undefined;
  /** Undefined where it says none. */
  readonly boot: string | undefined;
}

/** How a model MCU says what it has to say, without checksums; texts are one character a byte. */
export interface Speech {
  readonly name: "rrpc" | "ordered" | "bare";
  readonly dialect: Dialect;
  /** Undefined where the line is no command; the id is undefined where the firmware knows none. */
  readonly command: (line: string) => { readonly id: string | undefined; readonly payload: string } | undefined;
  /** The lines of an answer. */
  readonly reply: (id: string, text: string) => readonly string[];
  /** What of it may be told as ok: lines that are lost are not missed. */
  readonly told: (text: string) => readonly string[];
  readonly refusal: (id: string, text: string) => readonly string[];
  readonly hello: (character: Character) => string;
}

export const rrpcSpeech: Speech = {
  name: "rrpc",
  dialect: rrpcDialect,
  command(line) {
    const [, id, payload = ""] = /^>([0-9A-Za-z_-]{1,32})(?: (.*))?$/s.exec(line) ?? [];
    return id === undefined ? undefined : { id, payload };
  },
  reply: (id, text) => [`<${id} ${escaped(text)}`],
  told: (text) => [text],
  refusal: (id, text) => [`!${id} busy ${text}`],
  hello: ({ window, dedup, crc, cancel, lineBytesMax, boot }) => {
    const words = [`=rrpc/1 window=${window} dedup=${dedup}`];
    if (lineBytesMax !== undefined) words.push(`line=${lineBytesMax}`);
    if (cancel) words.push("cancel=1");
    if (boot !== undefined) words.push(`boot=${boot}`);
    if (crc) words.push("crc=1");
    return words.join(" ");
  },
};

const plainTemplate: TemplateOptions = {
  command: "{payload}",
  lineEnd: "lf",
  payloadEscape: "none",
  payloadForbidden: undefined,
  dataBits: 8,
  data: undefined,
  reply: "(?<payload>.*)",
  refusal: undefined,
  hello: undefined,
  log: undefined,
  probe: undefined,
  cancel: undefined,
  clearLine: undefined,
  quietMs: 0,
};

/** Firmware with lines of its own that answers in order, with two lines, and takes no more than a line of text. */
export function orderedSpeech(quietMs: number): Speech {
  return {
    name: "ordered",
    dialect: templateDialect({
      ...plainTemplate,
      command: "DO {payload}",
      data: "\\+(?<payload>.*)",
      reply: "OK (?<payload>.*)",
      refusal: "NO (?<code>[a-z]+) (?<text>.*)",
      hello: "UP (?<boot>[0-9]+)",
      quietMs,
    }),
    command: (line) => (line.startsWith("DO ") ? { id: undefined, payload: line.slice("DO ".length) } : undefined),
    reply: (_id, text) => [`+${text}`, `OK ${text}`],
    told: (text) => [text, `${text}\n${text}`],
    refusal: (_id, text) => [`NO busy ${text}`],
    hello: ({ boot }) => `UP ${boot ?? 1}`,
  };
}

/** A command is its payload, and any line is a reply. */
export function bareSpeech(quietMs: number): Speech {
  return {
    name: "bare",
    dialect: templateDialect({ ...plainTemplate, quietMs }),
    command: (payload) => ({ id: undefined, payload }),
    reply: (_id, text) => [text],
    told: (text) => [text],
    refusal: (_id, text) => [text],
    hello: () => "",
  };
}

/** Written by itself, and not with what it is to judge: the line protocol's escapes. */
function escaped(text: string): string {
  let line = "";
  for (const character of text) {
    if (character === "\\") line += "\\\\";
    else if (character >= " " && character !== "\x7f") line += character;
    else line += `\\x${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return line;
}

/** Undefined where an escape is none and `isStrict`. */
export function unescaped(text: string, isStrict: boolean): string | undefined {
  if (!text.includes("\\")) return text;
  if (isStrict && !/^(?:[^\\]|\\(?:[\\nr]|x[0-9A-Fa-f]{2}))*$/.test(text)) return undefined;
  return text.replace(/\\(?:([\\nr])|x([0-9A-Fa-f]{2}))/g, (_escape, letter: string | undefined, hex: string) => {
    if (letter === undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return { n: "\n", r: "\r" }[letter] ?? "\\";
  });
}
