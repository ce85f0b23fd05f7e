import { describeChecksum, describeFront, describeRawByte, printableAround } from "../protocol/describe-framing.ts";
import type { OverlongLine } from "../protocol/dialect.ts";
import type { Skip } from "../protocol/framing.ts";
import { hasPayload, type McuLine } from "../protocol/mcu-line.ts";
import { readLine } from "../protocol/read-line.ts";
import { wireTimeMs } from "../protocol/wire-time.ts";
import type { EchoFilter } from "./echo-filter.ts";
import { EventNames } from "./event-names.ts";
import type { InFlight } from "./in-flight.ts";
import type { Instant } from "./instant.ts";
import type { CorrelatorOptions } from "./options.ts";
import type { Outbox } from "./outbox.ts";
import { PayloadRest } from "./payload-rest.ts";
import type { Peer } from "./peer.ts";
import type { Responses } from "./responses.ts";

/** What ends a checked line: `*` and four digits. */
const checksumMark = 0x2a;
const checksumBytes = 5;

/** A line that nothing is done with but to tell of it. */
export type IdleLine = McuLine & { readonly kind: "log" | "unmatched" | "malformed" | "damaged" };

export interface InterpreterParts {
  readonly peer: Peer;
  readonly inFlight: InFlight;
  readonly echo: EchoFilter;
  readonly responses: Responses;
  readonly outbox: Outbox;
}

export type InterpreterOptions = Pick<CorrelatorOptions, "dialect" | "wireFormat" | "replyBytesMax">;

/** Why a line is not shown that is none of the dialect's, and what helps. Each is told once. */
const hiddenCauses = {
  rest: "a line with a payload was followed at once by one that is none: in payloads, LF is escaped as \\n",
  unproven:
    "while an answer may come, any line may be the rest of a damaged one, and one that begins like an event may be that; to see it: log.level: debug, checksums (crc=1), or serial.template.log",
} as const;

/** So much is shown of what was taken off one end of a line: the longest prompt, and colours. */
const aroundMax = 80;

/** At most so many different things are told once; a board has one prompt, and a few kinds of log lines. */
const toldMax = 64;

/** Finds out what a line from the MCU means, and reports lines that mean nothing. */
export class Interpreter {
  #options: InterpreterOptions;
  readonly #parts: InterpreterParts;
  readonly #rest = new PayloadRest();
  /** What has been told once, and is only counted now. */
  readonly #told = new Set<string>();
  readonly #eventNames = new EventNames();

  constructor(options: InterpreterOptions, parts: InterpreterParts) {
    this.#options = options;
    this.#parts = parts;
  }

  configure(options: InterpreterOptions): void {
    this.#options = options;
    this.#told.clear();
  }

  linkDown(): void {
    this.#eventNames.clear();
  }

  /** What the line in `came` says; undefined where it is none, or our own that has come back. */
  read(came: Buffer, now: Instant): McuLine | undefined {
    const { echo } = this.#parts;
    const bytes = this.#frame(came);
    const theirs = bytes.length === 0 ? undefined : echo.take(bytes);
    if (theirs === undefined) return undefined;
    const line = this.#understand(theirs);
    if (!echo.admits(line, theirs)) return undefined;
    if (hasPayload(line)) this.#payloadHeard(now);
    return line;
  }

  /** What the first bytes say of a line that is too long to be read, of `byteCount`; undefined where it is our own. */
  readOverlong(head: Buffer, byteCount: number, now: Instant): OverlongLine | undefined {
    const { frame, readHead } = this.#options.dialect;
    const { echo, outbox } = this.#parts;
    const framed = frame(head).bytes;
    if (echo.takeOverlong(framed, byteCount)) return undefined;
    outbox.drop("overlong_line", { detail: `${byteCount} bytes` });
    this.#payloadHeard(now);
    return readHead(framed);
  }

  /** The line in what came, without what stands around it; empty where nothing is left. */
  #frame(came: Buffer): Buffer {
    const { bytes, start, skips } = this.#options.dialect.frame(came);
    if (skips.length > 0) this.#skipped(skips, [came.subarray(0, start), came.subarray(start + bytes.length)]);
    return bytes;
  }

  /**
   * What a framed line says. An MCU that has said no hello may have checksums switched on since an earlier run: a line that ends
   * in a right checksum has one. And a command that was tried without a checksum may be answered without one, where another
   * MCU has taken the place of one that has them.
   */
  #understand(bytes: Buffer): McuLine {
    const { dialect } = this.#options;
    const { sendsCrc, isKnown, isDoubted } = this.#parts.peer;
    const line = this.#readAs(bytes, sendsCrc);
    if (!sendsCrc && !isKnown && bytes.at(-checksumBytes) === checksumMark) {
      const checked = dialect.read(bytes, true);
      return checked.kind === "damaged" ? line : checked;
    }
    if (line.kind !== "damaged" || !isDoubted) return line;
    const plain = dialect.read(bytes, false);
    const isAnswer = plain.kind === "reply" || plain.kind === "refusal";
    return isAnswer && this.#parts.inFlight.get(plain.id ?? "")?.crc === false ? plain : line;
  }

  #readAs(bytes: Buffer, crc: boolean): McuLine {
    const { line, skips } = readLine(this.#options.dialect, bytes, crc);
    // What stands there may be anything, another reply too: it is not shown.
    if (skips.length > 0) this.#skipped(skips, []);
    if (line.kind === "event") this.#eventNames.add(line.name);
    return line;
  }

  /** A line with a payload has come, or one that may have one: unescaped LFs make its rest look like log lines. */
  #payloadHeard(now: Instant): void {
    this.#rest.begin(this.#options.replyBytesMax, now);
  }

  /** Tells of a line that means nothing; not what it says, where that may be an answer. */
  tell(line: IdleLine, now: Instant): void {
    const { outbox } = this.#parts;
    const byteCount = line.bytes.length;
    switch (line.kind) {
      case "damaged":
        outbox.drop("damaged_line", { detail: `${byteCount} bytes, ${describeChecksum(line.checksum)}` });
        break;
      case "malformed":
        this.#malformed(line.bytes, now);
        this.#payloadHeard(now);
        break;
      case "log":
      case "unmatched":
        if (this.#misframed(line.bytes, now)) this.#payloadHeard(now);
        else this.#log(line, now);
        break;
      default:
        line satisfies never;
    }
  }

  #malformed(bytes: Buffer, now: Instant): void {
    const cause = describeRawByte(bytes);
    // What is glued to what is another line, perhaps: the cause says more.
    if (cause === undefined && this.#misframed(bytes, now)) return;
    const told = cause !== undefined && this.#isNew(`raw ${cause}`) ? `, ${cause}` : "";
    this.#parts.outbox.drop("malformed_line", { detail: `${bytes.length} bytes${told}` });
  }

  #log({ kind, bytes }: IdleLine, now: Instant): void {
    const { outbox, echo } = this.#parts;
    const byteCount = bytes.length;
    const isUnproven = kind === "unmatched";
    const wireMs = wireTimeMs(byteCount, this.#options.wireFormat);
    if (isUnproven && this.#rest.takes(byteCount, wireMs, now)) this.#hide(byteCount, "rest");
    else if (isUnproven && (this.#mayBeAnswer(now) || this.#eventNames.begins(bytes)))
      this.#hide(byteCount, "unproven");
    else if (echo.hasPiece(bytes)) outbox.report({ kind: "mcu_log_hidden", byteCount });
    else outbox.report({ kind: "mcu_log", bytes });
  }

  #hide(byteCount: number, why: keyof typeof hiddenCauses): void {
    const cause = this.#isNew(why) ? { cause: hiddenCauses[why] } : {};
    this.#parts.outbox.report({ kind: "mcu_log_hidden", byteCount, ...cause });
  }

  /** Whether a line that is none may be what is left of an answer. */
  #mayBeAnswer(now: Instant): boolean {
    const { inFlight, responses } = this.#parts;
    return inFlight.awaitsAny(now) || responses.awaitsSecondReply(now);
  }

  #skipped(skips: readonly Skip[], around: readonly Buffer[]): void {
    // Each of them is told once.
    const isNew = skips.filter(({ name, where }) => this.#isNew(`${name} ${where}`)).length > 0;
    const shown = around.filter(({ length }) => length > 0).map((bytes) => printableAround(bytes, aroundMax));
    this.#parts.outbox.report({ kind: "bytes_skipped", skips, around: isNew ? shown : undefined });
  }

  /** Whether there is what looks like a reply or a hello that is misframed: then that is told, and it is not shown. */
  #misframed(bytes: Buffer, now: Instant): boolean {
    const found = this.#options.dialect.misframedLine(bytes, (id) => this.#isRecent(id, now));
    if (found === undefined) return false;
    if (found.kind === "command") {
      this.#parts.outbox.drop("echoed_line", {
        detail: `${bytes.length} bytes, ${found.frontByteCount} of them in front`,
      });
      return true;
    }
    const what = describeFront(bytes.subarray(0, found.frontByteCount));
    const detail = `${what.text}: it is dropped; ${what.help}`;
    const id = found.kind === "reply" ? found.id : undefined;
    const processId = id !== undefined && this.#isRecent(id, now) ? { processId: id } : {};
    const isKnown = !this.#isNew(`${found.kind} ${Object.keys(processId)} ${what.key}`);
    this.#parts.outbox.drop(`misframed_${found.kind}`, { ...processId, detail, isKnown });
    return true;
  }

  #isRecent(id: string, now: Instant): boolean {
    const { inFlight, responses } = this.#parts;
    return inFlight.get(id) !== undefined || inFlight.isHeld(id, now) || responses.wasReplied(id, now);
  }

  #isNew(what: string): boolean {
    if (this.#told.has(what) || this.#told.size >= toldMax) return false;
    this.#told.add(what);
    return true;
  }
}
