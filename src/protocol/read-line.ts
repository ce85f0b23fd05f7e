import type { Dialect } from "./dialect.ts";
import type { Skip } from "./framing.ts";
import type { McuLine } from "./mcu-line.ts";

/** A line, and what was taken off it to find it. */
export interface ReadLine {
  readonly line: McuLine;
  readonly skips: readonly Skip[];
}

const none: readonly Skip[] = [];

/** Understands a framed line, or the line inside it that its checksum shows. */
export function readLine({ read, lineIn }: Pick<Dialect, "read" | "lineIn">, bytes: Buffer, crc: boolean): ReadLine {
  const whole = read(bytes, crc);
  const part = isNone(whole) ? lineIn(bytes, crc) : undefined;
  if (part === undefined) return { line: whole, skips: none };
  const skips: Skip[] = [];
  if (part.start > 0) skips.push({ name: "text", where: "front", byteCount: part.start });
  if (part.end < bytes.length) skips.push({ name: "spaces", where: "end", byteCount: bytes.length - part.end });
  return { line: read(bytes.subarray(part.start, part.end), crc), skips };
}

function isNone({ kind }: McuLine): boolean {
  return kind === "damaged" || kind === "log" || kind === "unmatched" || kind === "malformed";
}
