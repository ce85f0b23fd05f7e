import { runCommand } from "./command.ts";

/** What the running gateway says of itself in the line that `systemctl status` shows; undefined where it says nothing. */
export interface GatewayStatus {
  /** Of its MCU: what keeps it from serving. */
  readonly mcuTrouble: string | undefined;
  /** Of its port: why it is not open, such as `device_cgroup`. */
  readonly portTrouble: string | undefined;
}

export async function lookAtStatus(unit: string): Promise<GatewayStatus> {
  const result = await runCommand("systemctl", ["show", "--property=StatusText", "--value", unit]);
  return statusIn("unseen" in result ? "" : result.stdout);
}

/** @param text such as `hub up for 2 h, serial line up for 2 h, mcu does not answer; 12 requests, 3 errors`. */
export function statusIn(text: string): GatewayStatus {
  const [, port, mcuTrouble] = /^hub [^;]*, serial line ([^;,]*)(?:, mcu ([^;]+))?;/.exec(text.trim()) ?? [];
  return { mcuTrouble, portTrouble: /\((\w+)\)$/.exec(port ?? "")?.[1] };
}
