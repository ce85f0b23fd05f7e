/**
 * Calls into the kernel or the resolver that may hang: a faulty driver for ever, a name server for a minute. Each occupies one of
 * libuv's four threads until it returns.
 */
const calls = new Set<object>();

/** Makes such a call, and counts it as pending until it returns. */
export async function inKernel<T>(call: () => Promise<T>): Promise<T> {
  const mark = {};
  calls.add(mark);
  try {
    return await call();
  } finally {
    calls.delete(mark);
  }
}

/** Long enough for the pending calls of a port that has just been closed. */
const endLimitMs = 500;

/**
 * Ends the process at once by a signal, whatever it is doing. exit(3) would wait for libuv's threads, which may hang in a driver
 * or in a name lookup. A service manager takes SIGTERM and SIGINT for a clean end, like exit code 0.
 */
export function endBySignal(signal: "SIGTERM" | "SIGINT" | "SIGKILL"): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/** Ends the process at once with this exit code, or by SIGKILL if a call hangs in the kernel. */
export function endProcess(exitCode: number): void {
  if (calls.size === 0) process.exit(exitCode);
  endBySignal("SIGKILL");
}

/** Lets the process end by itself with this exit code; if a call hangs in the kernel, ends it by SIGTERM. */
export function letProcessEnd(exitCode: number): void {
  process.exitCode = exitCode;
  setTimeout(() => {
    if (calls.size > 0) endBySignal("SIGTERM");
  }, endLimitMs).unref();
}
