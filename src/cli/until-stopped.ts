/** Resolves at the first SIGINT or SIGTERM, or when nobody reads the lines any more; a second signal ends at once. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
    process.stdout.on("error", () => resolve());
  });
}
