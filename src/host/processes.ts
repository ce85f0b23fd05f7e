import { readdirSync, readFileSync, readlinkSync, realpathSync, writeFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { attempt } from "./attempt.ts";

/** A process, and whether it is a gateway. */
export interface ProcessFacts {
  readonly pid: number;
  readonly name: string;
  /** The configuration of an `rrpc-gateway run`; undefined for any other program. */
  readonly gatewayConfig: string | undefined;
}

/** The ids of all other processes that /proc shows. */
export function otherPids(): readonly number[] {
  const pids = (attempt(() => readdirSync("/proc")) ?? []).map(Number);
  return pids.filter((pid) => Number.isInteger(pid) && pid !== process.pid);
}

/** The name of the program, as it says itself; of one that Node.js runs, its file's, which says more than "node" or "MainThread". */
export function programName(pid: number): string {
  const [program = "", file = ""] = argumentsOf(pid);
  return /^node/.test(basename(program)) && /^[^-]/.test(file) ? basename(file, ".cjs") : commandName(pid);
}

/** What the kernel calls a process, or "?" if it has ended: its program's file, unless it calls itself otherwise. */
export function commandName(pid: number): string {
  return attempt(() => readFileSync(`/proc/${pid}/comm`, "utf8").trim()) ?? "?";
}

/** Calls this process so; Node.js would have it called "node" or "MainThread". At most 15 bytes. */
export function nameProcess(name: string): void {
  attempt(() => writeFileSync("/proc/self/comm", name));
}

/** Every other process that /proc shows. */
export function listProcesses(): readonly ProcessFacts[] {
  return otherPids().map((pid) => ({ pid, name: commandName(pid), gatewayConfig: gatewayConfigOf(pid) }));
}

/** The program and its arguments; [""] where the process has ended. */
function argumentsOf(pid: number): readonly string[] {
  return (attempt(() => readFileSync(`/proc/${pid}/cmdline`, "utf8")) ?? "").split("\0");
}

/** The configuration of a process that is `rrpc-gateway run --config FILE`, links resolved as far as we can see. */
function gatewayConfigOf(pid: number): string | undefined {
  const args = argumentsOf(pid);
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
