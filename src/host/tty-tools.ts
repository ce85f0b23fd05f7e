import { spawn } from "node:child_process";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";

/** What a script said of a tty; undefined where it could not be run, or did not end in time. */
export interface ScriptResult {
  readonly exitCode: number;
  readonly stdout: string;
}

/** These programs ask the kernel and no device, which takes them milliseconds; only stty may wait for a line that is held. */
const usualLimitMs = 3000;

/** `stty -a` says less than 1 KB. */
const outputBytesMax = 16 * 1024;

/** The scripts that run. */
const tools = new Set<number | undefined>();

/** Whether a process is one that sets or sees a port for us. */
export function isToolOfOurs(pid: number): boolean {
  return tools.has(pid);
}

/**
 * Runs a script of /bin/sh with a tty or a socket as its descriptor 3. Node.js has no flock(2), ioctl(2) and getsockopt(2), and a
 * native add-on of our own would need a compiler at each place; flock(1) and stty(1) are on every Debian and in busybox,
 * perl is on every Debian. A child shares the open file description: what it locks or sets stays when it has ended.
 *
 * @param script its last program is to be started by `exec`, so that a child that is ended holds the tty no longer
 */
export function runOnDescriptor(
  fd: number | Socket,
  script: string,
  { limitMs = usualLimitMs, signal }: { readonly limitMs?: number; readonly signal?: AbortSignal } = {},
): Promise<ScriptResult | undefined> {
  const path = process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin";
  return new Promise((resolve) => {
    const limit = setTimeout(() => resolve(undefined), limitMs);
    const end = (result: ScriptResult | undefined) => {
      clearTimeout(limit);
      resolve(result);
    };
    try {
      // Not as its input: of a child's first three Node.js makes whatever is behind them blocking.
      const child = spawn("/bin/sh", ["-c", script], {
        env: { PATH: path, LC_ALL: "C" },
        stdio: ["ignore", "pipe", "ignore", fd],
        timeout: limitMs,
        killSignal: "SIGKILL",
        ...(signal === undefined ? {} : { signal }),
      });
      tools.add(child.pid);
      const output = collect(child.stdout as Readable);
      child.once("error", () => end(undefined));
      child.once("exit", () => tools.delete(child.pid));
      child.once("close", (code) => end(code === null ? undefined : { exitCode: code, stdout: output() }));
    } catch {
      end(undefined); // No memory for another process.
    }
  });
}

function collect(stream: Readable): () => string {
  let text = "";
  stream.setEncoding("latin1").on("data", (piece: string) => {
    if (text.length < outputBytesMax) text += piece;
  });
  return () => text;
}

/** Whether HUPCL is set, in what `stty -a` prints; undefined if it says nothing of it. */
export function hupclIn(stty: string): boolean | undefined {
  const minus = /(?:^|\s)(-?)hupcl(?:\s|;|$)/.exec(stty)?.[1];
  return minus === undefined ? undefined : minus === "";
}
