/** The exit code of what SIGINT has ended, as shells have it: 128 and the signal's number. */
export const interrupted = 130;

/** Aborted by the first SIGINT or SIGTERM, and when nobody reads any more; a second signal ends the process at once. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(interrupted);
    controller.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  process.stdout.on("error", () => controller.abort());
  return controller.signal;
}
