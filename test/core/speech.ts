import { type Dialect, rrpcDialect } from "../../src/line/dialect.ts";
import { templateDialect } from "../../src/line/template.ts";

/** What a hello can say of a model MCU. */
export interface Character {
  readonly window: number;
  readonly dedup: number;
  readonly crc: boolean;
  readonly cancel: boolean;
  /** Undefined where it does not say. */
  readonly lineBytesMax: number | undefined;
  /** Undefined where it says none. */
  readonly boot: number | undefined;
}

/** How a model MCU says what it has to say, without checksums. */
export interface Speech {
  readonly dialect: Dialect;
  /** Undefined where the line is no command; the id is undefined where the firmware knows none. */
  readonly command: (line: string) => { readonly id: string | undefined; readonly payload: string } | undefined;
  /** The lines of an answer. */
  readonly reply: (id: string, text: string) => readonly string[];
  readonly refusal: (id: string, text: string) => readonly string[];
  readonly hello: (character: Character) => string;
}

export const rrpcSpeech: Speech = {
  dialect: rrpcDialect,
  command(line) {
    const [, id, payload] = /^>([^ ]+) ([^*]*)/.exec(line) ?? [];
    return id === undefined || payload === undefined ? undefined : { id, payload };
  },
  reply: (id, text) => [`<${id} ${text}`],
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

/** Firmware with lines of its own that answers in order, with two lines, and takes no more than a line of text. */
export const orderedSpeech: Speech = {
  dialect: templateDialect({
    command: "DO {payload}",
    lineEnd: "lf",
    payloadEscape: "none",
    payloadForbidden: undefined,
    dataBits: 8,
    data: "\\+(?<payload>.*)",
    reply: "OK (?<payload>.*)",
    refusal: "NO (?<code>[a-z]+) (?<text>.*)",
    hello: "UP (?<boot>[0-9]+)",
    log: undefined,
    probe: undefined,
    cancel: undefined,
    clearLine: undefined,
    // A model MCU answers within 9 s, and what is written may be on its way for up to 3 s before.
    quietMs: 12_000,
  }),
  command: (line) => (line.startsWith("DO ") ? { id: undefined, payload: line.slice("DO ".length) } : undefined),
  reply: (_id, text) => [`+${text}`, `OK ${text}`],
  refusal: (_id, text) => [`NO busy ${text}`],
  hello: ({ boot }) => `UP ${boot ?? 1}`,
};
