import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { attempt } from "../../host/attempt.ts";
import type { ProcessFacts } from "../../host/processes.ts";
import type { InterferingServiceFacts } from "../checks/interfering-service.ts";

const binaries = {
  ModemManager: ["/usr/sbin/ModemManager", "/usr/bin/ModemManager"],
  brltty: ["/usr/bin/brltty", "/bin/brltty", "/sbin/brltty"],
} as const;

/** Where udev looks for rules. */
const ruleFolders = ["/etc/udev/rules.d", "/run/udev/rules.d", "/usr/local/lib/udev/rules.d", "/usr/lib/udev/rules.d"];

/** @param device links resolved; undefined where there is none */
export function interferingServiceFacts(
  program: InterferingServiceFacts["program"],
  device: string | undefined,
  processes: readonly ProcessFacts[],
): InterferingServiceFacts {
  const isIgnored = program === "ModemManager" && device !== undefined && hasProperty(device, "ID_MM_DEVICE_IGNORE=1");
  // Of a port that is there, udev's database says whether the rule for ModemManager applies to it.
  const byRules = program === "brltty" || device === undefined ? ourRules() : undefined;
  return {
    program,
    pid: processes.find(({ name }) => name === program)?.pid,
    installedAt: binaries[program].find((path) => existsSync(path)),
    keptAwayBy: isIgnored ? "a udev rule (ID_MM_DEVICE_IGNORE)" : byRules,
  };
}

/** The file with our rules; an empty one in an earlier folder takes them back (udev(7)). */
function ourRules(): string | undefined {
  const path = ruleFolders.map((folder) => join(folder, "90-rrpc-gateway.rules")).find((file) => existsSync(file));
  return path !== undefined && (attempt(() => statSync(path).size) ?? 0) > 0 ? path : undefined;
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
