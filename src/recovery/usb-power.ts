import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { attempt } from "../serial/attempt.ts";
import { impossible, type RecoveryAction, runStep, runSwitch, writeProblem } from "./action.ts";
import { socketOfTty, socketPattern, switchesOf } from "./usb-socket.ts";

export interface UsbPowerOptions {
  /** The serial port. */
  readonly path: string;
  /** `auto` for the one that the serial port's adapter is in. */
  readonly socket: string;
  readonly offMs: number;
  /** A folder that is still there when this process was killed and is started again; undefined where there is none. */
  readonly stateFolder: string | undefined;
  /** Where sysfs is; another folder in tests. */
  readonly sysfs?: string;
}

/** Takes the power off the USB socket that the adapter is in, and gives it back. */
export interface UsbPower extends RecoveryAction {
  /** The port is open: from now on it is known where the adapter is, also when it has gone. */
  remember(): void;
  /** Switches on what a process before this one has left off, because it was killed meanwhile. */
  restore(): Promise<void>;
}

const hints: Readonly<Record<string, string>> = {
  EROFS: "the unit's /sys is read-only: it takes the drop-in usb-power.conf (docs/recovery.md)",
  EACCES: "this user may not write to it: it takes the udev rule 91-rrpc-gateway-usb-power.rules (docs/recovery.md)",
  ENOENT: "it takes Linux 6.0 or later",
};

export function createUsbPower({ path, socket: option, offMs, stateFolder, sysfs }: UsbPowerOptions): UsbPower {
  let socket = option === "auto" ? socketOfTty(path, sysfs) : option;
  const note = stateFolder === undefined ? undefined : join(stateFolder, "usb-power-off");

  function forget(): void {
    if (note !== undefined) attempt(() => rmSync(note, { force: true }));
  }

  return {
    get text() {
      return `the power cycle of ${socket === undefined ? "the USB socket" : `USB socket ${socket}`}`;
    },
    remember() {
      if (option === "auto") socket = socketOfTty(path, sysfs) ?? socket;
    },
    async restore() {
      const left = note === undefined ? undefined : socketIn(note);
      const args = left === undefined ? [] : switchesOf(left, sysfs);
      // Without a look at whether it is off: a hub that cannot switch its power says that it is on, and the adapter is gone.
      if (args.length > 0) await runStep({ script: writeScript("0"), args }).ended;
      forget();
    },
    run() {
      const switches = socket === undefined ? [] : switchesOf(socket, sysfs);
      const problem = problemOf(socket, switches);
      if (problem !== undefined) return impossible(problem);
      if (note !== undefined) attempt(() => writeFileSync(note, `${socket}\n`));
      const off = { script: writeScript("1"), args: switches };
      const on = { script: writeScript("0"), args: switches };
      return runSwitch({ over: off, holdMs: offMs, back: on, onBack: forget });
    },
  };
}

// The hub's files are written by a child: the kernel waits for the hub's answer, which may hang.

/** Writes to each of the files, though one fails. */
const writeScript = (value: "0" | "1") => `ended=0; for file; do echo ${value} >"$file" || ended=1; done; exit $ended`;

/** Why the power cannot be switched, and what helps; undefined where it can. */
function problemOf(socket: string | undefined, switches: readonly string[]): string | undefined {
  if (socket === undefined) return "no USB adapter has been seen at this port";
  if (switches.length === 0) return `there is no USB socket ${socket}`;
  return switches.map((file) => writeProblem(file, hints)).find((problem) => problem !== undefined);
}

/** What a process before this one was just switching; what stands there is only a name that is looked up again. */
function socketIn(note: string): string | undefined {
  const text = attempt(() => readFileSync(note, "utf8").trim());
  return text !== undefined && socketPattern.test(text) ? text : undefined;
}
