// The service that is to run with what was written.
import { spawnSync } from "node:child_process";

/** A service is ready in a second or two, and a machine may be slow. */
const limitMs = 120_000;

/** What is told to systemd, in words that a person can repeat. */
export function startCommands(unit: string): readonly (readonly string[])[] {
  return [
    ["systemctl", "enable", unit],
    ["systemctl", "restart", unit],
  ];
}

/** Runs one of them; undefined, or why it failed. */
export function runStartCommand([program = "", ...args]: readonly string[]): string | undefined {
  const { error, status, signal } = spawnSync(program, args, {
    stdio: ["ignore", "inherit", "inherit"],
    timeout: limitMs,
  });
  if (error !== undefined) return error.message;
  return status === 0 ? undefined : `it ended with ${status ?? signal}`;
}
