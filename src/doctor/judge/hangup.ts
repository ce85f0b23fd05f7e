import { type Finding, type FindingId, ok, unknown, warning } from "../finding.ts";

/** What becomes of the MCU when the port is closed and opened. */
export interface HangupFacts {
  /** Whether HUPCL is set, as stty(1) says; or why that could not be seen. */
  readonly hupcl: boolean | { readonly unseen: string };
  /** Whether the hello's `boot` was another one after the port was closed and opened; undefined: not known. */
  readonly hasRestarted: boolean | undefined;
  readonly isOnBoard: boolean;
}

/**
 * With HUPCL the last close drops DTR, and the next opening raises it, which resets a board with auto-reset. The gateway
 * cannot prevent it: its serial library sets HUPCL on opening.
 */
export function judgeHangup({ hupcl, hasRestarted, isOnBoard }: HangupFacts): Finding {
  const id: FindingId = "port.hangup";
  const flag = typeof hupcl === "boolean" ? (hupcl ? "HUPCL is set" : "HUPCL is not set") : "HUPCL could not be seen";
  const help = "10 µF between the board's RESET and GND, or its auto-reset jumper cut: software cannot hold DTR up";
  if (hasRestarted === true)
    return warning(
      id,
      `${flag}, and the MCU restarted when the port was closed and opened: so will it with the gateway`,
      help,
    );
  if (hasRestarted === false) return ok(id, `${flag}; the MCU went on when the port was closed and opened`);
  if (typeof hupcl !== "boolean") return unknown(id, `could not look: ${hupcl.unseen}`);
  if (!hupcl) return ok(id, `${flag}`);
  if (isOnBoard) return ok(id, `${flag}, but a UART of the board's own seldom has DTR wired to a reset`);
  return warning(id, `${flag}: closing drops DTR and opening raises it, which resets boards with auto-reset`, help);
}
