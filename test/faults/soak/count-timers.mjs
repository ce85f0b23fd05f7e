// Loaded into the gateway before it: writes down how many timers are set, also those that Node.js keeps for itself, and
// those that do not hold up the process's end. From outside a timer cannot be seen.
import { createHook } from "node:async_hooks";
import { openSync, writeSync } from "node:fs";

// Opened once and written in place: a fault may be that there are no descriptors left.
const file = openSync(process.env.TIMER_COUNT_FILE, "w");
const intervalMs = 1000;
const timers = new Set();

// Before the hook is there, so that it does not count itself.
setInterval(() => {
  writeSync(file, `${timers.size}`.padEnd(8), 0);
}, intervalMs).unref();

createHook({
  init(id, type) {
    if (type === "Timeout") timers.add(id);
  },
  destroy(id) {
    timers.delete(id);
  },
}).enable();
