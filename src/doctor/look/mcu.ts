import type { Config } from "../../config/load.ts";
import type { Dialect } from "../../line/dialect.ts";
import { readLine } from "../../line/read-line.ts";
import { linesIn } from "../../line/written-lines.ts";
import { type LinkEvent, openLink } from "../../serial/link.ts";
import { type LineFacts, noLines } from "../judge/lines.ts";
import type { Trial } from "../judge/mcu.ts";

/** How long an answer is waited for: at the configured rate, and at each of the others. */
export interface AskingLimits {
  readonly configuredMs: number;
  readonly otherMs: number;
}

/** A boot loader holds a board that opening has reset for up to 2 s; then it starts and answers. */
export const patience: AskingLimits = { configuredMs: 5000, otherMs: 2500 };

const askAgainMs = 500;

/**
 * Once it has said hello it is asked again: a console prints its prompt behind each line, which is in front of the next. So
 * long the second hello is waited for.
 */
const secondHelloMs = 1000;

/** The rates that firmware is written with, the likeliest first. */
const commonRates = [115_200, 9600, 57_600, 38_400, 19_200, 230_400, 460_800, 921_600] as const;

/** How long asking at the other rates takes at most. */
export const otherRatesLimitMs = commonRates.length * patience.otherMs;

/** Whom to ask, how, and how patiently. */
export interface Asking {
  readonly serial: Config["serial"];
  readonly dialect: Pick<Dialect, "frame" | "read" | "lineIn" | "misframedLine"> & {
    readonly probe: NonNullable<Dialect["probe"]>;
  };
  readonly limits: AskingLimits;
}

export interface McuTrials {
  readonly first: Trial;
  readonly others: readonly Trial[];
  /** Whether the MCU's boot word was another one after the port had been closed and opened. */
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
  const first = await askAt(asking, serial.baudRate, limits.configuredMs);
  if (first.answer.kind === "hello") {
    return { first, others: [], hasRestarted: await restarts(asking, first.answer.hello.boot) };
  }
  const others: Trial[] = [];
  const isSilent = first.answer.kind === "none" && first.answer.lineCount === 0;
  const { otherLineEnd } = first.lines;
  if (isSilent && otherLineEnd !== undefined) {
    // Noise of a wrong rate may look so; a hello does not.
    const ended = { ...asking, serial: { ...serial, lineEnd: otherLineEnd } };
    const { answer } = await askAt(ended, serial.baudRate, limits.otherMs, false);
    if (answer.kind === "hello" || answer.kind === "other_version") return { first, others, hasRestarted: undefined };
  }
  if (isSilent && serial.dialect === "rrpc") {
    onSilence();
    for (const baudRate of commonRates.filter((rate) => rate !== serial.baudRate)) {
      const trial = await askAt(asking, baudRate, limits.otherMs);
      others.push(trial);
      if (trial.answer.kind === "hello" || trial.answer.kind === "other_version") break;
    }
  }
  return { first, others, hasRestarted: undefined };
}

async function restarts(asking: Asking, boot: string | undefined): Promise<boolean | undefined> {
  if (boot === undefined) return undefined;
  const { answer } = await askAt(asking, asking.serial.baudRate, asking.limits.configuredMs, false);
  return answer.kind === "hello" && answer.hello.boot !== undefined ? answer.hello.boot !== boot : undefined;
}

/** Noise of a wrong rate has a printable byte now and then, hardly four in a row and nothing else. */
function isLegible(bytes: Buffer): boolean {
  return /^[\x20-\x7e]{4,}$/.test(bytes.toString("latin1"));
}

/** One opening of the port, to its end: settles when the port is closed again. */
function askAt({ serial, dialect }: Asking, baudRate: number, limitMs: number, asksTwice = true): Promise<Trial> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    let answer: Trial["answer"] | undefined;
    let lineCount = 0;
    let strayBytes = 0;
    let echoCount = 0;
    let isWriting = false;
    let hang: string | undefined;
    let askAgain: NodeJS.Timeout | undefined;
    let limit: NodeJS.Timeout | undefined;
    let lines: LineFacts = noLines;
    const question = dialect.probe(true);
    const own = linesIn(question).map((line) => dialect.frame(line).bytes);
    const link = openLink({ ...serial, baudRate, lineBytesMax: serial.replyBytesMax }, onEvent);

    function ask(): void {
      if (isWriting) return;
      isWriting = true;
      link.write(question);
    }

    function onLine(came: Buffer): void {
      const framed = dialect.frame(came);
      const { bytes } = framed;
      if (bytes.length === 0) return;
      if (own.some((line) => line.equals(bytes))) {
        echoCount += 1;
        return;
      }
      const { line, skips } = readLine(dialect, bytes, false);
      const isHello = line.kind === "hello" || isMisframedHello(bytes);
      const wasAnswered = answer !== undefined;
      if (line.kind === "hello") {
        lines = { ...lines, helloCount: lines.helloCount + 1, skips: [...framed.skips, ...skips] };
        answer ??= { kind: "hello", hello: line.hello, tookMs: performance.now() - startedAt };
      } else if (line.kind === "unsupported_version") answer ??= { kind: "other_version", version: line.version };
      else if (isLegible(bytes)) lineCount += 1;
      else strayBytes += bytes.length;
      if (line.kind === "damaged") lines = { ...lines, checksum: line.checksum };
      if (answer === undefined) return;
      if (!wasAnswered && answer.kind === "hello" && asksTwice) {
        clearTimeout(limit);
        limit = setTimeout(() => link.close(), secondHelloMs);
        ask();
      } else if (isHello || !wasAnswered) link.close();
    }

    function isMisframedHello(bytes: Buffer): boolean {
      const found = dialect.misframedLine(bytes, () => false);
      if (found?.kind !== "hello") return false;
      lines = { ...lines, front: Buffer.from(bytes.subarray(0, found.frontByteCount)) };
      return true;
    }

    function onEvent(event: LinkEvent): void {
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
          lines = { ...lines, otherLineEnd: event.ours === "lf" ? "cr" : "lf" };
          break;
        case "overlong":
        case "discarded":
          strayBytes += event.byteCount;
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
          const seen = { baudRate, lines, echoCount };
          if (answer !== undefined) resolve({ ...seen, answer });
          else if (hang !== undefined) resolve({ ...seen, answer: { kind: "no_port", message: hang, hint } });
          else if (kind === "closed") resolve({ ...seen, answer: { kind: "none", lineCount, strayBytes } });
          else resolve({ ...seen, answer: { kind: "no_port", message, hint } });
          break;
        }
        default:
          event satisfies never;
      }
    }
  });
}
