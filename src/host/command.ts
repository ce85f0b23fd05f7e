import { execFile } from "node:child_process";

/** What a program said; or why it could not be asked. */
export type CommandResult = { readonly stdout: string } | { readonly unseen: string };

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
      if (error === null) resolve({ stdout });
      else if (error.code === "ENOENT") resolve({ unseen: `there is no ${program} here` });
      else if (error.code === "EACCES") resolve({ unseen: `this user may not run ${program}` });
      else if (error.killed === true) resolve({ unseen: `${program} did not answer within ${limitMs} ms` });
      else resolve({ unseen: `${program}: ${complaint(program, stderr) || error.message}` });
    });
  });
}

/** The last line of standard error, without the program's own name in front. */
function complaint(program: string, stderr: string): string {
  const line = stderr.trim().split("\n").at(-1) ?? "";
  return line.startsWith(`${program}: `) ? line.slice(`${program}: `.length) : line;
}
