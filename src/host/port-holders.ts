import { readdirSync, readFileSync, readlinkSync, type Stats, statSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { attempt } from "./attempt.ts";
import { otherPids, type ProcessFacts, programName } from "./processes.ts";
import { isPseudoTerminal } from "./pseudo-terminal.ts";
import { isToolOfOurs } from "./tty-tools.ts";

/** A process that has the port open. */
export interface PortHolder {
  readonly pid: number;
  readonly name: string;
}

/**
 * Who else has the port open, as far as /proc shows it to us: to root all, to others their own. Takes some 10 ms as root,
 * and more than 200 ms on a busy machine: for whoever has nothing else to do.
 */
export function listHolders(path: string): readonly PortHolder[] {
  const device = attempt(() => statSync(path));
  return device === undefined ? [] : otherPids().flatMap((pid) => holder(pid, device));
}

/** The same, but one process in a turn of the event loop: responses are due meanwhile. */
export async function findHolders(path: string): Promise<readonly PortHolder[]> {
  const device = attempt(() => statSync(path));
  if (device === undefined) return [];
  const holders: PortHolder[] = [];
  for (const pid of otherPids()) {
    holders.push(...holder(pid, device));
    await turn();
  }
  return holders;
}

/** Whether this process has the device open itself. */
export function isOpenHere(path: string): boolean {
  const device = attempt(() => statSync(path));
  const folder = "/proc/self/fd";
  const files = attempt(() => readdirSync(folder)) ?? [];
  return device !== undefined && files.some((fd) => isDevice(`${folder}/${fd}`, device));
}

/** Which of these processes have the device open. */
export function holdersAmong(
  device: string,
  processes: readonly ProcessFacts[],
): {
  readonly holders: readonly ProcessFacts[];
  /** How many processes did not let us see what they have open: other users', unless we are root. */
  readonly hiddenCount: number;
} {
  const stats = attempt(() => statSync(device));
  if (stats === undefined) return { holders: [], hiddenCount: 0 };
  const opened = processes.map((one) => ({ one, isHolder: hasOpen(one.pid, stats) }));
  return {
    holders: opened.filter(({ isHolder }) => isHolder === true).map(({ one }) => one),
    hiddenCount: opened.filter(({ isHolder }) => isHolder === undefined).length,
  };
}

/** The process, if it has the device open. */
function holder(pid: number, device: Stats): PortHolder[] {
  return hasOpen(pid, device) === true ? [{ pid, name: programName(pid) }] : [];
}

/** Whether a process has the device open; undefined where we may not see that. */
function hasOpen(pid: number, device: Stats): boolean | undefined {
  const folder = `/proc/${pid}/fd`;
  try {
    const files = readdirSync(folder).map((fd) => ({ path: `${folder}/${fd}`, target: target(`${folder}/${fd}`) }));
    const hasIt = files.some((file) => file.target.includes("/dev/") && isDevice(file.path, device));
    const targets = files.map((file) => file.target);
    return hasIt && !isToolOfOurs(pid) && !isOtherEnd(pid, device, targets);
  } catch (error) {
    // EACCES says that there is something to hide; a process that has ended hides nothing.
    return error instanceof Error && "code" in error && error.code === "EACCES" ? undefined : false;
  }
}

/** By number, not by name: a container has names of its own for a device, and pseudo-terminals of its own by our names. */
function isDevice(file: string, device: Stats): boolean {
  const stats = attempt(() => statSync(file));
  if (stats === undefined || !stats.isCharacterDevice() || stats.rdev !== device.rdev) return false;
  return !isPseudoTerminal(device.rdev) || stats.dev === device.dev;
}

/** A pseudo-terminal stands for a cable: who made it, and what runs in it as in a terminal, is the far end of that. */
function isOtherEnd(pid: number, device: Stats, targets: readonly string[]): boolean {
  if (!isPseudoTerminal(device.rdev)) return false;
  const terminal = terminalOf(pid);
  // Undefined: it has ended while we looked.
  return terminal === undefined || terminal === device.rdev || targets.some((path) => path.endsWith("/ptmx"));
}

/** The device number of a process's controlling terminal: the seventh field of proc_pid_stat(5). */
function terminalOf(pid: number): number | undefined {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  // The second field is the program's name in brackets, and may have brackets and spaces in it.
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[4]);
}

function target(link: string): string {
  return attempt(() => readlinkSync(link)) ?? "";
}
