import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ProcessFacts } from "../judge/holder.ts";
import type { MeddlerFacts } from "../judge/meddler.ts";
import { attempt } from "./attempt.ts";

const binaries = {
  ModemManager: ["/usr/sbin/ModemManager", "/usr/bin/ModemManager"],
  brltty: ["/usr/bin/brltty", "/bin/brltty", "/sbin/brltty"],
} as const;

/** Where udev looks for rules. */
const ruleFolders = ["/etc/udev/rules.d", "/run/udev/rules.d", "/usr/local/lib/udev/rules.d", "/usr/lib/udev/rules.d"];

/** @param device links resolved; undefined where there is none */
export function lookAtMeddler(
  program: MeddlerFacts["program"],
  device: string | undefined,
  processes: readonly ProcessFacts[],
): MeddlerFacts {
  const rules = ruleFolders.map((folder) => join(folder, "90-rrpc-gateway.rules")).find(isFilled);
  const isIgnored = program === "ModemManager" && device !== undefined && hasProperty(device, "ID_MM_DEVICE_IGNORE=1");
  return {
    program,
    pid: processes.find(({ name }) => name === program)?.pid,
    installedAt: binaries[program].find((path) => existsSync(path)),
    keptAwayBy: isIgnored ? "ID_MM_DEVICE_IGNORE=1 in udev's database" : program === "brltty" ? rules : undefined,
  };
}

/** An empty file in /etc/udev/rules.d takes the rules of the same name back (udev(7)). */
function isFilled(path: string): boolean {
  return (attempt(() => statSync(path).size) ?? 0) > 0;
}

/** By udev's database (/run/udev/data/cMAJOR:MINOR), which holds what `udevadm info` shows. */
function hasProperty(device: string, property: string): boolean {
  const number = attempt(() => statSync(device).rdev);
  if (number === undefined) return false;
  // As in makedev(3) of glibc, for numbers as small as a tty's.
  const [major, minor] = [(number >> 8) & 0xfff, (number & 0xff) | ((number >> 12) & 0xfff00)];
  const text = attempt(() => readFileSync(`/run/udev/data/c${major}:${minor}`, "utf8")) ?? "";
  return text.split("\n").includes(`E:${property}`);
}
