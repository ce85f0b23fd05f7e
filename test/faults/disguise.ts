import { openPty, type Pty, type PtyOptions } from "../../src/simulator/mcu/pty.ts";

/** Between the gateway's tty and the virtual MCU, which so becomes a board of another kind; to be changed while it runs. */
export interface Disguise {
  /** For the virtual MCU's options. */
  readonly openTty: (options: PtyOptions) => Promise<Pty>;
  /** What the board gets of a line from the gateway, LF included; "" for nothing of it. */
  hear: (line: string) => string;
  /** What leaves the board for a line that the MCU says, LF included. */
  say: (line: string) => string;
  /** What the gateway writes comes back to it, as on a line for one at a time. */
  echoes: boolean;
}

export const asItIs = (line: string) => line;

/** Nothing is changed but what is given. Lines are strings with one character for each byte. */
export function createDisguise(given: Partial<Omit<Disguise, "openTty">> = {}): Disguise {
  const disguise: Disguise = {
    hear: asItIs,
    say: asItIs,
    echoes: false,
    ...given,
    async openTty(options) {
      const heard = byLine((line) => disguise.hear(line));
      const said = byLine((line) => disguise.say(line));
      const pty = await openPty({
        ...options,
        onBytes(bytes) {
          if (disguise.echoes) pty.write(bytes);
          const changed = heard(bytes);
          if (changed.length > 0) options.onBytes(changed);
        },
      });
      return { ...pty, write: (bytes) => pty.write(said(bytes)) };
    },
  };
  return disguise;
}

/** Whole lines are changed; what has no end yet waits for it. */
function byLine(change: (line: string) => string): (bytes: Uint8Array) => Buffer {
  let half = "";
  return (bytes) => {
    const lines = (half + Buffer.from(bytes).toString("latin1")).split(/(?<=\n)/);
    half = lines.at(-1)?.endsWith("\n") ? "" : (lines.pop() ?? "");
    return Buffer.from(lines.map(change).join(""), "latin1");
  };
}
