import assert from "node:assert/strict";
import { test } from "node:test";
import { monotonicTime } from "../../src/runtime/time.ts";

/** A machine whose clocks the test moves; its uptime is told in steps of `resolutionMs`. */
function startMachine(resolutionMs: number) {
  // As from a machine that has run for a while, with a fraction that whole seconds do not show.
  let awake = 1000;
  let up = 100_640;
  let wall = 1_700_000_000_000;
  const time = monotonicTime({
    awakeMs: () => awake,
    wallMs: () => Math.floor(wall),
    uptimeMs: () => Math.floor(up / resolutionMs) * resolutionMs,
  });
  const run = (ms: number) => {
    awake += ms;
    up += ms;
    wall += ms;
  };
  return {
    run,
    /** Runs with a beat in each quarter of a second. */
    beat(ms: number): void {
      for (let passed = 0; passed < ms; passed += 250) {
        run(250);
        time.check();
      }
    },
    sleep(ms: number): void {
      up += ms;
      wall += ms;
    },
    setWall(byMs: number): void {
      wall += byMs;
    },
    check: time.check,
    /** What the process takes for the time since its start. */
    passedMs: () => time.now() - 1000,
    sleptMs: time.sleptMs,
  };
}

for (const [name, resolutionMs] of [
  ["hundredths of a second", 10],
  ["whole seconds", 1000],
] as const) {
  test(`with an uptime in ${name}, the time that the machine slept counts at once, to the millisecond`, () => {
    const { beat, sleep, run, passedMs, sleptMs } = startMachine(resolutionMs);
    beat(3000);
    assert.equal(passedMs(), 3000);
    sleep(20_123);
    assert.equal(passedMs(), 23_123);
    beat(2000);
    sleep(3456);
    run(7);
    assert.equal(passedMs(), 28_586);
    beat(10_000);
    assert.equal(passedMs(), 38_586);
    assert.equal(sleptMs(), 23_579);
  });

  test(`with an uptime in ${name}, a wall clock that is set is no sleep, in either direction`, () => {
    const { beat, setWall, run, passedMs } = startMachine(resolutionMs);
    beat(3000);
    for (const by of [60_000, -60_000, 1_000_000_000_000, -1_000_000_000_000, -300]) {
      setWall(by);
      run(1);
      passedMs();
      beat(1000);
    }
    assert.equal(passedMs(), 8005);
  });

  test(`with an uptime in ${name}, a sleep that the wall clock hides is found by the next look`, () => {
    const { beat, sleep, setWall, passedMs, check } = startMachine(resolutionMs);
    beat(3000);
    sleep(20_000);
    setWall(-20_000);
    assert.equal(passedMs(), 3000);
    check();
    assert.ok(passedMs() > 22_000 && passedMs() <= 23_000, `${passedMs()}`);
  });

  test(`with an uptime in ${name}, hours of small errors add up to nothing`, () => {
    const { run, check, passedMs } = startMachine(resolutionMs);
    for (let round = 0; round < 40_000; round += 1) {
      run(251.7);
      check();
    }
    assert.equal(Math.round(passedMs()), Math.round(40_000 * 251.7));
  });
}

test("a wall clock that is set by a few hundred ms does not pass for a sleep where the uptime is fine", () => {
  const { beat, setWall, passedMs } = startMachine(10);
  beat(3000);
  setWall(400);
  assert.equal(passedMs(), 3000);
});
