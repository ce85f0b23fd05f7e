import type { BoardConfig } from "../config/board-config.ts";
import { recoveryActions } from "../recovery/configured.ts";
import type { Reopening } from "./supervise-link.ts";

/** What resets a board by order, of what the configuration allows for its recovery: the gentlest. Undefined where it allows nothing. */
export function resetOf(
  recovery: BoardConfig["serial"]["recovery"],
): { readonly how: Reopening; readonly text: string } | undefined {
  const { pulse, pulseMs } = recovery;
  if (pulse !== "none") return { how: "pulse", text: `has ${pulse.toUpperCase()} switched off for ${pulseMs} ms` };
  const [action] = recoveryActions(recovery);
  if (action === undefined) return undefined;
  switch (action.kind) {
    case "gpio":
      return { how: "first_action", text: `has GPIO line ${action.gpio.line} switched for ${action.gpio.pulseMs} ms` };
    case "usb_power":
      return { how: "first_action", text: `has the power of its USB socket switched off for ${action.offMs} ms` };
    case "command":
      return { how: "first_action", text: "has serial.recovery.command run for it" };
    default:
      return action satisfies never;
  }
}
