import { runCommand } from "../../host/command.ts";
import { follow } from "../../observe/client.ts";
import { askHealth, healthAddress } from "../../observe/health-socket.ts";
import { isMcuIncident, type McuIncident } from "../checks/mcu-incident.ts";

/** What the running gateway says of itself in one line; undefined where it says nothing, or cannot be asked. */
export interface GatewayStatus {
  /** Of its MCU: what keeps it from serving. */
  readonly mcuIncident: McuIncident | undefined;
  /** Of its port: why it is not open, such as `device_cgroup`. */
  readonly portIncident: string | undefined;
}

/** Where it says so. */
export interface StatusSources {
  readonly configFile: string;
  /** Its `monitor.socket`. */
  readonly socket: string | undefined;
  /** The name of its unit. */
  readonly unit: string | undefined;
}

/** A gateway that is well says it in milliseconds. */
const limitMs = 3000;

/** Each place has its limits: Node.js 18 has no name for the first, the second is open to few, the third needs systemd. */
export async function readGatewayStatus({ configFile, socket, unit }: StatusSources): Promise<GatewayStatus> {
  const address = healthAddress(configFile);
  const text =
    (address && (await askHealth(address))?.text) ??
    (socket && (await statusAt(socket))) ??
    (unit && (await statusOf(unit)));
  return statusIn(text ?? "");
}

async function statusAt(socket: string): Promise<string | undefined> {
  let status: string | undefined;
  await follow(
    socket,
    { want: "watch", withContents: false },
    (event) => {
      if (event.kind === "status") status = event.text;
      return Promise.resolve(status === undefined ? "more" : "enough");
    },
    limitMs,
  );
  return status;
}

/** The line that `systemctl status` shows. */
async function statusOf(unit: string): Promise<string> {
  const result = await runCommand("systemctl", ["show", "--property=StatusText", "--value", unit]);
  return result.kind === "unseen" ? "" : result.stdout;
}

/**
 * By the names in brackets, which are for programs.
 *
 * @param text such as `hub up for 2 h, serial line up for 2 h, mcu does not answer (away); 12 requests, 3 errors`
 */
export function statusIn(text: string): GatewayStatus {
  const [state = ""] = text.split(";");
  const [, portIncident] = /serial line [^,]*\((\w+)\)/.exec(state) ?? [];
  const [, mcuIncident] = /mcu .*\((\w+)\)$/.exec(state) ?? [];
  return { mcuIncident: isMcuIncident(mcuIncident) ? mcuIncident : undefined, portIncident };
}
