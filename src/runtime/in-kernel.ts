/** Calls that a sick driver may keep for ever, or a name server that answers nothing for a minute; each has one of libuv's four threads as long as it lasts. */
const calls = new Set<object>();

/** Notes a call that is under way in the kernel, to its end. */
export async function inKernel<T>(call: () => Promise<T>): Promise<T> {
  const mark = {};
  calls.add(mark);
  try {
    return await call();
  } finally {
    calls.delete(mark);
  }
}

/** Long enough for the calls of a port that has just been closed. */
const endLimitMs = 500;

/**
 * Ends the process at once by a signal, whatever it is about: exit(3) waits for libuv's threads, each of which may hang in a
 * driver or for a name. SIGTERM and SIGINT are a clean end to a service manager, as exit code 0 is.
 */
export function endBySignal(signal: "SIGTERM" | "SIGINT" | "SIGKILL"): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/** Ends the process at once with this exit code, or by SIGKILL where a call hangs in the kernel. */
export function endProcess(exitCode: number): void {
  if (calls.size === 0) process.exit(exitCode);
  endBySignal("SIGKILL");
}

/** Lets the process end by itself, with this exit code; where a call hangs in the kernel, by SIGTERM. */
export function letProcessEnd(exitCode: number): void {
  process.exitCode = exitCode;
  setTimeout(() => {
    if (calls.size > 0) endBySignal("SIGTERM");
  }, endLimitMs).unref();
}
