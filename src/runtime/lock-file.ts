/**
 * A lock that the kernel frees when its process ends, for Node.js before version 20, which cannot bind abstract sockets. It is
 * flock(2) on a file; a child (flock(1), which every Linux has) takes it on a descriptor of this process.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";

/** Every user may create a file there, and a boot empties it. */
const folder = "/run/lock";

const flags = constants.O_RDWR | constants.O_NOFOLLOW;

const textBytesMax = 200;

/** flock(1) does not wait for the lock: only a badly overloaded machine takes so long, where another try may be quicker. */
const flockMs = 2000;

export interface LockFile {
  readonly kind: "taken";
  /** Writes what a process reads that finds the lock held. */
  write(text: string): void;
  release(): void;
}

/** `text` is what the holder has written; `slow`: it is not known in time who has the lock. */
export type Locking = LockFile | { readonly kind: "held"; readonly text: string } | { readonly kind: "slow" };

/** Rejects with the reason if the file cannot be locked. */
export async function lockFile(name: string): Promise<Locking> {
  const fd = open(`${folder}/${name}`);
  try {
    const result = await flock(fd);
    if (result === "slow") {
      closeSync(fd);
      return { kind: "slow" };
    }
    if (result === "held") {
      const bytes = Buffer.alloc(textBytesMax);
      const byteCount = readSync(fd, bytes, 0, textBytesMax, 0);
      closeSync(fd);
      return { kind: "held", text: bytes.toString("latin1", 0, byteCount) };
    }
    return {
      kind: "taken",
      write(text) {
        ftruncateSync(fd);
        writeSync(fd, text, 0);
      },
      release: () => closeSync(fd),
    };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/**
 * Readable by its owner alone, because it contains a proof. The file is never removed: that would make two locks of one. Links are not
 * followed: they could lead to a file that must not be overwritten.
 */
function open(path: string): number {
  const fd = openedThere(path) ?? openedNew(path) ?? openSync(path, flags);
  const stat = fstatSync(fd);
  if (stat.isFile() && stat.nlink === 1) return fd;
  closeSync(fd);
  throw new Error(`${path} is no file of a gateway's`);
}

/** Without O_CREAT, which fs.protected_regular refuses for a file of another user, even to root. */
function openedThere(path: string): number | undefined {
  return unless("ENOENT", () => openSync(path, flags));
}

function openedNew(path: string): number | undefined {
  return unless("EEXIST", () => openSync(path, flags | constants.O_CREAT | constants.O_EXCL, 0o600));
}

function unless<Result>(code: string, act: () => Result): Result | undefined {
  try {
    return act();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === code) return undefined;
    throw error;
  }
}

/** The lock belongs to the open file, so it stays when the child has ended. */
async function flock(fd: number): Promise<"taken" | "held" | "slow"> {
  const child = spawn("flock", ["-n", "3"], {
    stdio: ["ignore", "ignore", "ignore", fd],
    timeout: flockMs,
    killSignal: "SIGKILL",
  });
  const [code, signal] = await once(child, "exit");
  if (code === 0) return "taken";
  if (code === 1) return "held";
  if (child.killed) return "slow";
  throw new Error(`flock ended with ${code ?? signal}`);
}
