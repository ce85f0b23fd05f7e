import type { LineEvent } from "../gateway/boundary.ts";
import { type WireFormat, wireTimeMs } from "../protocol/wire-time.ts";

/**
 * Whether the kernel gathers an open port's lines (canonical mode of its tty): it then wakes us once for a line, not for each
 * piece of it. That takes up to a quarter off the CPU of a request, and is worth nothing on a line that is hardly used.
 *
 * What the kernel gathers is not seen before its line end, so it gathers only while one whole line follows another. The opening
 * begins raw, and at the first doubt it is raw again: what has been gathered is then read, counted and told as ever.
 *
 * It is a mere saving: where stty does not do as it should, the port stays raw, until the gateway starts anew.
 */
export interface CanonicalMode {
  /** Bytes that have come in, before they are cut. */
  came(bytes: Buffer): void;
  /** What was cut of them. */
  cut(event: LineEvent): void;
  /** Makes the port raw for good. Undefined if it is; else it has been tried when this resolves, to whether it is. */
  end(): Promise<boolean> | undefined;
  /** The port is closed: nothing more is done to it. */
  stop(): void;
}

export interface CanonicalModeOptions {
  readonly path: string;
  readonly format: WireFormat;
  /** Whether the options of the port admit it, as they are now. */
  readonly isPossible: () => boolean;
  /** Sets the tty's modes, in the words of stty(1), and says whether they are set; undefined where that is not known. */
  readonly setModes: (modes: string) => Promise<boolean | undefined>;
  /** Hands on, by `came` and `cut`, what the kernel has gathered. */
  readonly readRest: () => void;
  /** A line without an end has filled the kernel's buffer: it has discarded, without a count, what came then. */
  readonly onOverflow: () => void;
  /** The port cannot be made raw again: only another opening can. That one stays raw. */
  readonly onStuck: () => void;
}

/** N_TTY_BUF_SIZE of the kernel, less one: what an unfinished line has beyond is discarded. */
export const gatheredBytesMax = 4095;

/** To change the mode and back takes two processes, some 4 ms of a PC's CPU in all: as much as it saves in so many lines. */
const provenLinesMin = 50;
/** Slower lines would not bring that in before a pause does. */
const lineMsMax = 40;
/** Of lines that come several at once, or whole, the kernel would make more reads, or as many. */
const readsPerLineMin = 1.5;

/** A period of fewer lines has not paid. The proof for the next one is then twice as long, up to a proof that costs nothing to speak of. */
const paidLines = 4 * provenLinesMin;
const provenLinesMax = 128 * provenLinesMin;
/** After so many it is proven anew that lines come in pieces: a hundredth of what is saved. */
const periodLinesMax = 100 * provenLinesMin;

/** Looking more often would cost more than is gained: lines faster than 1 Mbaud stay raw. */
const lookMsMin = 10;
const lookMsMax = 150;

const NUL = 0;
const LF = 0x0a;

/** No character but LF means anything: a control byte is a byte of its line, as in the raw way. */
export const canonicalModes = "icanon -isig -iexten -echo eof undef eol undef eol2 undef erase undef kill undef";
/** With the characters that the kernel gives a new tty. */
const rawModes = "-icanon eof ^D erase ^? kill ^U";

/** Whether stty does as it should, by path of the port, as far as this process knows; it does not while it is tried. */
const fitness = new Map<string, boolean>();

export function createCanonicalMode(options: CanonicalModeOptions): CanonicalMode {
  const { path, setModes } = options;
  // While the kernel's buffer can be filled three looks pass: two until the quiet is seen, and one for stty, which takes 5 ms.
  const lookMs = Math.min(lookMsMax, wireTimeMs(gatheredBytesMax, options.format) / 3);
  /** "entering" and "leaving" as long as stty runs. */
  let mode: "raw" | "entering" | "canonical" | "leaving" = "raw";
  let period: Promise<boolean> | undefined;
  /** The port stays raw, or becomes raw for good. */
  let isOver = lookMs < lookMsMin || fitness.get(path) === false;
  let isDoubted = false;
  let onDoubt = () => {};
  let looking: NodeJS.Timeout | undefined;
  /** Since the proof began, or the period. */
  let lineCount = 0;
  let readCount = 0;
  let sinceMs = 0;
  let linesToProve = provenLinesMin;
  /** Read of the line under way while the mode is left: the kernel had gathered it. */
  let halfLineBytes = 0;

  function judge(): void {
    const isSteady = performance.now() - sinceMs <= lineCount * lineMsMax;
    const isInPieces = readCount >= lineCount * readsPerLineMin;
    lineCount = 0;
    if (!isSteady || !isInPieces || !options.isPossible()) return;
    if (fitness.get(path) === true) period = gather();
    else void tryStty();
  }

  /** Sets what is set already, while another proof goes on: an stty that cannot do this could not end the mode either. */
  async function tryStty(): Promise<void> {
    fitness.set(path, false);
    const isSet = await setModes(rawModes);
    if (isSet === true) fitness.set(path, true);
    else if (isOver)
      fitness.delete(path); // The closing has cut it short.
    else isOver = true;
  }

  /** One period in which the kernel gathers lines; says whether the port is raw after it. */
  async function gather(): Promise<boolean> {
    mode = "entering";
    isDoubted = false;
    const isSet = await setModes(canonicalModes);
    if (isSet === true && !isDoubted) await firstDoubt();
    // What stty has refused it may have set in part. If it refuses this as well, it has set nothing.
    const isRaw = (await leave()) || isSet === false;
    if (!isOver && !(isSet === true && isRaw)) {
      isOver = true;
      fitness.set(path, false);
      if (!isRaw) options.onStuck();
    }
    linesToProve = lineCount < paidLines ? Math.min(2 * linesToProve, provenLinesMax) : provenLinesMin;
    lineCount = 0;
    mode = "raw";
    return isRaw;
  }

  async function firstDoubt(): Promise<void> {
    mode = "canonical";
    let countAtLook = lineCount;
    // No line since the last look: the MCU is silent, or babbles without line ends.
    looking = setInterval(() => {
      if (lineCount === countAtLook || lineCount >= periodLinesMax || !options.isPossible()) doubt();
      countAtLook = lineCount;
    }, lookMs);
    await new Promise<void>((resolve) => {
      onDoubt = resolve;
    });
    clearInterval(looking);
  }

  async function leave(): Promise<boolean> {
    mode = "leaving";
    halfLineBytes = 0;
    const isRaw = (await setModes(rawModes)) === true || (await setModes(rawModes)) === true;
    if (isRaw) options.readRest();
    if (halfLineBytes >= gatheredBytesMax) options.onOverflow();
    return isRaw;
  }

  function doubt(): void {
    isDoubted = true;
    if (mode === "raw") lineCount = 0;
    else onDoubt();
  }

  return {
    came(bytes) {
      if (mode === "canonical") return;
      readCount += 1;
      if (mode === "leaving") halfLineBytes = bytesBehindLineEnd(halfLineBytes, bytes);
      // The kernel drops a NUL at the end of what is unread while the mode changes.
      else if (bytes.includes(NUL)) doubt();
    },
    cut(event) {
      if (event.kind !== "line") {
        const isGathered = mode === "canonical" || mode === "leaving";
        if (isGathered && event.kind === "overlong" && event.byteCount >= gatheredBytesMax) options.onOverflow();
        return doubt();
      }
      lineCount += 1;
      if (mode !== "raw") return;
      if (lineCount === 1) {
        sinceMs = performance.now();
        readCount = 0;
      } else if (lineCount >= linesToProve && !isOver) judge();
    },
    end() {
      isOver = true;
      doubt();
      return mode === "raw" ? undefined : period;
    },
    stop() {
      isOver = true;
      clearInterval(looking);
    },
  };
}

function bytesBehindLineEnd(before: number, bytes: Buffer): number {
  const endAt = bytes.lastIndexOf(LF);
  return endAt === -1 ? before + bytes.length : bytes.length - endAt - 1;
}
