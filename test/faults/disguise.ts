import { openPty, type Pty, type PtyOptions } from "../../src/lab/mcu/pty.ts";

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

/**
 * Nothing is changed but what is given. Lines are strings with one character for each byte; half a line is kept until
 * the rest of it comes, by whatever cable.
 */
export function createDisguise(
  given: Partial<Omit<Disguise, "openTty">> = {},
  openTty: Disguise["openTty"] = openPty,
): Disguise {
  const heard = byLine((line) => disguise.hear(line));
  const disguise: Disguise = {
    hear: asItIs,
    say: asItIs,
    echoes: false,
    ...given,
    async openTty(options) {
      const said = byLine((line) => disguise.say(line));
      const pty = await openTty({
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

const clearLine = "\x15";

/**
 * A console that knows neither ids nor probes: what is typed is done, what comes of it is said, and Ctrl-U takes back
 * what was typed before it.
 */
export function createConsole(given: Pick<Disguise, "echoes">, openTty?: Disguise["openTty"]): Disguise {
  let count = 0;
  const hear = (line: string) => {
    const typed = line.slice(line.lastIndexOf(clearLine) + 1);
    if (typed === "\n") return "";
    count += 1;
    return `>${count} ${typed}`;
  };
  const say = (line: string) => (line.startsWith("<") ? line.slice(line.indexOf(" ") + 1) : "");
  return createDisguise({ ...given, hear, say }, openTty);
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
