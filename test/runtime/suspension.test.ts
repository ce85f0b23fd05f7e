import assert from "node:assert/strict";
import { test } from "node:test";
import { beatMs, detectSuspension } from "../../src/runtime/suspension.ts";

/** A process whose time passes only when the test says so, and who looks with each beat. */
function startProcess() {
  let now = 0;
  let idle = 0;
  const detector = detectSuspension({ now: () => now, idleMs: () => idle });
  /** Waits for something to read, which comes after `ms`. */
  const wait = (ms: number) => {
    now += ms;
    idle += ms;
  };
  return {
    wait,
    /** Waits that long, as a process does that has nothing to do but its beats. */
    rest(ms: number): void {
      for (let passed = 0; passed < ms; passed += beatMs) {
        wait(Math.min(beatMs, ms - passed));
        detector.look(now);
      }
    },
    /** Works, or is suspended in the midst of work: the loop does not wait. */
    work(ms: number): void {
      now += ms;
    },
    /** Suspended while it waits: in vain as far as the loop can tell. */
    suspend: wait,
    read: (byteCount: number) => detector.read(byteCount),
    now: () => now,
    /** When something that is read now may have arrived, in ms of this process; undefined: just now. */
    since: () => detector.look(now)?.since,
    /** How much longer nothing is written. */
    quietMs: () => (detector.look(now)?.until ?? now) - now,
  };
}

test("a process that runs was not suspended, nor one whose beat is a little late", () => {
  const { rest, suspend, since } = startProcess();
  rest(1000);
  assert.equal(since(), undefined);
  suspend(400);
  assert.equal(since(), undefined);
});

test("what is read after a suspension is no older than the last look; it is over once there is nothing to read", () => {
  const { rest, suspend, work, wait, since, quietMs } = startProcess();
  rest(1000);
  suspend(10_000);
  assert.equal(since(), 1000);
  assert.equal(quietMs(), 1);
  // Whatever it takes to read all that has piled up.
  work(50);
  assert.equal(since(), 1000);
  work(300);
  assert.equal(since(), 1000);
  wait(1);
  assert.equal(since(), undefined);
  assert.equal(quietMs(), 0);
});

test("run for a moment now and then, it tells no age above one pause, and writes in each moment", () => {
  const { rest, suspend, work, wait, since, now } = startProcess();
  rest(1000);
  for (let round = 0; round < 20; round += 1) {
    const lookedAt = now();
    suspend(900);
    assert.equal(since(), lookedAt, `${round}`);
    work(5);
    assert.equal(since(), lookedAt);
    wait(2);
    assert.equal(since(), undefined, "all is read, and what is late is written");
    wait(70);
    since();
  }
});

test("suspended in the midst of work, what is read may be as old as the last time that nothing was there", () => {
  const { rest, work, wait, since } = startProcess();
  rest(1000);
  work(100);
  assert.equal(since(), undefined);
  work(900);
  // The loop last waited before 1000.
  assert.equal(since(), 750);
  wait(1);
  assert.equal(since(), undefined);
});

test("a second suspension before all is read prolongs the first", () => {
  const { rest, suspend, work, wait, since } = startProcess();
  rest(1000);
  suspend(10_000);
  assert.equal(since(), 1000);
  work(5000);
  assert.equal(since(), 1000);
  wait(1);
  assert.equal(since(), undefined);
});

test("a flood does not make it last: it is over after as long as the process was suspended", () => {
  const { rest, suspend, work, since } = startProcess();
  rest(1000);
  suspend(2000);
  assert.equal(since(), 1000);
  for (let readMs = 100; readMs < 2000; readMs += 100) {
    work(100);
    assert.equal(since(), 1000, `${readMs}`);
  }
  work(100);
  assert.equal(since(), undefined);
});

test("peers that had to hold back get 0.1 s: what they send then is as old as the rest", () => {
  const { rest, suspend, wait, read, since, quietMs } = startProcess();
  rest(1000);
  suspend(10_000);
  assert.equal(since(), 1000);
  for (let count = 0; count < 100; count += 1) read(20);
  wait(1);
  assert.equal(since(), 1000);
  assert.equal(quietMs(), 99);
  wait(99);
  assert.equal(since(), 1000, "what came before this look has just been read");
  wait(1);
  assert.equal(since(), undefined);
});
