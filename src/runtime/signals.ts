/** The signals that the daemon handles. */
export type Signal = "SIGHUP" | "SIGUSR2" | "SIGTERM" | "SIGINT";

const names: readonly Signal[] = ["SIGHUP", "SIGUSR2", "SIGTERM", "SIGINT"];

type EndingSignal = "SIGTERM" | "SIGINT";

/** The signals that this process gets from now on. */
export interface Signals {
  /** `act` gets each signal that comes before the start is complete. `handle` gets it once more. */
  duringStart(act: (signal: Signal) => void): void;
  /** `act` gets each signal that has come so far once, and from now on every one as it comes. */
  handle(act: (signal: Signal) => void): void;
}

/** @param endNow called at a second SIGTERM or SIGINT, in whatever state the process is */
export function catchSignals(endNow: (signal: EndingSignal) => void): Signals {
  /** A set: a signal that comes twice before the first one is handled means the same. */
  const kept = new Set<Signal>();
  let act: (signal: Signal) => void = () => {};
  let isStarting = true;
  let isStopping = false;

  function onSignal(signal: Signal): void {
    if (signal === "SIGTERM" || signal === "SIGINT") {
      if (isStopping) endNow(signal);
      isStopping = true;
    }
    if (isStarting) kept.add(signal);
    act(signal);
  }

  for (const name of names) process.on(name, () => onSignal(name));
  return {
    duringStart(next) {
      act = next;
      for (const signal of kept) act(signal);
    },
    handle(next) {
      isStarting = false;
      act = next;
      for (const signal of kept) act(signal);
    },
  };
}
