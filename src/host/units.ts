import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { attempt } from "./attempt.ts";
import { readUnit, type Unit } from "./unit.ts";

/** The first folder that has a unit decides (systemd.unit(5)); drop-ins of the same name likewise. */
export const unitFolders = [
  "/etc/systemd/system",
  "/run/systemd/system",
  "/usr/local/lib/systemd/system",
  "/usr/lib/systemd/system",
  "/lib/systemd/system",
] as const;

/** The unit that runs a gateway with `configFile`: by its ExecStart; else the one that would, once it is there. */
export function findUnit(configFile: string, folders: readonly string[] = unitFolders): Unit | undefined {
  const single = unitOf(undefined, folders);
  if (single?.configFile === configFile) return single;
  const one = unitOf(basename(configFile, ".yaml"), folders);
  if (one?.configFile !== undefined && dirname(one.configFile) === dirname(configFile)) return one;
  return single;
}

/** Whether this machine runs under systemd (sd_booted(3)). */
export function hasSystemd(): boolean {
  return existsSync("/run/systemd/system");
}

/** The unit that this process runs in; undefined where that is none, or cannot be seen. */
export function ownUnit(): string | undefined {
  return unitIn(readText("/proc/self/cgroup") ?? "");
}

/** By the name of the cgroup, such as 0::/system.slice/rrpc-gateway.service. */
export function unitIn(cgroup: string): string | undefined {
  return /\/([^/\n]+\.service)$/m.exec(cgroup)?.[1];
}

/** The gateway's unit, or one of its template; undefined where it is not installed. */
export function unitOf(instance: string | undefined, folders: readonly string[] = unitFolders): Unit | undefined {
  if (instance === undefined) return loadUnit("rrpc-gateway.service", "rrpc-gateway.service", "", folders);
  return loadUnit("rrpc-gateway@.service", `rrpc-gateway@${instance}.service`, instance, folders);
}

function loadUnit(file: string, name: string, instance: string, folders: readonly string[]): Unit | undefined {
  const main = folders.map((folder) => readText(join(folder, file))).find((text) => text !== undefined);
  if (main === undefined) return undefined;
  return readUnit(name, [main, ...dropIns([`${file}.d`, `${name}.d`], folders)], instance);
}

function dropIns(names: readonly string[], folders: readonly string[]): readonly string[] {
  const paths = new Map<string, string>();
  for (const folder of [...folders].reverse()) {
    for (const name of names) {
      const below = join(folder, name);
      for (const file of attempt(() => readdirSync(below)) ?? []) {
        if (file.endsWith(".conf")) paths.set(file, join(below, file));
      }
    }
  }
  return [...paths]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, path]) => readText(path))
    .filter((text) => text !== undefined);
}

function readText(path: string): string | undefined {
  return attempt(() => readFileSync(path, "utf8"));
}
