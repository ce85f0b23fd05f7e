/** Why a line was lost. */
export type LossReason = "drop" | "silence" | "unplugged";

/** What happened to a line (without its LF), or to the MCU. `received`: from the gateway; `sent`: to it. */
export type McuObservation =
  | { readonly kind: "received" | "sent"; readonly line: Buffer; readonly garbled: boolean }
  | { readonly kind: "lost"; readonly direction: "received" | "sent"; readonly why: LossReason; readonly line: Buffer }
  /** A line longer than the MCU's limit was dropped. */
  | { readonly kind: "overlong" }
  /** A half line was dropped after half a second of silence. */
  | { readonly kind: "torn" }
  /** Bytes were lost because the receive buffer was full. */
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
      return "<x a line longer than the limit: dropped";
    case "torn":
      return "<x a half line: dropped after half a second of silence";
    case "overflowed":
      return `<x ${observation.bytes} bytes: lost, the receive buffer was full`;
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

/** As UTF-8, with control bytes as `\xHH`: a line must not control the reader's terminal. */
function printable(line: Buffer): string {
  return line.toString("utf8").replace(/\p{Cc}/gu, (control) => {
    return `\\x${control.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  });
}
