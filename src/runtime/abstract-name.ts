/**
 * Names of Linux's abstract sockets, which are not files: bind(2) gives a name to one process, and the kernel frees it when that process
 * ends, however it ends. Each network namespace has its own names.
 */

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
