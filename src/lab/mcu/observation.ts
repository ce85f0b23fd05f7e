/** Why a line that somebody said reached nobody. */
export type LossReason = "drop" | "silence" | "unplugged";

/** What befell a line (without its LF), or the MCU. `received` is the gateway's direction, `sent` the MCU's. */
export type McuObservation =
  | { readonly kind: "received" | "sent"; readonly line: Buffer; readonly garbled: boolean }
  | { readonly kind: "lost"; readonly direction: "received" | "sent"; readonly why: LossReason; readonly line: Buffer }
  /** A line was longer than the MCU's limit and is gone. */
  | { readonly kind: "overlong" }
  /** Half a second passed amid a line, and it is gone. */
  | { readonly kind: "torn" }
  /** Bytes found the receive buffer full. */
  | { readonly kind: "overflowed"; readonly bytes: number }
  | { readonly kind: "restarted"; readonly boot: string }
  | { readonly kind: "unplugged" }
  | { readonly kind: "plugged"; readonly path: string };

/** One line of a log for people: `<-` from the gateway, `->` to it. */
export function describeObservation(observation: McuObservation): string {
  switch (observation.kind) {
    case "received":
      return `<- ${printable(observation.line)}${observation.garbled ? "   (one bit flipped)" : ""}`;
    case "sent":
      return `-> ${printable(observation.line)}${observation.garbled ? "   (one bit flipped)" : ""}`;
    case "lost":
      return `${observation.direction === "received" ? "<x" : "x>"} ${printable(observation.line)}   (${observation.why})`;
    case "overlong":
      return "<x a line longer than the limit";
    case "torn":
      return "<x a half line: nothing came for half a second";
    case "overflowed":
      return `<x ${observation.bytes} bytes found the receive buffer full`;
    case "restarted":
      return `restarted boot=${observation.boot}`;
    case "unplugged":
      return "unplugged";
    case "plugged":
      return `plugged tty=${observation.path}`;
    default:
      return observation satisfies never;
  }
}

/** As UTF-8, with control bytes as `\xHH`: a line must not steer the reader's terminal. */
function printable(line: Buffer): string {
  return line.toString("utf8").replace(/\p{Cc}/gu, (control) => {
    return `\\x${control.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  });
}
