import { checksum } from "./crc16.ts";
import { escapePayload, isPlainByte } from "./escape.ts";

/**
 * The lines that the gateway writes, LF included. `crc` is whether the MCU's last hello said `crc=1`: then every
 * line carries a checksum (line protocol, "Checksum").
 */

const lineEnd = Buffer.from("\n");

/** `>ID PAYLOAD`. The id is one that `isId` accepts; what is not `isPlain` is escaped. */
export function commandLine(id: string, payload: Buffer, crc: boolean, isPlain = isPlainByte): Buffer {
  const head = Buffer.from(payload.length > 0 ? `>${id} ` : `>${id}`, "latin1");
  return ended([head, escapePayload(payload, isPlain)], crc);
}

/** `~ID`. */
export function cancelLine(id: string, crc: boolean): Buffer {
  return ended([Buffer.from(`~${id}`, "latin1")], crc);
}

/**
 * A line that spoils whatever half line it is appended to: `\\!` is an escape that there is not, also behind a half one
 * (`\\`, `\\x`, `\\x4`). Alone it is a line with a right checksum and a sigil that nobody has (line protocol, "Half lines").
 */
export const spoilerLine = Buffer.from("\\!\\!*F46E\n");

const plainProbe = Buffer.from("?\n");

/**
 * `? LF`, and with `resync` the spoiler before it. Never with a checksum: the MCU always accepts a bare `?`, also after a
 * restart that the gateway has not noticed.
 */
export function probeLine(resync: boolean): Buffer {
  return resync ? Buffer.concat([spoilerLine, plainProbe]) : plainProbe;
}

function ended(body: readonly Buffer[], crc: boolean): Buffer {
  if (!crc) return Buffer.concat([...body, lineEnd]);
  return Buffer.concat([...body, Buffer.from(`*${checksum(Buffer.concat(body))}`, "latin1"), lineEnd]);
}
