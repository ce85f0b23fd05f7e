import { runCommand } from "./command.ts";

/** What the running gateway says of its MCU in the line that `systemctl status` shows; undefined where it says nothing. */
export async function lookAtMcuTrouble(unit: string): Promise<string | undefined> {
  const result = await runCommand("systemctl", ["show", "--property=StatusText", "--value", unit]);
  return "unseen" in result ? undefined : mcuTroubleIn(result.stdout);
}

/** @param statusText such as `hub up for 2 h, serial line up for 2 h, mcu does not answer; 12 requests, 3 errors`. */
export function mcuTroubleIn(statusText: string): string | undefined {
  return /^hub [^;]*, serial line [^;,]*, mcu ([^;]+);/.exec(statusText.trim())?.[1];
}
