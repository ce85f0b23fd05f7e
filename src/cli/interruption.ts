import { exitCodes } from "./exit-codes.ts";

/** Aborted by the first SIGINT or SIGTERM, and when nobody reads any more; a second signal ends the process at once. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    controller.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  process.stdout.on("error", () => controller.abort());
  return controller.signal;
}

/** Resolves at the interruption. */
export function untilInterrupted(): Promise<void> {
  const signal = interruption();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}
