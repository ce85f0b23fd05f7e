import { runCommand } from "../../host/command.ts";
import { type BoardDownReason, boardDownNamed } from "../../iot-hub/board-hints.ts";
import { follow } from "../../observe/client.ts";
import { askHealth, healthAddress } from "../../observe/health-socket.ts";
import { isMcuIncident, type McuIncident } from "../checks/mcu-incident.ts";

/** What the running gateway says of one board in its status; undefined where nothing is wrong, or nothing is said. */
export interface BoardStatus {
  /** Of its MCU: what keeps it from serving. */
  readonly mcuIncident: McuIncident | undefined;
  /** Of its port: why it is not open, such as `device_cgroup`. */
  readonly portIncident: string | undefined;
  /** To whom its port is released. */
  readonly released: string | undefined;
  /** Of the hub: why it passes none of its calls on. */
  readonly offlineBecause: BoardDownReason | undefined;
}

/** What the running gateway says of itself in one line. */
export interface GatewayStatus {
  readonly isSessionUp: boolean;
  /** Of a board by its name; undefined where nothing is said of it: it may be one of those that are only counted. */
  of(board: string): BoardStatus | undefined;
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
export async function readGatewayStatus({
  configFile,
  socket,
  unit,
}: StatusSources): Promise<GatewayStatus | undefined> {
  const address = healthAddress(configFile);
  const text =
    (address && (await askHealth(address))?.text) ??
    (socket && (await statusAt(socket))) ??
    (unit && (await statusOf(unit)));
  return text === undefined || text.trim() === "" ? undefined : statusIn(text);
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
    { limitMs },
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
 * @param text such as `hub up for 2 h, serial line up for 2 h, mcu does not answer (away); 12 requests, 3 errors`; of several boards
 *   `hub up for 2 h, 31 of 32 boards serve, pump: serial line away for 3 min (no_device); …`
 */
export function statusIn(text: string): GatewayStatus {
  const [state = ""] = text.trim().split(";");
  const [head = "", ...named] = state.split(/, (?=[0-9A-Za-z][0-9A-Za-z_-]*: )/);
  const isSessionUp = head.startsWith("hub up ");
  if (!/\d boards serve$/.test(head)) {
    const only = boardStatusIn(head);
    return { isSessionUp, of: () => only };
  }
  const isWhole = !/, \d+ more do not$/.test(state);
  const ill = new Map(
    named.map((part) => {
      const [name = ""] = part.split(": ");
      return [name, boardStatusIn(part.replace(/, \d+ more do not$/, ""))] as const;
    }),
  );
  return { isSessionUp, of: (board) => ill.get(board) ?? (isWhole ? well : undefined) };
}

const well: BoardStatus = {
  mcuIncident: undefined,
  portIncident: undefined,
  released: undefined,
  offlineBecause: undefined,
};

function boardStatusIn(text: string): BoardStatus {
  const [, offline = ""] = /, not online \(([^)]*)\)$/.exec(text) ?? [];
  const rest = text.replace(/, not online \([^)]*\)$/, "");
  const [, released] = /serial line released for .*? to (.+)$/.exec(rest) ?? [];
  const [, portIncident] = /serial line [^,]*\((\w+)\)/.exec(rest) ?? [];
  const [, mcuIncident] = /, mcu .*\((\w+)\)$/.exec(rest) ?? [];
  return {
    mcuIncident: isMcuIncident(mcuIncident) ? mcuIncident : undefined,
    portIncident,
    released,
    offlineBecause: boardDownNamed(offline),
  };
}
