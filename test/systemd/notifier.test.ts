import assert from "node:assert/strict";
import { test } from "node:test";
import type { Log } from "../../src/runtime/logger.ts";
import { createNotifier } from "../../src/systemd/notifier.ts";
import { fakeSystemdNotify } from "./fake-program.ts";

const managed = { NOTIFY_SOCKET: "/run/systemd/notify" };
const mainPid = `--pid=${process.pid}`;

function recordingLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  return { lines, say: (level, _key, text) => lines.push(`${level} ${text}`) };
}

test("each message is a run of the program, in order and one at a time", async (t) => {
  const program = fakeSystemdNotify(t, "sleep 0.05");
  const log = recordingLog();
  const notifier = createNotifier(managed, log);
  notifier.beat();
  notifier.status('hub up, "0" errors');
  notifier.ready();
  notifier.stopping();
  await notifier.idle();
  assert.deepEqual(program.runs(), [
    "WATCHDOG=1",
    `${mainPid} --status=hub up, "0" errors`,
    `--ready ${mainPid}`,
    "STOPPING=1",
  ]);
  assert.deepEqual(log.lines, []);
});

test("of what waits to be sent only the newest of a kind is", async (t) => {
  const program = fakeSystemdNotify(t, "sleep 0.05");
  const notifier = createNotifier(managed, recordingLog());
  notifier.status("first");
  for (let i = 0; i < 1000; i++) {
    notifier.status(`${i}`);
    notifier.beat();
  }
  await notifier.idle();
  assert.deepEqual(program.runs(), [`${mainPid} --status=first`, `${mainPid} --status=999`, "WATCHDOG=1"]);
});

test("a reload says when it began, and is over when it is", async (t) => {
  const program = fakeSystemdNotify(t);
  const notifier = createNotifier(managed, recordingLog());
  notifier.beat();
  notifier.ready();
  const beforeUsec = process.hrtime.bigint() / 1000n;
  notifier.reloading();
  notifier.ready();
  await notifier.idle();
  const [beat, reloading = "", ready] = program.runs();
  assert.deepEqual([beat, ready], ["WATCHDOG=1", `--ready ${mainPid}`]);
  const usec = BigInt(/^RELOADING=1 MONOTONIC_USEC=(\d+)$/.exec(reloading)?.[1] ?? assert.fail(reloading));
  assert.ok(usec >= beforeUsec && usec <= process.hrtime.bigint() / 1000n);
});

test("a message that comes when all has been sent goes out too", async (t) => {
  const program = fakeSystemdNotify(t);
  const notifier = createNotifier(managed, recordingLog());
  for (let i = 0; i < 3; i++) {
    notifier.beat();
    await notifier.idle();
  }
  assert.deepEqual(program.runs(), ["WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"]);
});

test("without a service manager nothing is run", async (t) => {
  const program = fakeSystemdNotify(t);
  for (const env of [{}, { NOTIFY_SOCKET: "" }]) {
    const notifier = createNotifier(env, recordingLog());
    notifier.ready();
    notifier.status("up");
    notifier.beat();
    notifier.reloading();
    notifier.stopping();
    await notifier.idle();
  }
  assert.deepEqual(program.runs(), []);
});

test("a program that fails is logged once, and the next message is tried all the same", async (t) => {
  const program = fakeSystemdNotify(
    t,
    'echo \'Failed to notify init system\' >&2; rmdir "$(dirname "$0")/running"; exit 1',
  );
  const log = recordingLog();
  const notifier = createNotifier(managed, log);
  notifier.ready();
  notifier.beat();
  await notifier.idle();
  notifier.beat();
  await notifier.idle();
  assert.deepEqual(program.runs(), [`--ready ${mainPid}`, "WATCHDOG=1", "WATCHDOG=1"]);
  assert.deepEqual(log.lines, [
    "warn systemd could not be told (ready), service goes on: Failed to notify init system",
  ]);
});

test("a program that is missing is logged once", async (t) => {
  const path = process.env["PATH"];
  process.env["PATH"] = "/nonexistent";
  t.after(() => {
    process.env["PATH"] = path;
  });
  for (const message of ["ready", "beat"] as const) {
    const log = recordingLog();
    const notifier = createNotifier(managed, log);
    notifier[message]();
    notifier.stopping();
    await notifier.idle();
    assert.deepEqual(log.lines, [
      `warn systemd could not be told (${message}), service goes on: spawn systemd-notify ENOENT`,
    ]);
  }
});

test("the watchdog's interval is taken where it is meant for this process", () => {
  const cases: readonly [NodeJS.ProcessEnv, number | undefined][] = [
    [{}, undefined],
    [{ WATCHDOG_USEC: "30000000" }, 30_000],
    [{ WATCHDOG_USEC: "30000000", WATCHDOG_PID: `${process.pid}` }, 30_000],
    [{ WATCHDOG_USEC: "30000000", WATCHDOG_PID: "1" }, undefined],
    [{ WATCHDOG_USEC: "0" }, undefined],
    [{ WATCHDOG_USEC: "soon" }, undefined],
    [{ WATCHDOG_USEC: "" }, undefined],
  ];
  for (const [env, watchdogMs] of cases) {
    assert.equal(createNotifier({ ...managed, ...env }, recordingLog()).watchdogMs, watchdogMs, JSON.stringify(env));
    assert.equal(createNotifier(env, recordingLog()).watchdogMs, undefined);
  }
});
