import type { LineEvent } from "../gateway/boundary.ts";
import { type WireFormat, wireTimeMs } from "../protocol/wire-time.ts";

/**
 * Whether the kernel gathers an open port's lines (canonical mode of its tty): it then wakes us once for a line, not for each
 * piece of it. That takes up to a quarter off the CPU of a request, and is worth nothing on a line that is hardly used.
 *
 * What the kernel gathers is not seen before its line end, so it gathers only while one whole line follows another. The opening
 * begins raw, and at the first doubt it is raw again: what has been gathered is then read, counted and told as ever.
 */
export interface CanonicalMode {
  /** Bytes that have come in, before they are cut. */
  came(bytes: Buffer): void;
  /** What was cut of them. */
  cut(event: LineEvent): void;
  /** Makes the port raw for good. Undefined if it is; else it is when this resolves. */
  end(): Promise<void> | undefined;
  /** The port is closed: nothing more is done to it. */
  stop(): void;
}

export interface CanonicalModeOptions {
  readonly format: WireFormat;
  /** Whether the options of the port admit it, as they are now. */
  readonly isPossible: () => boolean;
  /** Sets the tty's modes, in the words of stty(1), and says whether they are set; undefined where stty could not be run. */
  readonly setModes: (modes: string) => Promise<boolean | undefined>;
  /** A line without an end has filled the kernel's buffer: it has discarded, without a count, what came then. */
  readonly onOverflow: () => void;
  /** The port cannot be made raw again: only another opening can. */
  readonly onStuck: () => void;
}

/** N_TTY_BUF_SIZE of the kernel, less one: what an unfinished line has beyond is discarded. */
export const gatheredBytesMax = 4095;

/**
 * So many whole lines in so long a time, and nothing else: to change the mode and back takes two processes, some 4 ms of CPU in
 * all, as much as it saves in so many lines.
 */
const provenLines = 50;
const provenWithinMs = 2000;
/** And in no shorter one: a board that is whole and torn in turns does not cost more than 2 % of the CPU. */
const provenMsMin = 250;

/** Looking more often would cost more than is gained: lines faster than 1 Mbaud stay raw. */
const lookMsMin = 10;
const lookMsMax = 150;

const NUL = 0;

/** No character but LF means anything: a control byte is a byte of its line, as in the raw way. */
const canonicalModes = "icanon -isig -iexten -echo eof undef eol undef eol2 undef erase undef kill undef";
/** With the characters that the kernel gives a new tty. */
const rawModes = "-icanon eof ^D erase ^? kill ^U";

export function createCanonicalMode(options: CanonicalModeOptions): CanonicalMode {
  // While the kernel's buffer can be filled three looks pass: two until the quiet is seen, and one for stty, which takes 5 ms.
  const lookMs = Math.min(lookMsMax, wireTimeMs(gatheredBytesMax, options.format) / 3);
  let mode: "raw" | "changing" | "canonical" | "refused" = lookMs < lookMsMin ? "refused" : "raw";
  let changing: Promise<void> | undefined;
  let isEnded = false;
  let isStopped = false;
  /** Of the proof, from its first one on; in canonical mode since the last look. */
  let lineCount = 0;
  let sinceMs = 0;
  let looking: NodeJS.Timeout | undefined;
  let isDoubted = false;

  function judge(): void {
    const forMs = performance.now() - sinceMs;
    if (forMs > provenWithinMs || !options.isPossible()) lineCount = 0;
    else if (forMs >= provenMsMin) {
      mode = "changing";
      isDoubted = false;
      changing = enter();
    }
  }

  async function enter(): Promise<void> {
    const isSet = await options.setModes(canonicalModes);
    if (isStopped) return;
    if (isSet !== true) {
      await leave(); // Some of it may be set.
      mode = "refused";
    } else if (isDoubted) await leave();
    else {
      mode = "canonical";
      lineCount = 0;
      looking = setInterval(look, lookMs);
    }
  }

  /** Whether no line has come since the last look: the MCU is silent, or babbles without line ends. */
  function look(): void {
    if (lineCount === 0 || !options.isPossible()) doubt();
    lineCount = 0;
  }

  function doubt(): void {
    isDoubted = true;
    if (mode === "canonical") changing = leave();
    else if (mode === "raw") lineCount = 0;
  }

  async function leave(): Promise<void> {
    mode = "changing";
    clearInterval(looking);
    const isSet = (await options.setModes(rawModes)) ?? (await options.setModes(rawModes));
    mode = "raw";
    lineCount = 0;
    if (isSet !== true && !isStopped) options.onStuck();
  }

  return {
    came(bytes) {
      // The kernel drops a NUL at the end of what is unread while the mode changes.
      if ((mode === "raw" || mode === "changing") && bytes.includes(NUL)) doubt();
    },
    cut(event) {
      if (event.kind !== "line") {
        if (mode === "canonical" && event.kind === "overlong" && event.byteCount >= gatheredBytesMax)
          options.onOverflow();
        return doubt();
      }
      lineCount += 1;
      if (mode !== "raw") return;
      if (lineCount === 1) sinceMs = performance.now();
      if (lineCount >= provenLines && !isEnded) judge();
    },
    end() {
      isEnded = true;
      doubt();
      return mode === "changing" ? changing : undefined;
    },
    stop() {
      isStopped = true;
      clearInterval(looking);
    },
  };
}
