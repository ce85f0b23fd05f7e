/**
 * Names of Linux's abstract sockets, which are not files: bind(2) gives a name to one process, and the kernel frees it when that process
 * ends, however it ends. Each network namespace has its own names.
 */

import { readFileSync } from "node:fs";

/** Some versions of Node.js pad a shorter name with zeros, others do not: at full length it is the same for all. */
const nameLength = 107;

/** The address of this name for Node's sockets; undefined if this Node.js or this system has none. */
export function abstractName(name: string): string | undefined {
  return hasAbstractNames() ? `\0${name.padEnd(nameLength, "-")}` : undefined;
}

/** libuv takes a name that begins with a zero byte as it is from 1.46 on; before, all such names were the same. */
function hasAbstractNames(): boolean {
  const [major = 0, minor = 0] = process.versions.uv.split(".").map(Number);
  return process.platform === "linux" && (major > 1 || minor >= 46);
}

/** In the flags of /proc/net/unix (unix(7), __SO_ACCEPTCON): the socket listens; connections to it have the same address. */
const listens = "00010000";

/** What the kernel calls the socket that listens at this address, its inode; undefined if there is none, or no way to see it. */
export function abstractListener(address: string): string | undefined {
  const path = address.replace("\0", "@");
  for (const line of socketTable().split("\n")) {
    const [, , , flags, , , inode, itsPath] = line.trim().split(/ +/);
    if (itsPath === path && flags === listens) return inode;
  }
  return undefined;
}

function socketTable(): string {
  try {
    return readFileSync("/proc/self/net/unix", "utf8");
  } catch {
    return "";
  }
}
