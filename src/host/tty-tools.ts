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
const tools = new Set<number>();

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
export async function runOnDescriptor(
  fd: number | Socket,
  script: string,
  limits?: ToolLimits,
): Promise<ScriptResult | undefined> {
  // Not as its input: of a child's first three Node.js makes whatever is behind them blocking.
  const end = await runTool("/bin/sh", ["-c", script], ["ignore", "pipe", "ignore", fd], limits);
  return typeof end === "object" ? end : undefined;
}

/**
 * Sets a tty's modes, in the words of stty(1). Only by an stty that need not wait until what is being written has left (`-drain`, which
 * busybox does not know). No shell is between: that would take three times as long.
 *
 * @param fd of an open file description that is neither read nor written: as the child's input it becomes blocking
 * @returns whether they are set, all of them: false where stty refuses or cannot be started; undefined where it has begun and
 *   did not end in time
 */
export async function setTtyModes(fd: number, modes: string, limits?: ToolLimits): Promise<boolean | undefined> {
  const end = await runTool("stty", ["-drain", ...modes.split(" ")], [fd, "ignore", "ignore"], limits);
  return end === "cut_short" ? undefined : end !== "not_started" && end.exitCode === 0;
}

type ToolEnd = ScriptResult | "not_started" | "cut_short";

function runTool(
  command: string,
  args: readonly string[],
  stdio: StdioOptions,
  { limitMs = usualLimitMs, signal }: ToolLimits = {},
): Promise<ToolEnd> {
  const path = process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin";
  return new Promise((resolve) => {
    const limit = setTimeout(() => resolve("cut_short"), limitMs);
    const end = (result: ToolEnd) => {
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
      const { pid } = child;
      child.once("error", () => end(pid === undefined ? "not_started" : "cut_short"));
      if (pid === undefined) return; // Without a free descriptor it has no stdout either.
      tools.add(pid);
      const output = child.stdout === null ? () => "" : collect(child.stdout);
      child.once("exit", () => tools.delete(pid));
      child.once("close", (code) => end(code === null ? "cut_short" : { exitCode: code, stdout: output() }));
    } catch {
      end("not_started"); // No memory for another process.
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
