import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { attempt } from "../host/attempt.ts";
import { socketPattern, switchesOf } from "../host/usb-socket.ts";
import { type RecoveryAction, runStep, runSwitch, writeProblem } from "./action.ts";

export interface UsbPowerOptions {
  /** The socket, if it is known when it is needed. */
  readonly socket: () => string | undefined;
  readonly offMs: number;
  /** A folder that survives a restart of this process; undefined if there is none. */
  readonly stateFolder: string | undefined;
  /** Where sysfs is; another folder in tests. */
  readonly sysfs?: string | undefined;
}

const hints: Readonly<Record<string, string>> = {
  EROFS: "the unit's /sys is read-only: install the drop-in usb-power.conf (docs/recovery.md)",
  EACCES: "this user may not write to it: install the udev rule 91-rrpc-gateway-usb-power.rules (docs/recovery.md)",
  ENOENT: "Linux 6.0 or later is needed",
};

/** Switches the power of the adapter's USB socket off and on again. */
export function createUsbPower({ socket: socketNow, offMs, stateFolder, sysfs }: UsbPowerOptions): RecoveryAction {
  const switchesNow = (socket = socketNow()) => (socket === undefined ? [] : switchesOf(socket, sysfs));
  return {
    get text() {
      const socket = socketNow();
      return `the power cycle of ${socket === undefined ? "the USB socket" : `USB socket ${socket}`}`;
    },
    problem: () => problemOf(socketNow(), switchesNow()),
    run() {
      const socket = socketNow();
      const switches = switchesNow(socket);
      if (stateFolder !== undefined) attempt(() => writeFileSync(noteIn(stateFolder), `${socket}\n`));
      const off = { script: writeScript("1"), args: switches };
      const on = { script: writeScript("0"), args: switches };
      return runSwitch({ over: off, holdMs: offMs, back: on, onBack: () => forget(stateFolder) });
    },
  };
}

/**
 * Switches on what an earlier process has left off because it was killed meanwhile. Only at the start: later the note is this
 * process's own, of a power cycle that is running.
 */
export async function restoreUsbPower(stateFolder: string | undefined, sysfs?: string): Promise<void> {
  const left = stateFolder === undefined ? undefined : socketIn(noteIn(stateFolder));
  const args = left === undefined ? [] : switchesOf(left, sysfs);
  // Without checking whether it is off: a hub that cannot switch its power always says that it is on.
  if (args.length > 0) await runStep({ script: writeScript("0"), args }).ended;
  forget(stateFolder);
}

const noteIn = (stateFolder: string) => join(stateFolder, "usb-power-off");

function forget(stateFolder: string | undefined): void {
  if (stateFolder !== undefined) attempt(() => rmSync(noteIn(stateFolder), { force: true }));
}

// The hub's files are written by a child: the kernel waits for the hub's answer, which may hang.

/** Writes to each of the files, even if one fails. */
const writeScript = (value: "0" | "1") => `ended=0; for file; do echo ${value} >"$file" || ended=1; done; exit $ended`;

/** Why the power cannot be switched, and what helps; undefined if it can. */
function problemOf(socket: string | undefined, switches: readonly string[]): string | undefined {
  if (socket === undefined) return "no USB adapter has been seen at this port";
  if (switches.length === 0) return `there is no USB socket ${socket}`;
  return switches.map((file) => writeProblem(file, hints)).find((problem) => problem !== undefined);
}

/** The socket that an earlier process was switching. It is only a name, which is looked up again. */
function socketIn(note: string): string | undefined {
  const text = attempt(() => readFileSync(note, "utf8").trim());
  return text !== undefined && socketPattern.test(text) ? text : undefined;
}
