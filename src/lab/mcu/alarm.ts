// Timers come in steps of a millisecond and fire up to one early or late (measured). Where that matters the rest is
// slept through in this thread: exact to a tenth and free of CPU, at the price of nothing else happening for so long.
const cell = new Int32Array(new SharedArrayBuffer(4));
// Waking up takes so long (measured: 0.08 to 0.13 ms).
const wakeUpMs = 0.1;
// A timer of less than 1 ms is one of 1 ms; to be in time it must end that and its own lateness before the moment.
const exactSleepMsMax = 1.2;
// Nearer to the moment than a timer's next step.
const sleepMsMax = 0.5;

/** One alarm that is set again and again. */
export interface Alarm {
  /**
   * Rings at that moment of `performance.now()`, or up to a millisecond around it unless `exact`.
   * Returns true where the moment has come already (or was slept until): then it does not ring.
   */
  set(at: number, exact: boolean): boolean;
  clear(): void;
}

export function createAlarm(ring: () => void): Alarm {
  let timer: NodeJS.Timeout | undefined;
  return {
    set(at, exact) {
      clearTimeout(timer);
      const restMs = at - performance.now();
      if (restMs > (exact ? exactSleepMsMax : sleepMsMax)) {
        timer = setTimeout(ring, exact ? restMs - 1 : restMs);
        return false;
      }
      if (restMs > wakeUpMs) Atomics.wait(cell, 0, 0, restMs - wakeUpMs);
      return true;
    },
    clear() {
      clearTimeout(timer);
    },
  };
}
