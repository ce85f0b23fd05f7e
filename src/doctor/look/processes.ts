import { readdirSync, readFileSync, readlinkSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import type { HolderFacts, ProcessFacts } from "../judge/holder.ts";
import { attempt } from "./attempt.ts";

/** Every other process that /proc shows. */
export function listProcesses(): readonly ProcessFacts[] {
  return (attempt(() => readdirSync("/proc")) ?? [])
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid)
    .map((pid) => ({ pid, name: nameOf(pid), gatewayConfig: gatewayConfigOf(pid) }));
}

/** Who has the device open. */
export function lookAtHolders(
  device: string,
  processes: readonly ProcessFacts[],
): Pick<HolderFacts, "holders" | "hiddenCount"> {
  const stats = attempt(() => statSync(device));
  if (stats === undefined) return { holders: [], hiddenCount: 0 };
  const opened = processes.map((one) => ({ one, isHolder: hasOpen(one.pid, stats) }));
  return {
    holders: opened.filter(({ isHolder }) => isHolder === true).map(({ one }) => one),
    hiddenCount: opened.filter(({ isHolder }) => isHolder === undefined).length,
  };
}

/** Undefined where we may not see what the process has open. */
function hasOpen(pid: number, device: Stats): boolean | undefined {
  const folder = `/proc/${pid}/fd`;
  try {
    const files = readdirSync(folder).map((fd) => ({ path: `${folder}/${fd}`, target: target(`${folder}/${fd}`) }));
    const hasIt = files.some((file) => file.target.includes("/dev/") && isDevice(file.path, device));
    const targets = files.map((file) => file.target);
    return hasIt && !isOtherEnd(pid, device, targets);
  } catch (error) {
    // EACCES says that there is something to hide; a process that has ended hides nothing.
    return error instanceof Error && "code" in error && error.code === "EACCES" ? undefined : false;
  }
}

/** By number, not by name: a container has names of its own for a device, and pseudo-terminals of its own by our names. */
function isDevice(file: string, device: Stats): boolean {
  const stats = attempt(() => statSync(file));
  if (stats === undefined || !stats.isCharacterDevice() || stats.rdev !== device.rdev) return false;
  return !isPseudoTerminal(device) || stats.dev === device.dev;
}

/** A pseudo-terminal stands for a cable: who made it, and what runs in it as in a terminal, is the far end of that. */
function isOtherEnd(pid: number, device: Stats, targets: readonly string[]): boolean {
  if (!isPseudoTerminal(device)) return false;
  const terminal = terminalOf(pid);
  // Undefined: it has ended while we looked.
  return terminal === undefined || terminal === device.rdev || targets.some((path) => path.endsWith("/ptmx"));
}

/** By the majors that Linux has for their tty ends (devices.txt: 136 to 143). */
function isPseudoTerminal({ rdev }: Stats): boolean {
  const major = (rdev >> 8) & 0xfff;
  return major >= 136 && major <= 143;
}

function target(link: string): string {
  return attempt(() => readlinkSync(link)) ?? "";
}

/** The device number of a process's controlling terminal: the seventh field of proc_pid_stat(5). */
function terminalOf(pid: number): number | undefined {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  // The second field is the program's name in brackets, and may have brackets and spaces in it.
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[4]);
}

function nameOf(pid: number): string {
  return attempt(() => readFileSync(`/proc/${pid}/comm`, "utf8").trim()) ?? "?";
}

/** The configuration of a process that is `rrpc-gateway run --config FILE`, links resolved as far as we can see. */
function gatewayConfigOf(pid: number): string | undefined {
  const args = (attempt(() => readFileSync(`/proc/${pid}/cmdline`, "utf8")) ?? "").split("\0");
  const run = args.indexOf("run");
  const program = args[run - 1];
  if (program === undefined || !isGateway(program)) return undefined;
  // Not sudo or timeout, whose arguments are another program's.
  if (run > 1 && !basename(args[0] ?? "").startsWith("node")) return undefined;
  const at = args.indexOf("--config", run);
  const file = at < 0 ? args.find((arg) => arg.startsWith("--config="))?.slice("--config=".length) : args[at + 1];
  if (file === undefined) return undefined;
  const path = resolve(attempt(() => readlinkSync(`/proc/${pid}/cwd`)) ?? "/", file);
  return attempt(() => realpathSync(path)) ?? path;
}

/** As it is installed, or unbuilt. */
function isGateway(program: string): boolean {
  return /^rrpc-gateway(\.cjs)?$/.test(basename(program)) || /(^|\/)src\/main\.ts$/.test(program);
}
