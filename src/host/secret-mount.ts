/**
 * Where systemd, Docker and Kubernetes put secrets: a file system in memory, mounted read-only for one service. Its files
 * may have any mode (0444 as a rule), because whoever can see the mount is meant to.
 *
 * Podman and Compose mount each secret's file from a disk, Podman not even read-only. There the place tells: below it
 * nothing is mounted but the secrets of one container, and only root can mount anything.
 */
import { readFileSync, realpathSync } from "node:fs";

const secretFolder = "/run/secrets";

/** Whether the file lies on such a mount; false where that cannot be seen. */
export function isOnSecretMount(path: string): boolean {
  try {
    return isSecretMount(realpathSync(path), readFileSync("/proc/self/mountinfo", "utf8"));
  } catch {
    return false; // Another system, or a file that has gone: the mode decides.
  }
}

/**
 * @param path without links in it
 * @param mountinfo as proc(5) describes it
 */
export function isSecretMount(path: string, mountinfo: string): boolean {
  let [longest, isSecret] = [-1, false];
  for (const line of mountinfo.split("\n")) {
    const [, , , , point, options] = line.split(" ");
    const [type] = line.split(" - ")[1]?.split(" ") ?? [];
    if (point === undefined || options === undefined || !isBelow(path, unescaped(point))) continue;
    // A later mount at the same place hides the earlier one.
    if (point.length < longest) continue;
    longest = point.length;
    const isInMemory = type === "tmpfs" || type === "ramfs";
    isSecret = isBelow(unescaped(point), secretFolder) || (isInMemory && options.split(",").includes("ro"));
  }
  return isSecret;
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
}

/** Spaces and the like are octal there. */
function unescaped(point: string): string {
  return point.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
