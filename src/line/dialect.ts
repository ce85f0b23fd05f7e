import { cancelLine, commandLine, probeLine } from "./gateway-line.ts";
import { type McuLine, readMcuLine } from "./mcu-line.ts";

/**
 * How the firmware at the other end says things: the line protocol, or lines of its own. Lines to the MCU are whole,
 * LF included; `crc` is whether its last hello switched checksums on.
 */
export interface Dialect {
  /** Understands one line, without its line end. */
  readonly read: (bytes: Buffer, crc: boolean) => McuLine;
  /** Undefined where no line can carry this payload. */
  readonly command: (id: string, payload: Buffer, crc: boolean) => Buffer | undefined;
  /** Undefined where the firmware knows none. With `resync` whatever half line it still holds is ended first. */
  readonly probe: ((resync: boolean) => Buffer) | undefined;
  /** Undefined where the firmware knows none. */
  readonly cancel: ((id: string, crc: boolean) => Buffer) | undefined;
  /**
   * Defined where replies carry no id and come in order: then one command is in flight at a time, and after one that
   * went unanswered nothing is sent for so long, unless its late answer comes first.
   */
  readonly quietMs: number | undefined;
}

/** The line protocol, version 1. */
export const rrpcDialect: Dialect = {
  read: readMcuLine,
  command: commandLine,
  probe: probeLine,
  cancel: cancelLine,
  quietMs: undefined,
};
