import assert from "node:assert/strict";
import { test } from "node:test";
import { startWatchdog } from "../../src/systemd/watchdog.ts";

const bound = { timeout: 20_000 };
const healthy = {
  alarmOverdueMs: undefined,
  requestOverdueMs: undefined,
  sessionSilentMs: undefined,
  keepaliveMs: 120_000,
};

/** Everything that the watchdog does, one entry after another. */
class Timeline {
  readonly entries: string[] = [];
  #onEntry: () => void = () => {};

  add(entry: string): void {
    this.entries.push(entry);
    this.#onEntry();
  }

  async until(isThere: (entries: readonly string[]) => boolean): Promise<void> {
    while (!isThere(this.entries)) {
      await new Promise<void>((resolve) => {
        this.#onEntry = resolve;
      });
    }
  }
}

function watch(facts: () => typeof healthy | (Omit<typeof healthy, "alarmOverdueMs"> & { alarmOverdueMs: number })) {
  const timeline = new Timeline();
  const watchdog = startWatchdog({ watchdogMs: 300, beat: () => timeline.add("beat") }, facts, {
    say: (level, _key, text) => timeline.add(`${level} ${text}`),
  });
  // The watchdog's own timers do not keep a process alive.
  const alive = setInterval(() => {}, 1000);
  return {
    timeline,
    stop() {
      clearInterval(alive);
      watchdog.stop();
    },
  };
}

test("a healthy daemon beats, twice in an interval", bound, async () => {
  const startMs = performance.now();
  const { timeline, stop } = watch(() => healthy);
  await timeline.until((entries) => entries.length >= 5);
  stop();
  assert.deepEqual(timeline.entries, ["beat", "beat", "beat", "beat", "beat"]);
  // A probe of 100 ms and four times half of the interval, by timers that are never early.
  assert.ok(performance.now() - startMs > 690, `${performance.now() - startMs} ms`);
});

test("the cause is logged, no beat follows, and when it is gone they begin again", bound, async () => {
  let looks = 0;
  const { timeline, stop } = watch(() => {
    looks += 1;
    return looks > 1 && looks < 5 ? { ...healthy, alarmOverdueMs: 4000 } : healthy;
  });
  await timeline.until((entries) => entries.length >= 6);
  stop();
  const fault = "error unhealthy, no sign of life to systemd: the alarm is overdue by 4000 ms";
  const recovery = "warn healthy again: systemd gets its signs of life";
  assert.deepEqual(timeline.entries, ["beat", fault, fault, fault, recovery, "beat"]);
});

test("a loop that is blocked for a while gets no beat out of turn, and is well again afterwards", bound, async () => {
  let looks = 0;
  const { timeline, stop } = watch(() => {
    looks += 1;
    // The next probe's timer is due in 50 ms: the loop is blocked from before it until long after.
    if (looks === 1) setTimeout(() => blockLoop(1500), 75);
    return healthy;
  });
  await timeline.until((entries) => entries.length >= 4);
  stop();
  const [first, fault, recovery, last] = timeline.entries;
  assert.match(fault ?? "", /^error unhealthy, .*: the event loop lags by 1\d\d\d ms$/);
  assert.deepEqual([first, recovery, last], ["beat", "warn healthy again: systemd gets its signs of life", "beat"]);
});

test("where no beats are expected nothing is looked at", () => {
  const facts = () => assert.fail("it looked");
  startWatchdog({ watchdogMs: undefined, beat: facts }, facts, { say: facts }).stop();
});

function blockLoop(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
