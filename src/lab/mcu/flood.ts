import { withChecksum } from "./crc.ts";

/** Much from a serial line in disorder, one character a byte: noise without a line end, or replies nobody waits for. */
export function floodBytes(bytes: number, form: "noise" | "replies", checked: boolean): string {
  // 0x55 is what a line toggling at the bit rate reads as.
  if (form === "noise") return "U".repeat(bytes);
  const lines: string[] = [];
  for (let length = 0, number = 1; length < bytes; number++) {
    const reply = `<flood-${number} ok`;
    const line = `${checked ? withChecksum(reply) : reply}\n`;
    lines.push(line);
    length += line.length;
  }
  return lines.join("");
}
