import { isUtf8 } from "node:buffer";
import { visible } from "../runtime/text.ts";

/** Bytes on one line of a terminal, which they cannot steer: text as text, and what is none as `\xHH`. */
export function shownBytes(bytes: Buffer): string {
  if (isUtf8(bytes)) return visible(bytes.toString());
  let text = "";
  for (const byte of bytes)
    text +=
      byte < 0x20 || byte >= 0x7f
        ? `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`
        : String.fromCharCode(byte);
  return text;
}
