import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Supervisor, type SupervisorOptions } from "../../src/runtime/supervisor.ts";

interface Fake {
  readonly up: () => void;
  readonly down: (end: string) => void;
}

/** A supervisor on the test runner's clock, and what it has opened. */
function supervise(context: TestContext, options: Partial<SupervisorOptions<Fake, string>> = {}) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const clock = { nowMs: 0 };
  const opened: Fake[] = [];
  const log: string[] = [];
  const supervisor = new Supervisor<Fake, string>({
    open: (up, down) => {
      const fake = { up, down };
      opened.push(fake);
      return fake;
    },
    close: (fake) => fake.down("closed"),
    backoff: { firstMs: 1000, maxMs: 60_000 },
    intervalMs: 5000,
    stableMs: 10_000,
    onUp: ({ downMs, failures }) => log.push(`up after ${downMs}, ${failures} failures`),
    onDown: (end, { upMs, retryMs }) => log.push(`${end} after ${upMs}, retry in ${retryMs}`),
    now: () => clock.nowMs,
    random: () => 0.5,
    ...options,
  });
  const pass = (ms: number) => {
    clock.nowMs += ms;
    context.mock.timers.tick(ms);
  };
  const newest = () => {
    const fake = opened.at(-1);
    assert.ok(fake);
    return fake;
  };
  return { supervisor, opened, newest, log, pass };
}

test("it opens again for ever, an interval after the last one failed, more slowly with each failure", (context) => {
  const { supervisor, opened, newest, log, pass } = supervise(context);
  supervisor.start();
  for (let failure = 0; failure < 5; failure++) {
    pass(100);
    newest().down("refused");
    pass(30_000);
  }
  assert.equal(opened.length, 6);
  assert.deepEqual(log, [
    "refused after undefined, retry in 5000",
    "refused after undefined, retry in 5000",
    "refused after undefined, retry in 5000",
    "refused after undefined, retry in 6000",
    "refused after undefined, retry in 12000",
  ]);
});

test("after a session that was stable it opens again almost at once, and says how long it was away", (context) => {
  const { supervisor, newest, log, pass } = supervise(context);
  supervisor.start();
  pass(40);
  newest().up();
  assert.equal(supervisor.current, newest());
  pass(20_000);
  newest().down("lost");
  assert.equal(supervisor.current, undefined);
  pass(500);
  newest().up();
  assert.deepEqual(log, ["up after 40, 0 failures", "lost after 20000, retry in 500", "up after 500, 0 failures"]);
});

test("one that ends soon after it was up counts as a failure", (context) => {
  const { supervisor, newest, log, pass } = supervise(context);
  supervisor.start();
  newest().up();
  pass(9999);
  newest().down("kicked");
  assert.deepEqual(log.at(-1), "kicked after 9999, retry in 750");
});

test("the interval begins when a connection is up: the way there may take long once, and short the next time", (context) => {
  const { supervisor, newest, log, pass } = supervise(context);
  supervisor.start();
  pass(3000);
  newest().up();
  pass(1000);
  newest().down("kicked");
  assert.deepEqual(log.at(-1), "kicked after 1000, retry in 4000");
});

test("a watch cuts the wait short, and is closed with it", (context) => {
  let appear = () => {};
  let closedCount = 0;
  const watch = (retry: () => void) => {
    appear = retry;
    return {
      close: () => {
        closedCount += 1;
      },
    };
  };
  const { supervisor, opened, newest, pass } = supervise(context, { watch });
  supervisor.start();
  newest().down("no device");
  appear();
  assert.equal(opened.length, 2);
  assert.equal(closedCount, 1);
  pass(60_000);
  assert.equal(opened.length, 2);
});

test("stop ends the connection and opens no other", async (context) => {
  const { supervisor, opened, newest, pass } = supervise(context);
  supervisor.start();
  newest().up();
  await supervisor.stop();
  pass(60_000);
  assert.equal(opened.length, 1);
});

test("stop while it waits for the next connection opens none", async (context) => {
  const { supervisor, opened, newest, pass } = supervise(context);
  supervisor.start();
  newest().down("refused");
  await supervisor.stop();
  pass(60_000);
  assert.equal(opened.length, 1);
});

test("renew ends the connection, and another one follows", (context) => {
  const { supervisor, opened, newest, log, pass } = supervise(context);
  supervisor.start();
  newest().up();
  supervisor.renew();
  pass(5000);
  assert.equal(opened.length, 2);
  assert.match(log.at(-1) ?? "", /^closed after 0/);
});

test("a start can wait, as after a session that another configuration ended", (context) => {
  const { supervisor, opened, pass } = supervise(context);
  supervisor.start(3000);
  pass(2999);
  assert.equal(opened.length, 0);
  pass(1);
  assert.equal(opened.length, 1);
});

test("two who stop it are both told when it has", async (context) => {
  let goDown = () => {};
  const { supervisor, newest } = supervise(context, { close: (fake) => (goDown = () => fake.down("closed")) });
  supervisor.start();
  newest().up();
  const stops = Promise.all([supervisor.stop(), supervisor.stop()]);
  goDown();
  await stops;
});
