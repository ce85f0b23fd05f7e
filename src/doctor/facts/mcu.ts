import type { BoardConfig } from "../../config/board-config.ts";
import { checksum } from "../../protocol/crc16.ts";
import type { Dialect } from "../../protocol/dialect.ts";
import { probeLine, spoilerLine } from "../../protocol/gateway-line.ts";
import { type WireFormat, wireTimeMs } from "../../protocol/wire-time.ts";
import { type OpeningEvent, openLink } from "../../serial/link.ts";
import { type Instead, isAnswered, type Trial } from "../checks/mcu.ts";
import { Heard, type HeardDialect } from "./heard.ts";
import { readRawBytes } from "./raw-bytes.ts";
import { formatIn, noBareProbe } from "./strict-reading.ts";

/** How long an answer is waited for: at the configured rate, and at each of the others. */
export interface AskingLimits {
  readonly configuredMs: number;
  readonly otherMs: number;
}

/** A boot loader holds a board that opening has reset for so long at most; then the firmware starts and answers. */
const bootLoaderMs = 2000;

export const patience: AskingLimits = { configuredMs: bootLoaderMs + 3000, otherMs: bootLoaderMs + 500 };

const askAgainMs = 500;

/**
 * Once it has answered it is asked again, until it has said the same twice: noise makes another answer of one. A console's
 * prompt, printed behind each line, is in front of the next. So long that is waited for.
 */
const confirmMs = 1500;

/** At 300 baud a hello of some 60 bytes takes 2 s; when its answer is asked for, the one to a question before may be on its way. */
export function confirmLimitMs(helloBytes: number, format: WireFormat): number {
  return confirmMs + 2 * wireTimeMs(helloBytes, format);
}

/** For firmware that wants a checksum of every line, which it may not of a probe. */
const checkedProbe = Buffer.concat([spoilerLine, Buffer.from(`?*${checksum(Buffer.from("?"))}\n`)]);

const probeInCrLf = Buffer.from(probeLine(true).toString("latin1").replaceAll("\n", "\r\n"), "latin1");

/** The rates that firmware is written with, the likeliest first. */
const commonRates = [115_200, 9600, 57_600, 38_400, 19_200, 230_400, 460_800, 921_600] as const;

/** How long asking at the other rates takes at most. */
export const otherRatesLimitMs = commonRates.length * patience.otherMs;

/** Whom to ask, how, and how patiently. */
export interface Asking {
  readonly serial: BoardConfig["serial"];
  readonly dialect: HeardDialect & { readonly probe: NonNullable<Dialect["probe"]> };
  readonly limits: AskingLimits;
}

/** What came of one opening of the port. */
interface Opening {
  readonly trial: Trial;
  /** Whether it has said the same twice: noise does not. */
  readonly isConfirmed: boolean;
}

export interface McuTrials {
  readonly first: Trial;
  readonly others: readonly Trial[];
  /** Whether the MCU's boot word was another one after the port had been closed and opened; undefined where that is not known. */
  readonly hasRestarted: boolean | undefined;
}

/**
 * Opens the port and asks the MCU who it is; where it does not answer, at other rates as well, until it does. To an
 * MCU that knows the line protocol bytes at a wrong rate are noise and no command; of others that is not known, so they
 * are asked at their own rate only.
 *
 * @param onSilence told before the other rates are tried
 */
export async function askMcu(asking: Asking, onSilence: () => void): Promise<McuTrials> {
  const { serial, limits } = asking;
  const opening = await askAt(asking, serial.baudRate, limits.configuredMs);
  const { trial: first } = opening;
  if (first.answer.kind === "hello") {
    const { hasRestarted, keepsCr } = await askAgain(asking, opening, first.answer.hello.boot);
    return { first: { ...first, lines: { ...first.lines, keepsCr } }, others: [], hasRestarted };
  }
  const others: Trial[] = [];
  const isSilent = first.answer.kind === "none" && first.answer.lineCount === 0;
  if (isSilent && serial.dialect === "rrpc") {
    const instead = await findInstead(asking, first);
    if (instead !== undefined)
      return { first: { ...first, answer: { ...first.answer, instead } }, others: [], hasRestarted: undefined };
  }
  const { otherLineEnd } = first.lines;
  if (isSilent && otherLineEnd !== undefined) {
    // Noise of a wrong rate may look so; a hello does not.
    const ended = { ...asking, serial: { ...serial, lineEnd: otherLineEnd } };
    const { trial } = await askAt(ended, serial.baudRate, limits.otherMs);
    if (isAnswered(trial)) return { first, others, hasRestarted: undefined };
  }
  if (isSilent && serial.dialect === "rrpc") {
    onSilence();
    for (const baudRate of commonRates.filter((rate) => rate !== serial.baudRate)) {
      const { trial } = await askAt(asking, baudRate, limits.otherMs);
      others.push(trial);
      if (isAnswered(trial)) break;
    }
  }
  return { first, others, hasRestarted: undefined };
}

/** What an MCU does that does not answer: it sends something, or it takes another probe. */
async function findInstead(asking: Asking, { answer, lines }: Trial): Promise<Instead | undefined> {
  if (lines.otherLineEnd !== undefined || answer.kind !== "none") return undefined;
  if (answer.strayBytes > 0) return formatIn(await readRawBytes(asking.serial, asking.dialect.probe(true)));
  const { trial } = await askAt(asking, asking.serial.baudRate, asking.limits.otherMs, checkedProbe);
  return trial.answer.kind === "hello" ? noBareProbe : undefined;
}

/**
 * Closes the port and asks again, with a CR in front of each LF: that is dropped, or it becomes a part of the line.
 *
 * @returns `hasRestarted` undefined where it is not known: noise on the line may have made the boot words differ
 */
async function askAgain(
  asking: Asking,
  before: Opening,
  boot: string | undefined,
): Promise<{ readonly hasRestarted: boolean | undefined; readonly keepsCr: boolean }> {
  if (boot === undefined || !before.isConfirmed) return { hasRestarted: undefined, keepsCr: false };
  const { serial, limits } = asking;
  const takesCrLf = serial.dialect === "rrpc" && serial.lineEnd === "lf";
  const inCrLf = await askAt(asking, serial.baudRate, limits.configuredMs, takesCrLf ? probeInCrLf : undefined);
  const isSilent = takesCrLf && inCrLf.trial.answer.kind === "none";
  // Only where it answers without the CR, the CR is to blame.
  const { trial, isConfirmed } = isSilent ? await askAt(asking, serial.baudRate, limits.configuredMs) : inCrLf;
  const after = isConfirmed && trial.answer.kind === "hello" ? trial.answer.hello.boot : undefined;
  return { hasRestarted: after === undefined ? undefined : after !== boot, keepsCr: isSilent && isConfirmed };
}

/** One opening of the port, to its end: settles when the port is closed again. */
function askAt(
  { serial, dialect }: Asking,
  baudRate: number,
  limitMs: number,
  question = dialect.probe(true),
): Promise<Opening> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    let isWriting = false;
    let hang: string | undefined;
    let askAgain: NodeJS.Timeout | undefined;
    let limit: NodeJS.Timeout | undefined;
    const heard = new Heard(dialect, question);
    const link = openLink({ ...serial, baudRate, lineBytesMax: serial.replyBytesMax }, onEvent);

    function ask(): void {
      if (isWriting) return;
      isWriting = true;
      link.write(question);
    }

    function onLine(came: Buffer): void {
      const before = heard.answer?.kind;
      const isHello = heard.take(came, performance.now() - startedAt);
      const kind = heard.answer?.kind;
      if (kind === undefined) return;
      const isConfirmed = kind === "hello" && heard.isConfirmed;
      if (isConfirmed || (before !== undefined && isHello && heard.lines.front !== undefined)) link.close();
      else if (kind !== before) {
        clearTimeout(limit);
        // What speaks another version may be a boot loader: the firmware behind it has the last word.
        const startMs = kind === "other_version" ? bootLoaderMs : 0;
        limit = setTimeout(() => link.close(), startMs + confirmLimitMs(came.length, { ...serial, baudRate }));
        ask();
      }
    }

    function onEvent(event: OpeningEvent): void {
      switch (event.kind) {
        case "up":
          limit = setTimeout(() => link.close(), limitMs);
          askAgain = setInterval(ask, askAgainMs);
          ask();
          break;
        case "line":
          onLine(event.bytes);
          break;
        case "other_line_end":
          heard.lines = { ...heard.lines, otherLineEnd: event.ours === "lf" ? "cr" : "lf" };
          break;
        case "overlong":
        case "discarded":
          heard.strayBytes += event.byteCount;
          break;
        case "written":
          isWriting = false;
          break;
        case "note":
        case "closing":
          break;
        case "opening_hangs":
          hang = event.text;
          link.close();
          break;
        case "down": {
          clearTimeout(limit);
          clearInterval(askAgain);
          const { kind, message, hint } = event.cause;
          const { answer, lines, echoCount, isConfirmed } = heard;
          const seen = { baudRate, lines, echoCount };
          if (answer !== undefined) resolve({ trial: { ...seen, answer }, isConfirmed });
          else if (hang !== undefined)
            resolve(unconfirmed({ ...seen, answer: { kind: "no_port", message: hang, hint } }));
          else if (kind === "closed") resolve(unconfirmed({ ...seen, answer: heard.noAnswer }));
          else resolve(unconfirmed({ ...seen, answer: { kind: "no_port", message, hint } }));
          break;
        }
        default:
          event satisfies never;
      }
    }
  });
}

function unconfirmed(trial: Trial): Opening {
  return { trial, isConfirmed: false };
}
