import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { watchStandStill } from "../../src/runtime/stand-still.ts";

/** A process whose time passes only when the test says so. */
function startProcess(t: TestContext) {
  t.mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
  let now = 0;
  const observe = watchStandStill(() => now);
  return {
    /** Timers are served in time. */
    run(ms: number): void {
      for (let passed = 0; passed < ms; passed += 1) {
        now += 1;
        t.mock.timers.tick(1);
      }
    },
    /** No timer is served: the process is stopped, or does one long piece of work. */
    stand(ms: number): void {
      now += ms;
    },
    /** When something that is read now may have arrived, in ms of this process; undefined: just now. */
    since: () => observe(now)?.since,
    /** How much longer nothing is written. */
    quietMs: () => (observe(now)?.until ?? now) - now,
  };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("a process that runs has not stood still, nor one whose beat is a little late", (t) => {
  const { run, stand, since } = startProcess(t);
  run(1200);
  assert.equal(since(), undefined);
  stand(400);
  assert.equal(since(), undefined);
});

test("what is read after a stand-still may be as old as the last beat, until 0.1 s have passed", async (t) => {
  const { run, stand, since, quietMs } = startProcess(t);
  run(1200);
  stand(10_000);
  assert.equal(since(), 1000);
  assert.equal(quietMs(), 100);
  run(99);
  await turn();
  assert.equal(since(), 1000);
  run(1);
  await turn();
  assert.equal(since(), undefined);
});

test("what has piled up may take longer to read: the last of it is as old as the first", async (t) => {
  const { run, stand, since, quietMs } = startProcess(t);
  run(1200);
  stand(10_000);
  assert.equal(since(), 1000);
  stand(300);
  assert.equal(since(), 1000);
  assert.ok(quietMs() > 0);
  run(100);
  await turn();
  assert.equal(since(), undefined);
});

test("it is not over while the event loop has much to read in each turn", async (t) => {
  const { run, stand, since } = startProcess(t);
  run(1200);
  stand(10_000);
  assert.equal(since(), 1000);
  run(100);
  stand(20);
  await turn();
  assert.equal(since(), 1000);
  await turn();
  assert.equal(since(), undefined);
});

test("a flood does not make it last: it is over after as long as the process stood still", async (t) => {
  const { run, stand, since } = startProcess(t);
  run(1200);
  stand(1000);
  assert.equal(since(), 1000);
  run(100);
  for (let readMs = 100; readMs < 1200; readMs += 100) {
    assert.equal(since(), 1000, `${readMs}`);
    stand(100);
    await turn();
  }
  assert.equal(since(), undefined);
});

test("a second stand-still while the first one is caught up with prolongs it", async (t) => {
  const { run, stand, since } = startProcess(t);
  run(1200);
  stand(10_000);
  assert.equal(since(), 1000);
  // With a beat in it, from which the second one can be told.
  run(300);
  stand(5000);
  assert.equal(since(), 1000);
  await turn();
  await turn();
  assert.equal(since(), 1000);
  run(100);
  await turn();
  assert.equal(since(), undefined);
});
