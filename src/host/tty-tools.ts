import { type StdioOptions, spawn } from "node:child_process";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";

/** What a script said of a tty; undefined where it could not be run, or did not end in time. */
export interface ScriptResult {
  readonly exitCode: number;
  readonly stdout: string;
}

/** How long a tool may take; by default `usualLimitMs`. */
interface ToolLimits {
  readonly limitMs?: number;
  readonly signal?: AbortSignal;
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
  limits?: ToolLimits,
): Promise<ScriptResult | undefined> {
  // Not as its input: of a child's first three Node.js makes whatever is behind them blocking.
  return runTool("/bin/sh", ["-c", script], ["ignore", "pipe", "ignore", fd], limits);
}

/**
 * Sets a tty's modes, in the words of stty(1), without waiting until what is being written has left. No shell is between: that
 * would take three times as long.
 *
 * @param fd of an open file description that is neither read nor written: as the child's input it becomes blocking
 * @returns whether they are set, all of them; undefined where stty could not be run, or did not end in time
 */
export async function setTtyModes(fd: number, modes: string, limits?: ToolLimits): Promise<boolean | undefined> {
  // Not every stty knows `-drain`; one that does not has then set nothing.
  const set = (words: string) => runTool("stty", words.split(" "), [fd, "ignore", "ignore"], limits);
  const result = await set(`-drain ${modes}`);
  const { exitCode } = (result?.exitCode === 1 ? await set(modes) : result) ?? {};
  return exitCode === undefined ? undefined : exitCode === 0;
}

function runTool(
  command: string,
  args: readonly string[],
  stdio: StdioOptions,
  { limitMs = usualLimitMs, signal }: ToolLimits = {},
): Promise<ScriptResult | undefined> {
  const path = process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin";
  return new Promise((resolve) => {
    const limit = setTimeout(() => resolve(undefined), limitMs);
    const end = (result: ScriptResult | undefined) => {
      clearTimeout(limit);
      resolve(result);
    };
    try {
      const child = spawn(command, args, {
        env: { PATH: path, LC_ALL: "C" },
        stdio,
        timeout: limitMs,
        killSignal: "SIGKILL",
        ...(signal === undefined ? {} : { signal }),
      });
      child.once("error", () => end(undefined));
      tools.add(child.pid);
      child.once("exit", () => tools.delete(child.pid));
      // Undefined where no descriptor is free: the error follows.
      const output = child.stdout ? collect(child.stdout) : () => "";
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
