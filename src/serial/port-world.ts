import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { attempt } from "../host/attempt.ts";
import { listHolders, type PortHolder } from "../host/port-holders.ts";
import { isLoginConsole } from "./login-console.ts";

/** What there is to say about a port that did not open. Each look is taken only when a message needs it. */
export interface PortWorld {
  /** The serial ports that are plugged in, by their stable names where they have one. */
  otherPorts(): readonly string[];
  /** Whether the kernel's console and its login prompt are on the device that a path leads to. */
  isLoginConsole(path: string): boolean;
  /** The device that a path leads to; the path itself where that cannot be seen. */
  deviceOf(path: string): string;
  /** Who owns the device, and its st_mode; undefined if even that cannot be seen. */
  node(path: string): { readonly owner: string; readonly group: string; readonly mode: number } | undefined;
  /** Who we are, and the systemd unit that we run in, if any. */
  self(): { readonly user: string; readonly groups: readonly string[]; readonly unit: string | undefined };
  /** The processes that have the device open, as far as /proc shows them to us: to root all, to others their own. */
  holders(path: string): readonly PortHolder[];
}

/** The world as /dev, /proc, /etc/passwd and /etc/group show it. Nothing here throws: what cannot be seen is left out. */
export function createPortWorld(): PortWorld {
  return {
    otherPorts,
    isLoginConsole: (path) => isLoginConsole(deviceOf(path)),
    deviceOf,
    node,
    self,
    holders: listHolders,
  };
}

/** Best first: names by the serial number, ours, names by the socket. */
const stableFolders = ["/dev/serial/by-id", "/dev/rrpc", "/dev/serial/by-path"] as const;

/** USB serial ports, by the best name of each. */
export function otherPorts(): readonly string[] {
  const names = stableFolders.flatMap((folder) => list(folder).map((name) => join(folder, name)));
  const devices = list("/dev").filter((name) => /^tty(USB|ACM)\d+$/.test(name));
  return distinctPorts([...names, ...devices.map((name) => join("/dev", name))], (name) => {
    return attempt(() => realpathSync(name));
  });
}

/** The first name of each device; a name that leads nowhere is none. */
export function distinctPorts(
  names: readonly string[],
  deviceOf: (name: string) => string | undefined,
): readonly string[] {
  const byDevice = new Map<string, string>();
  for (const name of names) {
    const device = deviceOf(name);
    if (device !== undefined && !byDevice.has(device)) byDevice.set(device, name);
  }
  return [...byDevice.values()];
}

function deviceOf(path: string): string {
  return attempt(() => realpathSync(path)) ?? path;
}

function node(path: string): ReturnType<PortWorld["node"]> {
  const stats = attempt(() => statSync(path));
  if (stats === undefined) return undefined;
  return { owner: nameOf("/etc/passwd", stats.uid), group: nameOf("/etc/group", stats.gid), mode: stats.mode };
}

function self(): ReturnType<PortWorld["self"]> {
  const gids = new Set([process.getegid?.(), ...(process.getgroups?.() ?? [])]);
  return {
    // Not os.userInfo(): it throws for a user that has no entry, as under systemd's DynamicUser.
    user: nameOf("/etc/passwd", process.geteuid?.()),
    groups: [...gids].map((gid) => nameOf("/etc/group", gid)),
    unit: unitIn(attempt(() => readFileSync("/proc/self/cgroup", "utf8")) ?? ""),
  };
}

/** By the name of the cgroup, such as 0::/system.slice/rrpc-gateway.service. */
export function unitIn(cgroup: string): string | undefined {
  return /\/([^/\n]+\.service)$/m.exec(cgroup)?.[1];
}

/** The name in a file of passwd(5)'s or group(5)'s shape, whose third field is the id; the id itself if it has none. */
function nameOf(file: string, id: number | undefined): string {
  const lines = attempt(() => readFileSync(file, "utf8"))?.split("\n") ?? [];
  const entry = lines.map((line) => line.split(":")).find((fields) => fields[2] === String(id));
  return entry?.[0] ?? String(id ?? "?");
}

function list(folder: string): readonly string[] {
  return attempt(() => (existsSync(folder) ? readdirSync(folder) : [])) ?? [];
}
