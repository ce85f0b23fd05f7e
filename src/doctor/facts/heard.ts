import type { Dialect } from "../../protocol/dialect.ts";
import type { Hello } from "../../protocol/hello.ts";
import { readLine } from "../../protocol/read-line.ts";
import { linesIn } from "../../protocol/written-lines.ts";
import { type DamagedHellos, type LineFacts, noLines } from "../checks/lines.ts";
import type { Answer, NoAnswer } from "../checks/mcu.ts";
import { readHelloStrictly } from "./strict-reading.ts";

export type HeardDialect = Pick<Dialect, "frame" | "read" | "lineIn" | "misframedLine">;

/** Hellos, or refusals to speak this version, that say the same. */
interface Said {
  readonly answer: Answer;
  count: number;
}

/** What has come from an MCU that is asked who it is, since the port was opened. */
export class Heard {
  lines: LineFacts = noLines;
  echoCount = 0;
  strayBytes = 0;
  #lineCount = 0;
  readonly #dialect: HeardDialect;
  /** The lines of the question, which may come back. */
  readonly #own: readonly Buffer[];
  readonly #said = new Map<string, Said>();
  readonly #damaged = new Set<string>();
  readonly #bootWords: string[] = [];
  /** Whether what was said differed in boot words alone, and none of them came back, as noise would have it. */
  #isRestarting = true;
  #lastHello: Hello | undefined;

  constructor(dialect: HeardDialect, question: Buffer) {
    this.#dialect = dialect;
    this.#own = linesIn(question).map((line) => dialect.frame(line).bytes);
  }

  /** A line has come, `tookMs` after the port was opened. Says whether it is a hello, understood or with something in front. */
  take(came: Buffer, tookMs: number): boolean {
    const framed = this.#dialect.frame(came);
    const { bytes } = framed;
    if (bytes.length === 0) return false;
    if (this.#own.some((line) => line.equals(bytes))) {
      this.echoCount += 1;
      return false;
    }
    const hello = readHelloStrictly(bytes);
    if (hello !== undefined) this.lines = { ...this.lines, hello };
    const { line, skips } = readLine(this.#dialect, bytes, false);
    switch (line.kind) {
      case "hello":
        this.#forgetBootLoader();
        this.#noteBoot(line.hello);
        this.#say(line.hello, { kind: "hello", hello: line.hello, tookMs });
        this.lines = { ...this.lines, helloCount: this.lines.helloCount + 1, skips: [...framed.skips, ...skips] };
        return true;
      case "unsupported_version":
        this.#isRestarting = false;
        this.#say(line.version, { kind: "other_version", version: line.version });
        return false;
      case "damaged":
        this.#damaged.add(bytes.toString("latin1"));
        this.lines = { ...this.lines, damaged: this.#oneMoreDamaged(line.checksum) };
        break;
      default:
    }
    if (isLegible(bytes)) this.#lineCount += 1;
    else this.strayBytes += bytes.length;
    return this.#isMisframedHello(bytes);
  }

  /** What it has said most often, a hello and the first of them before others; undefined where there was no answer. */
  get answer(): Answer | undefined {
    return this.#best?.answer;
  }

  get noAnswer(): NoAnswer {
    return { kind: "none", lineCount: this.#lineCount, strayBytes: this.strayBytes };
  }

  /** Whether it has said the same twice: noise does not. */
  get isConfirmed(): boolean {
    return (this.#best?.count ?? 0) > 1;
  }

  get #best(): Said | undefined {
    return [...this.#said.values()].sort((one, other) => weightOf(other) - weightOf(one))[0];
  }

  /** What spoke another version before the first hello was the boot loader: what it said counts no more. */
  #forgetBootLoader(): void {
    if ([...this.#said.values()].some(({ answer }) => answer.kind === "hello")) return;
    this.#said.clear();
    this.#isRestarting = true;
  }

  #say(what: Hello | string, answer: Answer): void {
    const key = JSON.stringify(what);
    const said = this.#said.get(key);
    if (said === undefined) this.#said.set(key, { answer, count: 1 });
    else said.count += 1;
    this.lines = { ...this.lines, versionCount: this.#said.size };
  }

  #noteBoot(hello: Hello): void {
    const last = this.#lastHello;
    this.#lastHello = hello;
    const { boot } = hello;
    const isSameBut = last === undefined || JSON.stringify({ ...last, boot }) === JSON.stringify(hello);
    const isBack = boot !== last?.boot && boot !== undefined && this.#bootWords.includes(boot);
    if (boot === undefined || !isSameBut || isBack) this.#isRestarting = false;
    else if (boot !== last?.boot) this.#bootWords.push(boot);
    this.lines = { ...this.lines, bootWords: this.#isRestarting ? [...this.#bootWords] : [] };
  }

  #oneMoreDamaged(checksum: DamagedHellos["checksum"]): DamagedHellos {
    return { count: (this.lines.damaged?.count ?? 0) + 1, versionCount: this.#damaged.size, checksum };
  }

  #isMisframedHello(bytes: Buffer): boolean {
    const found = this.#dialect.misframedLine(bytes, () => false);
    if (found?.kind !== "hello") return false;
    this.lines = { ...this.lines, front: Buffer.from(bytes.subarray(0, found.frontByteCount)) };
    return true;
  }
}

/** One flipped bit makes another version of a hello. */
function weightOf({ answer, count }: Said): number {
  return count + (answer.kind === "hello" ? 0.5 : 0);
}

/** Noise of a wrong rate has a printable byte now and then, hardly four in a row and nothing else. */
function isLegible(bytes: Buffer): boolean {
  return /^[\x20-\x7e]{4,}$/.test(bytes.toString("latin1"));
}
