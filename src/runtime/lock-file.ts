/**
 * A lock that the kernel takes back when its process ends, for Node.js before 20, which knows no abstract sockets: flock(2)
 * on a file, taken by a child (flock(1), of every Linux) on a descriptor that is this process'.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";

/** Every user may make a file there, and it is gone after a boot. */
const folder = "/run/lock";

const flags = constants.O_RDWR | constants.O_NOFOLLOW;

const textBytesMax = 200;

/** Its program is there or it is not, and does not wait: only a machine that is very busy takes so long. */
const flockMs = 2000;

export interface LockFile {
  readonly kind: "taken";
  /** What whoever finds it held is told. */
  write(text: string): void;
  release(): void;
}

/** `text` is what the holder has written. Rejects where no lock can be had, with the reason. */
export async function lockFile(name: string): Promise<LockFile | { readonly kind: "held"; readonly text: string }> {
  const fd = open(`${folder}/${name}`);
  try {
    if (!(await flock(fd))) {
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
 * Its owner's alone: what stands in it is a proof. It is never removed, which would make two locks of one; and no link of
 * somebody's is followed to where writing does harm.
 */
function open(path: string): number {
  const fd = openedThere(path) ?? openedNew(path) ?? openSync(path, flags);
  const stat = fstatSync(fd);
  if (stat.isFile() && stat.nlink === 1) return fd;
  closeSync(fd);
  throw new Error(`${path} is no file of a gateway's`);
}

/** Without O_CREAT: fs.protected_regular refuses that where the file is another user's, to root as well. */
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

/** The lock is the open file's, so it stays when the child is gone. */
async function flock(fd: number): Promise<boolean> {
  const child = spawn("flock", ["-n", "3"], {
    stdio: ["ignore", "ignore", "ignore", fd],
    timeout: flockMs,
    killSignal: "SIGKILL",
  });
  const [code, signal] = await once(child, "exit");
  if (code === 0 || code === 1) return code === 0;
  throw new Error(`flock ended with ${code ?? signal}`);
}
