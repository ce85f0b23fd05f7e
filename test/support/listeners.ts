import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** What the process `pid` and its descendants listen on, as the kernel has it: `127.0.0.1:8083`, `::1:8083`, a socket's path. */
export function listenersOf(pid: number): string[] {
  const inodes = new Set([pid, ...descendantsOf(pid)].flatMap(socketsOf));
  const found = (["tcp", "tcp6", "unix"] as const).flatMap((family) => {
    const rows = readFileSync(`/proc/${pid}/net/${family}`, "utf8").trimEnd().split("\n").slice(1);
    return rows.map((row) => row.trim().split(/\s+/)).flatMap((row) => listenerIn(row, family, inodes));
  });
  return found.sort();
}

/** The fields of proc(5). A TCP socket that listens is in state 0A; one of AF_UNIX has the flag __SO_ACCEPTCON. */
function listenerIn(row: readonly string[], family: "tcp" | "tcp6" | "unix", inodes: ReadonlySet<string>): string[] {
  if (family === "unix") {
    const [, , , flags = "0", , , inode = "", path = ""] = row;
    return inodes.has(inode) && (Number.parseInt(flags, 16) & 0x10000) !== 0 ? [path] : [];
  }
  const [, local = "", , state, , , , , , inode = ""] = row;
  const [address = "", port = ""] = local.split(":");
  return inodes.has(inode) && state === "0A" ? [`${readable(address)}:${Number.parseInt(port, 16)}`] : [];
}

/** Words of 32 bits in the machine's own order of bytes, which is little-endian on all that the tests run on. */
function readable(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, "hex").reverse()]);
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.every((byte) => byte === 0)) return "::";
  if (bytes.every((byte, index) => byte === (index === 15 ? 1 : 0))) return "::1";
  return Buffer.from(bytes).toString("hex");
}

/** The inodes of a process's sockets; none of one that is gone. */
export function socketsOf(pid: number): string[] {
  return entries(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
    } catch {
      // Closed meanwhile.
      return [];
    }
  });
}

export function descendantsOf(pid: number): number[] {
  const children = entries(`/proc/${pid}/task`).flatMap((task) => {
    try {
      return readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").trim().split(" ");
    } catch {
      return [];
    }
  });
  const pids = children.filter((child) => child !== "").map(Number);
  return [...pids, ...pids.flatMap(descendantsOf)];
}

/** Its program and arguments; none of a process that is gone. */
export function commandLineOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
