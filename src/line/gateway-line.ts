import { checksum } from "./crc16.ts";
import { escapePayload, isPlainByte } from "./escape.ts";

/**
 * The lines that the gateway writes, LF included. `crc` is whether the MCU's last hello said `crc=1`: then every
 * line carries a checksum (line protocol, "Checksum").
 */

export const lineEnd = Buffer.from("\n");

/** `>ID PAYLOAD`. The id is one that `isId` accepts; what is not `isPlain` is escaped. */
export function commandLine(id: string, payload: Buffer, crc: boolean, isPlain = isPlainByte): Buffer {
  const head = Buffer.from(payload.length > 0 ? `>${id} ` : `>${id}`, "latin1");
  return ended(Buffer.concat([head, escapePayload(payload, isPlain)]), crc);
}

/** `~ID`. */
export function cancelLine(id: string, crc: boolean): Buffer {
  return ended(Buffer.from(`~${id}`, "latin1"), crc);
}

/**
 * `? LF`, and with `resync` an LF before it that ends whatever half line the MCU still holds. Never with a checksum:
 * the MCU always accepts a bare `?`, also after a restart that the gateway has not noticed.
 */
export function probeLine(resync: boolean): Buffer {
  return Buffer.from(resync ? "\n?\n" : "?\n");
}

function ended(body: Buffer, crc: boolean): Buffer {
  return Buffer.concat(crc ? [body, Buffer.from(`*${checksum(body)}`, "latin1"), lineEnd] : [body, lineEnd]);
}
