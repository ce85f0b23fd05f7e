import { execFile } from "node:child_process";

/** What could not be seen, and why. */
export interface Unseen {
  readonly kind: "unseen";
  readonly why: string;
}

/** What a program said; or why it could not be asked. */
export type CommandResult = { readonly kind: "output"; readonly stdout: string } | Unseen;

/** Everything that is asked here answers in milliseconds; what does not hangs, on a bus or on a device. */
const limitMs = 3000;
const outputBytesMax = 64 * 1024;

/** Runs a program that only looks, bounded in time and output. One that fails has seen nothing; its last words say why. */
export function runCommand(program: string, args: readonly string[]): Promise<CommandResult> {
  // The tools of an administrator are in folders that are on no other user's path.
  const path = `${process.env["PATH"] ?? "/usr/bin:/bin"}:/usr/sbin:/sbin`;
  const options = {
    env: { PATH: path, LC_ALL: "C" },
    timeout: limitMs,
    killSignal: "SIGKILL",
    maxBuffer: outputBytesMax,
  } as const;
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) resolve({ kind: "output", stdout });
      else if (error.code === "ENOENT") resolve({ kind: "unseen", why: `there is no ${program} here` });
      else if (error.code === "EACCES") resolve({ kind: "unseen", why: `this user may not run ${program}` });
      else if (error.killed === true)
        resolve({ kind: "unseen", why: `${program} did not answer within ${limitMs} ms` });
      else resolve({ kind: "unseen", why: `${program}: ${complaint(program, stderr) || error.message}` });
    });
  });
}

/** The last line of standard error, without the program's own name in front. */
function complaint(program: string, stderr: string): string {
  const line = stderr.trim().split("\n").at(-1) ?? "";
  return line.startsWith(`${program}: `) ? line.slice(`${program}: `.length) : line;
}
