/** What the daemon is told by signals. */
export type Signal = "SIGHUP" | "SIGUSR2" | "SIGTERM" | "SIGINT";

const names: readonly Signal[] = ["SIGHUP", "SIGUSR2", "SIGTERM", "SIGINT"];

type EndingSignal = "SIGTERM" | "SIGINT";

/** The signals of this process, from now on. */
export interface Signals {
  /** `act` gets each signal that comes while the start is not complete; it is kept for `handle` all the same. */
  duringStart(act: (signal: Signal) => void): void;
  /** `act` gets what has come so far, each signal once, and from now on every one as it comes. */
  handle(act: (signal: Signal) => void): void;
}

/** @param endNow is called at a second SIGTERM or SIGINT, whatever goes on */
export function catchSignals(endNow: (signal: EndingSignal) => void): Signals {
  /** A signal that comes twice before anybody could act on the first says nothing more. */
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
