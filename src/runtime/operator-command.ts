import { type StdioOptions, spawn } from "node:child_process";

/** Long enough to switch a hub's power off and on; the port is opened again after it in any case. */
const usualLimitMs = 15_000;

/**
 * Its output goes where the daemon's log goes. By way of descriptor 3: of a child's first three Node.js makes whatever
 * is behind them blocking, and a log that is a socket would then block the daemon as well.
 */
const stdio: StdioOptions = ["ignore", "ignore", "ignore", 2];
const toLog = "exec >&3 2>&3 3>&-";

/** A command of the operator's that runs; it does not keep this process from its end. */
export interface OperatorCommand {
  /** Never rejects; says for a person how it ended. Settles within the limit whatever the command does. */
  readonly ended: Promise<string>;
  /** Ends it and all that it has started, at once. */
  kill(): void;
}

/** What `ended` says of a command that did what it should. */
export const succeeded = "ended with 0";

/**
 * Runs the operator's command by the shell, to its end or to `limitMs`; its output goes to the daemon's log. Nothing
 * that came from the cloud or the wire is in it.
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
 * The same for a script of our own, for whose end this process waits.
 * @param args what the script reads as "$1" and so on: no value is ever a part of a script
 */
export function runScript(
  script: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  limitMs: number,
): OperatorCommand & { unref(): void } {
  const { promise: ended, resolve } = newEnding();
  // A process group of its own: a signal to the shell alone would leave running what the shell waits for.
  const child = spawn("/bin/sh", ["-c", `${toLog}\n${script}`, "sh", ...args], { env, stdio, detached: true });
  let isOver = false;

  function end(how: string): void {
    isOver = true;
    clearTimeout(timer);
    resolve(how);
  }

  function kill(how: string): void {
    if (isOver) return;
    // SIGKILL, as a command may ignore every other signal. Not waited for: a process stuck in a driver outlasts it.
    killGroup(child.pid);
    child.unref();
    end(how);
  }

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

/** Promise.withResolvers, which Node.js 22 was the first to have. */
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
    // ESRCH: all of it has ended by itself in this very moment.
  }
}
