// Timers have steps of a millisecond and fire up to one early or late (measured). Where that matters, this thread sleeps
// through the rest: exact to a tenth and without CPU, but nothing else happens meanwhile.
const cell = new Int32Array(new SharedArrayBuffer(4));
// Waking up takes this long (measured: 0.08 to 0.13 ms).
const wakeUpMs = 0.1;
// A timer below 1 ms takes 1 ms. With its own lateness it must still end before the moment.
const exactSleepMsMax = 1.2;
// Closer to the moment than a timer's next step.
const sleepMsMax = 0.5;

/** One alarm that can be set again. */
export interface Alarm {
  /**
   * Rings at that moment of `performance.now()`; unless `exact`, up to a millisecond earlier or later.
   * Returns true if the moment has come already, or was slept until: then it does not ring.
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
