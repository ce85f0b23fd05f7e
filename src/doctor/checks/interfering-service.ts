import { type Finding, ok, warning } from "../finding.ts";

/** A program that opens serial ports unasked. */
export interface InterferingServiceFacts {
  readonly program: "ModemManager" | "brltty";
  /** Its process, if it runs. */
  readonly pid: number | undefined;
  /** Its file, if it is installed. */
  readonly installedAt: string | undefined;
  /** What keeps it away from this port: a udev rule's file, or a property in udev's database. */
  readonly keptAwayBy: string | undefined;
}

const traits = {
  ModemManager: {
    id: "interference.modem-manager",
    does: "it sends AT commands to unknown USB serial ports",
    remove: "sudo apt-get remove modemmanager",
  },
  brltty: {
    id: "interference.brltty",
    does: "it takes CH340, CP210x and FTDI adapters for braille displays, and /dev/ttyUSB0 vanishes",
    remove: "sudo apt-get remove brltty",
  },
} as const;

/** @param isUsb whether the port can be of interest to such a program at all */
export function checkInterferingService(
  { program, pid, installedAt, keptAwayBy }: InterferingServiceFacts,
  isUsb: boolean,
): Finding {
  const { id, does, remove } = traits[program];
  if (pid === undefined && installedAt === undefined) return ok(id, "not_installed", "not installed");
  const is = pid === undefined ? `installed (${installedAt})` : `running (process ${pid})`;
  if (!isUsb) return ok(id, "not_usb", `${is}; the port is no USB adapter, so this does not matter`);
  if (keptAwayBy !== undefined) return ok(id, "kept_away", `${is}; ${keptAwayBy} keeps it away from the port`);
  return warning(
    id,
    "may_interfere",
    `${is}: ${does}`,
    `${remove}, or the udev rules of rrpc-gateway (90-rrpc-gateway.rules)`,
  );
}
