import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";

/** Long enough to switch a hub's power off and on. Afterwards the port is opened again in any case. */
const usualLimitMs = 15_000;

/**
 * The command's output goes where the daemon's log goes, through descriptor 3. Node.js makes a child's first three descriptors
 * blocking, and a log that is a socket would then block the daemon as well.
 */
const stdio: StdioOptions = ["ignore", "ignore", "ignore", 2];
const toLog = "exec >&3 2>&3 3>&-";

/** A running command of the operator. It does not keep this process alive. */
export interface OperatorCommand {
  /** How it ended, in words. Never rejects; settles within the limit, whatever the command does. */
  readonly ended: Promise<string>;
  /** Ends it and all processes that it has started, at once. */
  kill(): void;
}

/** `ended` of a command that succeeded. */
export const succeeded = "ended with 0";

/**
 * Runs the operator's command in a shell until it ends, at most for `limitMs`. Nothing that came from the cloud or the serial line is
 * a part of it.
 */
export function runOperatorCommand(
  command: string,
  env: NodeJS.ProcessEnv,
  limitMs: number = usualLimitMs,
): OperatorCommand {
  const running = runScript(command, [], env, limitMs);
  running.unref();
  return running;
}

/**
 * The same for a script of ours. The process stays alive until it ends.
 * @param args the script's "$1" and so on: no value is ever a part of the script
 */
export function runScript(
  script: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  limitMs: number,
): OperatorCommand & { unref(): void } {
  const child = shell([`${toLog}\n${script}`, "sh", ...args], env);
  if (child instanceof Error)
    return { ended: Promise.resolve(`cannot be run: ${child.message}`), kill() {}, unref() {} };
  const { promise: ended, resolve } = newEnding();
  let isOver = false;

  const end = (how: string): void => {
    isOver = true;
    clearTimeout(timer);
    resolve(how);
  };

  const kill = (how: string): void => {
    if (isOver) return;
    // SIGKILL, because a command may ignore every other signal. Do not wait: a process stuck in a driver survives even that.
    killGroup(child.pid);
    child.unref();
    end(how);
  };

  const timer = setTimeout(() => kill(`was killed after ${limitMs / 1000} s`), limitMs);
  child.once("error", (error) => end(`cannot be run: ${error.message}`));
  child.once("exit", (code, signal) => end(signal === null ? `ended with ${code}` : `was ended by ${signal}`));
  return {
    ended,
    kill: () => kill("was killed"),
    unref() {
      child.unref();
      timer.unref();
    },
  };
}

/** Some errors Node.js throws, such as that there is no memory for another process; the others follow as the event. */
function shell(args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess | Error {
  try {
    // A process group of its own: a signal to the shell alone would not end what the shell has started.
    return spawn("/bin/sh", ["-c", ...args], { env, stdio, detached: true });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Promise.withResolvers, which Node.js has from version 22 on. */
function newEnding(): { promise: Promise<string>; resolve: (how: string) => void } {
  let resolve: (how: string) => void = () => {};
  const promise = new Promise<string>((resolvePromise) => {
    resolve = resolvePromise;
  });
  return { promise, resolve };
}

function killGroup(leader: number | undefined): void {
  // Without a pid there was no process, and 0 would be this process's own group.
  if (leader === undefined) return;
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // ESRCH: all of its processes have just ended.
  }
}
