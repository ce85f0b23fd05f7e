import { withChecksum } from "./crc.ts";

/** A flood from a faulty line, one character for each byte: noise without a line end, or replies without a request. */
export function floodBytes(bytes: number, form: "noise" | "replies", checked: boolean): string {
  // A line that toggles at the bit rate is read as 0x55.
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
