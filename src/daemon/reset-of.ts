import type { BoardConfig } from "../config/board-config.ts";
import type { ReopeningRung } from "../core/recovery.ts";
import { recoveryActions } from "../recovery/configured.ts";

/** What resets a board by order, of what the configuration allows for its recovery: the gentlest. Undefined where it allows nothing. */
export function resetOf(
  recovery: BoardConfig["serial"]["recovery"],
): { readonly rung: ReopeningRung; readonly text: string } | undefined {
  const { pulse, pulseMs } = recovery;
  if (pulse !== "none") return { rung: "pulse", text: `has ${pulse.toUpperCase()} switched off for ${pulseMs} ms` };
  const [action] = recoveryActions(recovery);
  if (action === undefined) return undefined;
  switch (action.kind) {
    case "gpio":
      return { rung: "command", text: `has GPIO line ${action.gpio.line} switched for ${action.gpio.pulseMs} ms` };
    case "usb_power":
      return { rung: "command", text: `has the power of its USB socket switched off for ${action.offMs} ms` };
    case "command":
      return { rung: "command", text: "has serial.recovery.command run for it" };
    default:
      return action satisfies never;
  }
}
