/**
 * What a configuration allows to be done to an MCU from outside the serial line. Apart from how each is done, which is loaded
 * only where one of them is allowed.
 */
import type { Config } from "../config/load.ts";

type Recovery = Config["serial"]["recovery"];

/** Resets it, takes its power away for a while, or does what the operator's command does. */
export type ConfiguredAction =
  | { readonly kind: "gpio"; readonly gpio: Recovery["gpio"] & { readonly line: number } }
  /** `socket`: "auto" for the one that the adapter is in. */
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
