import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { attempt } from "../host/attempt.ts";
import { socketPattern, switchesOf } from "../host/usb-socket.ts";
import { type RecoveryAction, runStep, runSwitch, writeProblem } from "./action.ts";

export interface UsbPowerOptions {
  /** The socket, if it is known when it is needed. */
  readonly socket: () => string | undefined;
  readonly offMs: number;
  /** What is served or released and has its power from this USB socket, in words; undefined if there is nothing. */
  readonly neighbourAt: (socket: string) => string | undefined;
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

/** The sockets whose power is being switched: boards may share one, and the second would end the first one's time. */
const switching = new Set<string>();

/** Switches the power of the adapter's USB socket off and on again. */
export function createUsbPower(options: UsbPowerOptions): RecoveryAction {
  const { socket: socketNow, offMs, neighbourAt, stateFolder, sysfs } = options;
  const switchesNow = (socket = socketNow()) => (socket === undefined ? [] : switchesOf(socket, sysfs));
  return {
    get text() {
      const socket = socketNow();
      return `the power cycle of ${socket === undefined ? "the USB socket" : `USB socket ${socket}`}`;
    },
    problem() {
      const socket = socketNow();
      const neighbour = socket === undefined ? undefined : neighbourAt(socket);
      if (neighbour !== undefined) return `${neighbour}, and has its power from the same socket`;
      if (socket !== undefined && switching.has(socket)) return "another board has it switched just now";
      return problemOf(socket, switchesNow());
    },
    run() {
      const socket = socketNow();
      const switches = switchesNow(socket);
      note(socket, stateFolder);
      const off = { script: writeScript("1"), args: switches };
      const on = { script: writeScript("0"), args: switches };
      const cycle = runSwitch({ over: off, holdMs: offMs, back: on, onBack: () => forget(socket, stateFolder) });
      if (socket !== undefined) {
        switching.add(socket);
        void cycle.ended.then(() => switching.delete(socket));
      }
      return cycle;
    },
  };
}

/**
 * Switches on what an earlier process has left off because it was killed meanwhile. Only at the start: later a note is this
 * process's own, of a power cycle that is running.
 */
export async function restoreUsbPower(stateFolder: string, sysfs?: string): Promise<void> {
  const notes = attempt(() => readdirSync(stateFolder).filter((name) => name.startsWith(notePrefix))) ?? [];
  await Promise.all(notes.map((name) => restore(join(stateFolder, name), sysfs)));
}

async function restore(file: string, sysfs: string | undefined): Promise<void> {
  const socket = socketIn(file);
  const args = socket === undefined ? [] : switchesOf(socket, sysfs);
  // Without checking whether it is off: a hub that cannot switch its power always says that it is on.
  if (args.length > 0) await runStep({ script: writeScript("0"), args }).ended;
  remove(file);
}

const notePrefix = "usb-power-off";

/** One note for each socket: several boards may have theirs switched at once. */
const noteIn = (stateFolder: string, socket: string) => join(stateFolder, `${notePrefix}-${socket}`);

function note(socket: string | undefined, stateFolder: string | undefined): void {
  if (socket !== undefined && stateFolder !== undefined)
    attempt(() => writeFileSync(noteIn(stateFolder, socket), `${socket}\n`));
}

function forget(socket: string | undefined, stateFolder: string | undefined): void {
  if (socket !== undefined && stateFolder !== undefined) remove(noteIn(stateFolder, socket));
}

const remove = (file: string) => attempt(() => rmSync(file, { force: true }));

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
function socketIn(file: string): string | undefined {
  const text = attempt(() => readFileSync(file, "utf8").trim());
  return text !== undefined && socketPattern.test(text) ? text : undefined;
}
