import type { Dialect } from "./dialect.ts";
import { createFraming, type FramingOptions } from "./framing.ts";
import { misframedTemplateLineIn } from "./misframed-line.ts";
import { compilePattern, type LinePattern } from "./template-pattern.ts";
import { type PayloadRules, payloadCodec } from "./template-payload.ts";
import { templateReader } from "./template-reader.ts";
import { parseTemplateText } from "./template-text.ts";

/**
 * The lines of a firmware that speaks its own. Patterns match whole lines; a line that several match is what comes
 * first of log, hello, refusal, reply, data, and one that none matches is the MCU's log.
 */
export interface TemplateOptions extends PayloadRules {
  /** The line that a request becomes, with `{payload}` and perhaps `{processId}`. */
  readonly command: string | undefined;
  /** What ends the lines that the gateway writes. The firmware's own end as `ends` says. */
  readonly lineEnd: "lf" | "crlf" | "cr";
  /** The last line of an answer. Groups `processId` and `payload`; without the former, answers come in order. */
  readonly reply: string | undefined;
  /** Lines that come before it, in answers of several. Groups `processId` and `payload`. */
  readonly data: string | undefined;
  /** The MCU did not do it. Groups `processId`, `code` and `text`. */
  readonly refusal: string | undefined;
  /** What the MCU says when it has started. Groups `boot` and `fw`. */
  readonly hello: string | undefined;
  /** Lines that look like others and are none. */
  readonly log: string | undefined;
  /** A harmless line that the MCU answers with a hello. */
  readonly probe: string | undefined;
  /** The line that says that nobody waits for an answer any more, with `{processId}`. */
  readonly cancel: string | undefined;
  /** What makes the firmware forget a half-typed line, in caret notation: `^U`; undefined where nothing does. */
  readonly clearLine: string | undefined;
  /** Where answers come in order: how late one can come after its command went unanswered. */
  readonly quietMs: number;
}

const lineEnds = { lf: "\n", crlf: "\r\n", cr: "\r" } as const;

/**
 * The dialect that `options` describe, of firmware whose console has the prompt and the line end of `ends`; that they make
 * sense has been checked, or it throws.
 */
export function templateDialect(
  options: TemplateOptions,
  ends: Pick<FramingOptions, "prompt" | "lineEnd"> = { prompt: undefined, lineEnd: "lf" },
): Dialect {
  const codec = payloadCodec(options);
  const lineEnd = Buffer.from(lineEnds[options.lineEnd]);
  const lineOf = (source: string) => parseTemplateText(`${source}${lineEnd}`).fill;
  const patterns = {
    log: patternOf(options.log),
    hello: patternOf(options.hello),
    refusal: patternOf(options.refusal),
    reply: patternOf(options.reply),
    data: patternOf(options.data),
  };
  const opening = Buffer.concat([controlBytes(options.clearLine ?? ""), lineEnd]);
  const command = lineOf(required(options.command));
  const probe = options.probe === undefined ? undefined : lineOf(options.probe);
  const cancel = options.cancel === undefined ? undefined : lineOf(options.cancel);
  const read = templateReader(patterns, codec);
  return {
    frame: createFraming({ ...ends, keepsSpaces: true }),
    read,
    lineIn: () => undefined,
    misframedLine: (bytes) => misframedTemplateLineIn(bytes, read),
    tellsDirections: false,
    readHead: () => ({ kind: patterns.data === undefined ? "log" : "data" }),
    command(id, payload) {
      const placed = codec.place(payload);
      return placed && command({ processId: Buffer.from(id, "latin1"), payload: placed });
    },
    opening,
    probe: probe && ((resync) => (resync ? Buffer.concat([opening, probe({})]) : probe({}))),
    cancel: (id) => cancel?.({ processId: Buffer.from(id, "latin1") }),
    lateReplyWindowMs: required(patterns.reply).names.has("processId") ? undefined : options.quietMs,
  };
}

/** What stands in caret notation: `^U` is 0x15, the letter's code with its seventh bit turned over. */
function controlBytes(caretNotation: string): Buffer {
  const pairs = caretNotation.match(/\^./g) ?? [];
  return Buffer.from(pairs.map((pair) => pair.charCodeAt(1) ^ 0x40));
}

function patternOf(source: string | undefined): LinePattern | undefined {
  if (source === undefined) return undefined;
  const compiled = compilePattern(source);
  if (compiled.kind === "unusable") throw new Error(`an unchecked pattern: ${compiled.why}`);
  return compiled.pattern;
}

function required<T>(given: T | undefined): T {
  if (given === undefined) throw new Error("an unchecked template without its command or reply");
  return given;
}
