import { isUtf8 } from "node:buffer";
import { escapeCharacter, visible } from "../runtime/text.ts";

/** Bytes on one line of a terminal, which they cannot steer, as they can be typed: text as text, and each byte of what is none as `\xHH`. */
export function shownBytes(bytes: Buffer): string {
  if (!isUtf8(bytes)) return bytes.toString("latin1").replace(/[^ -~]/g, escapeCharacter);
  return bytes.toString().replace(/[^ -~]/gu, (one) => (visible(one) === one ? one : escapedBytes(one)));
}

const escapedBytes = (character: string) => Buffer.from(character).toString("latin1").replace(/./gs, escapeCharacter);
