import { cancelLine, commandLine, probeLine, spoilerLine } from "./gateway-line.ts";
import { type McuLine, readMcuLine, replyIdOfHead } from "./mcu-line.ts";

/**
 * How the firmware at the other end says things: the line protocol, or lines of its own. Lines to the MCU are whole,
 * line end included; `crc` is whether its last hello switched checksums on.
 */
export interface Dialect {
  /** Understands one line, without its line end. */
  readonly read: (bytes: Buffer, crc: boolean) => McuLine;
  /** Whether no line to the MCU can be taken for one from it, so that an echo shows by itself what it is. */
  readonly tellsDirections: boolean;
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
  readonly quietMs: number | undefined;
}

/** A reply; what may be a line of an answer of several, nobody knows which; or nothing that anybody waits for. */
export type OverlongLine =
  | { readonly kind: "reply"; readonly id: string }
  | { readonly kind: "data" }
  | { readonly kind: "log" };

/** The line protocol, version 1. */
export const rrpcDialect: Dialect = {
  read: readMcuLine,
  tellsDirections: true,
  readHead(head) {
    const id = replyIdOfHead(head);
    return id === undefined ? { kind: "log" } : { kind: "reply", id };
  },
  command: commandLine,
  opening: spoilerLine,
  probe: probeLine,
  cancel: (id, said) => (said.cancel ? cancelLine(id, said.crc) : undefined),
  quietMs: undefined,
};
