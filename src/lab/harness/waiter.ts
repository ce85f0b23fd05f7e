/** Waits for conditions that may hold after any event; whoever sees an event calls `check`. */
export interface Waiter {
  check(): void;
  /**
   * Resolves when `condition` holds. Rejects if it does not within 10 s, if `hopeless` says why it never will, or if the
   * signal is aborted. `failure` says what is wrong then, such as "no answer from the board".
   */
  until(failure: string, condition: () => boolean, hopeless?: () => string | undefined): Promise<void>;
}

/** Far more than anything here takes: only a fault gets there. */
const waitLimitMs = 10_000;

export function createWaiter(signal: AbortSignal): Waiter {
  const checks = new Set<() => void>();
  return {
    check() {
      for (const check of checks) check();
    },
    until(failure, condition, hopeless = () => undefined) {
      return new Promise((resolve, reject) => {
        function check(): void {
          const why = signal.aborted ? "interrupted" : hopeless();
          if (condition()) settle(resolve);
          else if (why !== undefined) settle(() => reject(new Error(`${failure}: ${why}`)));
        }
        function settle(result: () => void): void {
          clearTimeout(limit);
          checks.delete(check);
          signal.removeEventListener("abort", check);
          result();
        }
        const tooLate = new Error(`${failure} within ${waitLimitMs / 1000} s`);
        const limit = setTimeout(() => settle(() => reject(tooLate)), waitLimitMs);
        checks.add(check);
        signal.addEventListener("abort", check);
        check();
      });
    },
  };
}
