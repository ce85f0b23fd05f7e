import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { attempt } from "./attempt.ts";

/**
 * Whether the kernel's console, and with it a login prompt (systemd starts serial-getty@ on each such console), is on this
 * device. The service sees no /proc/cmdline (ProcSubset=pid), but /sys.
 */
export function isLoginConsole(device: string): boolean {
  const active = attempt(() => readFileSync("/sys/class/tty/console/active", "utf8")) ?? "";
  const commandLine = attempt(() => readFileSync("/proc/cmdline", "utf8")) ?? "";
  return consolesIn(active, commandLine).includes(basename(device));
}

/** @returns names such as ttyS0, of what /sys and the kernel's command line say */
export function consolesIn(active: string, commandLine: string): readonly string[] {
  const asked = [...commandLine.matchAll(/(?:^|\s)console=([^\s,]+)/g)].map(([, name = ""]) => name);
  return [...active.split(/\s+/), ...asked].filter((name) => name !== "");
}

/** The commands that take a login prompt off a port. */
export function freeingFromLogin(device: string): string {
  const tty = basename(device);
  return (
    `a login prompt has it: \`sudo raspi-config\` (Interface Options, Serial Port: no login shell), or ` +
    `\`sudo systemctl disable --now serial-getty@${tty}.service\` and take console=${tty} out of the kernel's command line`
  );
}
