/**
 * The ways to reset an MCU from outside the serial line that a configuration allows. How each of them works is in other files, which are
 * loaded only if one is allowed.
 */
import type { BoardConfig } from "../config/board-config.ts";

type Recovery = BoardConfig["serial"]["recovery"];

/** A reset by a GPIO line, a power cycle of the USB socket, or the operator's command. */
export type ConfiguredAction =
  | { readonly kind: "gpio"; readonly gpio: Recovery["gpio"] & { readonly line: number } }
  /** `socket` is "auto" for the one that the adapter is plugged into. */
  | { readonly kind: "usb_power"; readonly socket: string; readonly offMs: number }
  | { readonly kind: "command"; readonly command: string };

/** From the gentlest to the roughest. */
export function recoveryActions({ gpio, usbPower, usbPowerOffMs, command }: Recovery): readonly ConfiguredAction[] {
  const actions: ConfiguredAction[] = [];
  if (gpio.line !== undefined) actions.push({ kind: "gpio", gpio: { ...gpio, line: gpio.line } });
  if (usbPower !== undefined) actions.push({ kind: "usb_power", socket: usbPower, offMs: usbPowerOffMs });
  if (command !== undefined) actions.push({ kind: "command", command });
  return actions;
}
