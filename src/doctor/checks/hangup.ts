import type { Unseen } from "../../host/command.ts";
import { type Finding, ok, unknown, warning } from "../finding.ts";

/** Whether HUPCL is set, as stty(1) says; or why that could not be seen. */
export type HupclFacts = { readonly kind: "known"; readonly isSet: boolean } | Unseen;

/** What becomes of the MCU when the port is closed and opened. */
export interface HangupFacts {
  readonly hupcl: HupclFacts;
  /** `serial.hupcl`. */
  readonly option: "leave" | "off";
  /** Whether the hello's `boot` was another one after the port was closed and opened; undefined: not known. */
  readonly hasRestarted: boolean | undefined;
  readonly isOnBoard: boolean;
}

/**
 * With HUPCL the last close drops DTR, and the next opening raises it, which resets a board with auto-reset. `off` keeps DTR
 * up from one opening to the next; the first one after the adapter was plugged in raises it in any case.
 */
export function checkHangup({ hupcl, option, hasRestarted, isOnBoard }: HangupFacts): Finding {
  const id = "port.hangup";
  const flag = describeFlag(hupcl, option);
  const isOff = hupcl.kind === "known" && !hupcl.isSet;
  const drops = option === "leave" && !isOff;
  const help = drops
    ? "serial.hupcl: off; for the first opening too: 10 µF between the board's RESET and GND"
    : "10 µF between the board's RESET and GND, or its auto-reset jumper cut: no software can keep DTR up at the first opening";
  if (hasRestarted === true)
    return warning(
      id,
      "restarts",
      `${flag}, and the MCU restarted when the port was closed and opened: the gateway will restart it too`,
      help,
    );
  if (hasRestarted === false)
    return ok(id, "keeps_running", `${flag}; the MCU kept running when the port was closed and opened`);
  if (option === "off") return ok(id, "hupcl_off", flag);
  if (hupcl.kind === "unseen") return unknown(id, "not_seen", `not visible: ${hupcl.why}`);
  if (isOff) return ok(id, "hupcl_off", flag);
  if (isOnBoard) return ok(id, "on_board", `${flag}; but DTR of an on-board UART is seldom wired to a reset`);
  return warning(
    id,
    "hupcl_on",
    `${flag}: closing drops DTR and opening raises it, which resets boards with auto-reset`,
    help,
  );
}

function describeFlag(hupcl: HangupFacts["hupcl"], option: HangupFacts["option"]): string {
  if (option === "off") return "the gateway switches HUPCL off";
  if (hupcl.kind === "unseen") return "the gateway leaves HUPCL as it is, which is not visible";
  return `the gateway leaves HUPCL as it is: ${hupcl.isSet ? "set" : "not set"}`;
}
