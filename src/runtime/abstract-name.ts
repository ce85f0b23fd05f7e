/**
 * Names of Linux's abstract sockets, which are no files: bind(2) gives one to one process, and the kernel takes it back
 * however that process ends. Each network namespace has its own.
 */

/** Some Node.js pad a shorter name with zeros, others do not: at its full length it is the same for all. */
const nameLength = 107;

/** The address of this name for Node's sockets; undefined where it has none such. */
export function abstractName(name: string): string | undefined {
  return hasAbstractNames() ? `\0${name.padEnd(nameLength, "-")}` : undefined;
}

/** libuv 1.46 was the first that took a name with a zero in front for what it is; before, all of them were one. */
function hasAbstractNames(): boolean {
  const [major = 0, minor = 0] = process.versions.uv.split(".").map(Number);
  return process.platform === "linux" && (major > 1 || minor >= 46);
}
