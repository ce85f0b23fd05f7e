/** Waiting for what happens elsewhere, without sleeping: whoever sees something says `changed`, and it is looked again. */
export interface Watch {
  changed(): void;
  /**
   * What `look` finds, as soon as it is neither undefined nor false. Rejects with what `look` throws, or, after
   * `boundMs`, with what was waited for.
   */
  until<Found>(what: string, look: () => Found | undefined | false, boundMs?: number): Promise<Found>;
}

/** Several times what anything takes on a busy machine: only a fault gets there. */
const boundMsDefault = 20_000;

export function createWatch(): Watch {
  const looks = new Set<() => void>();
  return {
    changed() {
      for (const look of looks) look();
    },
    until(what, look, boundMs = boundMsDefault) {
      return new Promise((resolve, reject) => {
        const bound = setTimeout(() => {
          stopLooking();
          reject(new Error(`timed out after ${boundMs} ms, waiting for ${what}`));
        }, boundMs);
        function stopLooking(): void {
          looks.delete(lookAgain);
          clearTimeout(bound);
        }
        function lookAgain(): void {
          try {
            const found = look();
            if (found === undefined || found === false) return;
            resolve(found);
          } catch (error) {
            reject(error);
          }
          stopLooking();
        }
        looks.add(lookAgain);
        lookAgain();
      });
    },
  };
}

/** Looks every 50 ms at something that no event tells of, such as the settings of a tty, until it is true. */
export async function untilSeen(what: string, look: () => boolean, boundMs = boundMsDefault): Promise<void> {
  const watch = createWatch();
  const looking = setInterval(() => watch.changed(), 50);
  try {
    await watch.until(what, look, boundMs);
  } finally {
    clearInterval(looking);
  }
}
