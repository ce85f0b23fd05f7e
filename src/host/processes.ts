import { readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { attempt } from "./attempt.ts";
import { hasOpen, nameOf } from "./port-holders.ts";

/** A process that has the port open, or that is a gateway. */
export interface ProcessFacts {
  readonly pid: number;
  readonly name: string;
  /** The configuration of an `rrpc-gateway run`; undefined for any other program. */
  readonly gatewayConfig: string | undefined;
}

/** Every other process that /proc shows. */
export function listProcesses(): readonly ProcessFacts[] {
  return (attempt(() => readdirSync("/proc")) ?? [])
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid)
    .map((pid) => ({ pid, name: nameOf(pid), gatewayConfig: gatewayConfigOf(pid) }));
}

/** Who has the device open. */
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
