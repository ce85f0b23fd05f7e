import type { Hello } from "./hello.ts";

/** A hello for people, in the protocol's own words: such as `pump-1.4.2, window 2, line 256, crc on, dedup 4, …`. */
export function describeHello({ window, lineBytesMax, crc, dedup, cancel, boot, firmware }: Hello): string {
  const words = [
    firmware ?? "no firmware name",
    `window ${window ?? 1}`,
    `line ${lineBytesMax ?? "not said"}`,
    `crc ${crc ? "on" : "off"}`,
    `dedup ${dedup}`,
    `cancel ${cancel ? "yes" : "no"}`,
    `boot ${boot ?? "not said"}`,
  ];
  return words.join(", ");
}
