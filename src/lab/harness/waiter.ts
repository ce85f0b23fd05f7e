/** Waits for conditions that may hold after any event; whoever sees one calls `look`. */
export interface Waiter {
  look(): void;
  /**
   * Resolves when `condition` holds. Rejects when it does not within 10 s, when `hopeless` says why it never will, or
   * when the signal is aborted.
   */
  until(what: string, condition: () => boolean, hopeless?: () => string | undefined): Promise<void>;
}

/** Far more than anything here takes, so that only a fault gets there. */
const waitLimitMs = 10_000;

export function createWaiter(signal: AbortSignal): Waiter {
  const looks = new Set<() => void>();
  return {
    look() {
      for (const look of looks) look();
    },
    until(what, condition, hopeless = () => undefined) {
      return new Promise((resolve, reject) => {
        function look(): void {
          const why = signal.aborted ? "interrupted" : hopeless();
          if (condition()) settle(resolve);
          else if (why !== undefined) settle(() => reject(new Error(`${what}: ${why}`)));
        }
        function settle(result: () => void): void {
          clearTimeout(limit);
          looks.delete(look);
          signal.removeEventListener("abort", look);
          result();
        }
        const inVain = new Error(`${what}: not within ${waitLimitMs} ms`);
        const limit = setTimeout(() => settle(() => reject(inVain)), waitLimitMs);
        looks.add(look);
        signal.addEventListener("abort", look);
        look();
      });
    },
  };
}
