import { createFraming, type Framing, type FramingOptions } from "./framing.ts";
import { cancelLine, commandLine, probeLine, spoilerLine } from "./gateway-line.ts";
import { checkedLineIn, type LinePart, type McuLine, readMcuLine, replyIdOfHead } from "./mcu-line.ts";
import { type MisframedLine, misframedLineIn } from "./misframed-line.ts";

/**
 * How the firmware at the other end says things: the line protocol, or lines of its own. Lines to the MCU are whole,
 * line end included; `crc` is whether its last hello switched checksums on.
 */
export interface Dialect {
  /** Takes off what boards put around their lines; before anything else is done with one. */
  readonly frame: Framing;
  /** Understands one framed line. */
  readonly read: (bytes: Buffer, crc: boolean) => McuLine;
  /** Whether no line to the MCU can be taken for one from it, so that an echo shows by itself what it is. */
  readonly tellsDirections: boolean;
  /** The part of a framed line that is one by its checksum, where the whole is none. */
  readonly lineIn: (bytes: Buffer, crc: boolean) => LinePart | undefined;
  /** What looks like a reply or a hello in a line that is none: it means nothing, and is not shown. */
  readonly misframedLine: (bytes: Buffer, isKnown: (id: string) => boolean) => MisframedLine | undefined;
  /** What a line is that is too long to be read, by its first bytes. */
  readonly readHead: (head: Buffer) => OverlongLine;
  /** Undefined where no line can carry this payload. */
  readonly command: (id: string, payload: Buffer, crc: boolean) => Buffer | undefined;
  /** Written when the port was opened, and the beginning of a probe that resynchronises: ends whatever half line the MCU holds. */
  readonly opening: Buffer;
  /** Undefined where the firmware knows none. With `resync` it begins with `opening`. */
  readonly probe: ((resync: boolean) => Buffer) | undefined;
  /** Undefined where the firmware knows none; `said` is what its hello said of it. */
  readonly cancel: (id: string, said: { readonly cancel: boolean; readonly crc: boolean }) => Buffer | undefined;
  /**
   * Defined where replies carry no id and come in order: then one command is in flight at a time, and after one that
   * went unanswered nothing is sent for so long, unless its late answer comes first.
   */
  readonly lateReplyWindowMs: number | undefined;
}

/** A reply; what may be a line of an answer of several, nobody knows which; or nothing that anybody waits for. */
export type OverlongLine =
  | { readonly kind: "reply"; readonly id: string }
  | { readonly kind: "data" }
  | { readonly kind: "log" };

/** The line protocol, version 1, of firmware whose console has the prompt and the line end of `options`. */
export function rrpcDialectWith(options: Pick<FramingOptions, "prompt" | "lineEnd">): Dialect {
  return { ...rrpcDialect, frame: createFraming({ ...options, keepsSpaces: false }) };
}

/** The line protocol, version 1. */
export const rrpcDialect: Dialect = {
  frame: createFraming({ prompt: undefined, lineEnd: "lf", keepsSpaces: false }),
  read: readMcuLine,
  tellsDirections: true,
  lineIn: checkedLineIn,
  misframedLine: misframedLineIn,
  readHead(head) {
    const id = replyIdOfHead(head);
    return id === undefined ? { kind: "log" } : { kind: "reply", id };
  },
  command: commandLine,
  opening: spoilerLine,
  probe: probeLine,
  cancel: (id, said) => (said.cancel ? cancelLine(id, said.crc) : undefined),
  lateReplyWindowMs: undefined,
};
