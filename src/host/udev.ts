import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { attempt } from "./attempt.ts";

/** Where udev looks for rules (udev(7)): a file in an earlier folder replaces one of the same name. */
const ruleFolders = ["/etc/udev/rules.d", "/run/udev/rules.d", "/usr/local/lib/udev/rules.d", "/usr/lib/udev/rules.d"];

/** The path of the rules file that applies; undefined where there is none, or an empty one has taken it back. */
export function ruleFile(name: string): string | undefined {
  const path = ruleFolders.map((folder) => join(folder, name)).find((file) => existsSync(file));
  return path !== undefined && (attempt(() => statSync(path).size) ?? 0) > 0 ? path : undefined;
}

/** Whether udev's database (/run/udev/data/cMAJOR:MINOR), which holds what `udevadm info` shows, has `NAME=VALUE` for a device. */
export function hasProperty(device: string, property: string): boolean {
  const number = attempt(() => statSync(device).rdev);
  if (number === undefined) return false;
  // As in makedev(3) of glibc, for numbers as small as a tty's.
  const [major, minor] = [(number >> 8) & 0xfff, (number & 0xff) | ((number >> 12) & 0xfff00)];
  const text = attempt(() => readFileSync(`/run/udev/data/c${major}:${minor}`, "utf8")) ?? "";
  return text.split("\n").includes(`E:${property}`);
}
