import { spawn } from "node:child_process";

/** Long enough to switch a hub's power off and on; the port is opened again after it in any case. */
const limitMs = 15_000;

/**
 * Runs the operator's command by the shell, to its end or its limit; its output goes to the daemon's log. Nothing that
 * came from the cloud or the wire is in it. The result says how it ended, for a person.
 */
export function runOperatorCommand(command: string, env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn("/bin/sh", ["-c", command], { env, stdio: ["ignore", "inherit", "inherit"], timeout: limitMs });
    child.once("error", (error) => resolve(`cannot be run: ${error.message}`));
    child.once("close", (code, signal) => resolve(signal === null ? `ended with ${code}` : `was ended by ${signal}`));
  });
}
