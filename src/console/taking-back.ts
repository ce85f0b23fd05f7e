import type { ConsoleMessage } from "./board.ts";

/** What has come of a port that was given back to the gateway. */
export type TakenBack =
  /** The board has been met anew, or has had its time for that: it takes commands. */
  | "met"
  /** The port cannot be opened for now. */
  | "not_open";

/** Follows what the gateway tells of a board whose port it is given back: it is of no use before the board has been met. */
export class TakingBack {
  #isTakenBack = false;

  /** @returns undefined until it is known */
  follow(message: ConsoleMessage): TakenBack | undefined {
    if (message.kind === "link") return this.#isTakenBack && !message.isUp ? "not_open" : undefined;
    if (message.kind !== "report") return undefined;
    switch (message.report.kind) {
      case "board_taken_back":
        this.#isTakenBack = true;
        return undefined;
      case "mcu_hello":
      case "mcu_without_hello":
      case "mcu_version_unsupported":
        return this.#isTakenBack ? "met" : undefined;
      default:
        return undefined;
    }
  }
}
