import type { McuLine } from "../protocol/mcu-line.ts";
import { Echo, type EchoFinding, type EchoOptions } from "./echo.ts";
import type { InFlight, InFlightCommand } from "./in-flight.ts";
import type { CorrelatorOptions } from "./options.ts";
import type { Outbox } from "./outbox.ts";

export type EchoFilterOptions = Pick<CorrelatorOptions, "echoMode" | "dialect">;

/** Takes what is our own out of what comes from the port, before anything is made of it, and tells of it. */
export class EchoFilter {
  readonly #inFlight: InFlight;
  readonly #outbox: Outbox;
  #frame: EchoOptions["frame"];
  readonly #echo: Echo;

  constructor(options: EchoFilterOptions, inFlight: InFlight, outbox: Outbox) {
    const echoOptions = optionsOfEcho(options);
    this.#frame = echoOptions.frame;
    this.#echo = new Echo(echoOptions);
    this.#inFlight = inFlight;
    this.#outbox = outbox;
  }

  configure(options: EchoFilterOptions): void {
    const echoOptions = optionsOfEcho(options);
    this.#frame = echoOptions.frame;
    this.#echo.configure(echoOptions);
  }

  /** The port was opened or closed. */
  linkChanged(): void {
    this.#echo.clear();
  }

  written(bytes: Buffer): void {
    this.#echo.written(bytes);
  }

  /** What of a framed line is left once our own lines are taken off its front; undefined where it is nothing else. */
  take(bytes: Buffer): Buffer | undefined {
    let left = bytes;
    for (let rest = this.#echo.take(left); rest !== undefined; rest = this.#echo.take(left)) {
      this.#drop(left.length - rest.length);
      left = this.#frame(rest);
      if (left.length === 0) return undefined;
    }
    return left;
  }

  takeOverlong(head: Buffer, byteCount: number): boolean {
    const isEcho = this.#echo.takeOverlong(head, byteCount);
    if (isEcho) this.#drop(byteCount);
    return isEcho;
  }

  /** Whether a line that was understood is the MCU's: what is left of a torn echo is not, nor what comes before an echo. */
  admits(line: McuLine, bytes: Buffer): boolean {
    switch (line.kind) {
      case "log":
      case "unmatched":
        return !this.#dropsTorn(bytes, "log");
      case "reply":
      case "refusal":
      case "data":
        return !this.#dropsTorn(bytes, "answer") && !this.#dropsEarly(line.id, bytes);
      default:
        return true;
    }
  }

  /** Whether a log line would show what was written. */
  hasPiece(line: Buffer): boolean {
    return this.#echo.hasPiece(line);
  }

  answered({ line }: InFlightCommand): void {
    this.#tell(this.#echo.answered(line));
  }

  unanswered({ line }: InFlightCommand): void {
    this.#tell(this.#echo.unanswered(line));
  }

  #dropsTorn(bytes: Buffer, kind: "log" | "answer"): boolean {
    const isTorn = this.#echo.isTorn(bytes, kind);
    if (isTorn) this.#outbox.drop("echoed_line", { detail: `${bytes.length} bytes, not whole` });
    return isTorn;
  }

  #dropsEarly(id: string | undefined, bytes: Buffer): boolean {
    const command = this.#inFlight.answeredBy(id);
    if (command === undefined || !this.#echo.isAwaited(command.line)) return false;
    const detail = `${bytes.length} bytes before the echo of its command`;
    this.#outbox.drop("stray_reply", { processId: command.request.processId, detail });
    return true;
  }

  #drop(byteCount: number): void {
    this.#outbox.drop("echoed_line", { detail: `${byteCount} bytes` });
    this.#tell(this.#echo.heard());
  }

  #tell(finding: EchoFinding | undefined): void {
    if (finding !== undefined) this.#outbox.report({ kind: "echo", finding });
  }
}

function optionsOfEcho({ echoMode, dialect: { tellsDirections, frame } }: EchoFilterOptions): EchoOptions {
  return { mode: echoMode, tellsDirections, frame: (bytes) => frame(bytes).bytes };
}
