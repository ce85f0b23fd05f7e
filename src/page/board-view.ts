import type { BoardPart } from "../observe/status.ts";
import type { TraceEvent } from "../observe/trace-event.ts";
import { shownName } from "../runtime/board-name.ts";
import { visible } from "../runtime/text.ts";
import type { BoardFigures, BoardState } from "./frame.ts";
import { Latencies } from "./latencies.ts";

type Report = Extract<TraceEvent, { readonly kind: "report" }>["report"];

/** How a board's MCU is, as far as its reports have told. */
type Mcu = "unknown" | "serves" | "silent" | "answers_probes" | "incompatible";

/** What is known of one board. */
export class BoardView {
  readonly #name: string;
  readonly #latencies = new Latencies();
  #isLinkUp: boolean | undefined;
  /** Why the hub passes on no requests of it. */
  #offline: string | undefined;
  #isReleased = false;
  #mcu: Mcu = "unknown";
  #hello: string | undefined;
  #okCount = 0;
  #errorCount = 0;
  #shown: { state: BoardState; text: string; since: string };

  constructor(name: string, time: string) {
    this.#name = name;
    this.#shown = { state: "unknown", text: "nothing seen of it yet", since: time };
  }

  /** The gateway is away: what it has told holds no more. */
  forget(time: string): void {
    this.#isLinkUp = undefined;
    this.#offline = undefined;
    this.#hello = undefined;
    this.#isReleased = false;
    this.#mcu = "unknown";
    this.#judge(time);
  }

  /** As the gateway itself says that it is. */
  statusIs({ serial, released, mcuIncident, offlineBecause, hello }: BoardPart, time: string): void {
    this.#isLinkUp = serial.isUp;
    this.#isReleased = released !== undefined;
    this.#offline = offlineBecause;
    this.#hello = hello;
    const [, incident = ""] = /\((\w+)\)$/.exec(mcuIncident ?? "") ?? [];
    this.#mcu = mcuByIncident.get(incident) ?? (hello === undefined ? "unknown" : "serves");
    this.#judge(time);
  }

  /** @returns whether that is news: not where it is told for the first time, or again */
  linkIs(isUp: boolean, time: string): boolean {
    const isNews = this.#isLinkUp === !isUp;
    // Another MCU may be there the next time.
    if (!isUp) {
      this.#mcu = "unknown";
      this.#hello = undefined;
    }
    this.#isLinkUp = isUp;
    this.#judge(time);
    return isNews;
  }

  /**
   * @param why undefined where it is online
   * @returns whether that is news
   */
  hubTold(why: string | undefined, time: string): boolean {
    const isNews = this.#offline !== why;
    this.#offline = why;
    this.#judge(time);
    return isNews;
  }

  reported(report: Report, time: string): void {
    switch (report.kind) {
      case "settled":
        if (report.outcome === "ok") this.#okCount += 1;
        else this.#errorCount += 1;
        if (report.outcome === "ok") this.#latencies.add(report.totalMs);
        if (report.outcome === "ok" || report.outcome === "refused") this.#mcu = "serves";
        break;
      case "mcu_hello":
        this.#hello = visible(report.text);
        // One that answers probes alone says hello as well; its return is told by `mcu_back`.
        if (this.#mcu === "unknown" || this.#mcu === "incompatible") this.#mcu = "serves";
        break;
      case "board_released":
      case "board_taken_back":
        this.#isReleased = report.kind === "board_released";
        break;
      case "mcu_without_hello":
      case "mcu_back":
        this.#mcu = "serves";
        break;
      case "mcu_away":
        this.#mcu = report.answersProbes ? "answers_probes" : "silent";
        break;
      case "mcu_version_unsupported":
        if (report.isSure) this.#mcu = "incompatible";
        break;
      default:
        return;
    }
    this.#judge(time);
  }

  figures(openCount: number): BoardFigures {
    const shown = shownName(this.#name);
    return {
      name: this.#name,
      ...(shown !== undefined && { shownName: shown }),
      ...this.#shown,
      ...(this.#hello !== undefined && { hello: this.#hello }),
      openCount,
      okCount: this.#okCount,
      errorCount: this.#errorCount,
      ...this.#latencies.percentiles(),
    };
  }

  #judge(time: string): void {
    const { state, text } = this.#judgement();
    if (text !== this.#shown.text) this.#shown = { state, text, since: time };
  }

  #judgement(): { state: BoardState; text: string } {
    if (this.#isReleased) return { state: "away", text: "its serial port is released to a command" };
    if (this.#isLinkUp === false) return { state: "away", text: "its serial port is not open" };
    const mcu = mcuTexts[this.#mcu];
    if (mcu.state === "ill") return mcu;
    if (this.#offline !== undefined) return { state: "ill", text: `the hub sends it no requests: ${this.#offline}` };
    return mcu;
  }
}

/** By the name in brackets, which is for programs. */
const mcuByIncident: ReadonlyMap<string, Mcu> = new Map([
  ["away", "silent"],
  ["away_answers_probes", "answers_probes"],
  ["incompatible", "incompatible"],
]);

const mcuTexts: Readonly<Record<Mcu, { state: BoardState; text: string }>> = {
  unknown: { state: "unknown", text: "nothing heard of its MCU yet" },
  serves: { state: "serves", text: "serves" },
  silent: { state: "ill", text: "its MCU does not answer" },
  answers_probes: { state: "ill", text: "its MCU answers probes, but no command" },
  incompatible: { state: "ill", text: "its MCU speaks another version of the line protocol" },
};
