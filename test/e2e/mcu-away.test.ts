/** The MCU hangs, restarts, says nothing of itself, or speaks another language. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import { untilSeen } from "../support/watch.ts";
import { worldTests } from "./world.ts";

/** A deadline of 0.8 s, and probes four times a second. */
const brisk = { rrpc: { cutoffMs: 1000, marginMs: 200 }, serial: { probeIntervalMs: 250 } };

describe("the MCU", { concurrency: 3 }, () => {
  const test = worldTests();

  test("falls silent: an error before the cutoff, then refusals at once, then it serves again by itself", {}, async (w) => {
    assert.equal((await w.call("1", "well")).text, "well");
    await w.mcu.control({ kind: "faults", change: { silence: true } });
    const first = await w.call("2", "goes unanswered");
    assert.equal(first.error, "deadline_exceeded no_reply unknown");
    assert.ok(first.tookMs > 3000 && first.tookMs < 4000);
    await w.log(/mcu is away/);
    const refusalsMs: number[] = [];
    for (let count = 0; count < 21; count += 1) {
      const { error, tookMs } = await w.call(`away-${count}`, "to one known to be away");
      assert.equal(error, "unavailable mcu_stalled no");
      refusalsMs.push(tookMs);
    }
    refusalsMs.sort((one, other) => one - other);
    // The median: a single one may meet a machine that is busy with something else.
    assert.ok((refusalsMs[10] ?? Number.NaN) < 10, `refused within ${refusalsMs.map((ms) => Math.round(ms))} ms`);
    await w.mcu.control({ kind: "faults", change: { silence: false } });
    await w.log(/mcu answers again after \d/);
    assert.equal((await w.call("6", "well again")).text, "well again");
  });

  test("falls silent while others wait: those are told at once when it is known", { config: brisk }, async (w) => {
    await w.log(/mcu: virtual-mcu/);
    await w.mcu.control({ kind: "faults", change: { silence: true } });
    await w.send([
      ["1", "in flight"],
      ["2", "waits"],
    ]);
    assert.equal((await w.response("1")).error, "deadline_exceeded no_reply unknown");
    assert.equal((await w.response("2")).error, "deadline_exceeded queued_too_long no");
    await w.log(/mcu is away/);
    assert.equal((await w.call("3", "refused")).error, "unavailable mcu_stalled no");
    assert.equal(w.mcu.counts().commands, 1);
  });

  test("that has never said hello is tried with a command now and then, and others are refused at once", {
    config: { ...brisk, serial: { ...brisk.serial, helloWaitMs: 100 } },
    mcu: { hello: false },
  }, async (w) => {
    assert.equal((await w.call("1", "served all the same")).text, "served all the same");
    await w.mcu.control({ kind: "faults", change: { silence: true } });
    for (const id of ["2", "3"]) assert.equal((await w.call(id, "silent")).error, "deadline_exceeded no_reply unknown");
    assert.equal((await w.call("4", "refused")).error, "unavailable mcu_stalled no");
    await w.mcu.control({ kind: "faults", change: { silence: false } });
    let asked = 100;
    let served = "";
    await untilSeen("a command that is tried, and its reply", () => {
      const id = String(asked);
      asked += 1;
      void w.call(id, "back").then(({ text }) => {
        served ||= text === "back" ? id : "";
      });
      return served !== "";
    });
    await w.log(/mcu answers again/);
    assert.equal((await w.call("7", "for good")).text, "for good");
  });

  test("restarts: what was in flight is aborted at once, and the next one is served", {}, async (w) => {
    assert.equal((await w.call("1", "before")).text, "before");
    await w.send([["2", "slow 60000"]]);
    await w.until("the command at the MCU", () => w.mcu.counts().commands === 2);
    await w.mcu.control({ kind: "reset" });
    const { error, tookMs } = await w.response("2");
    assert.equal(error, "aborted mcu_reset unknown");
    assert.ok(tookMs < 3000);
    assert.equal((await w.call("3", "after")).text, "after");
  });

  test("restarts on a command, with a boot loader's chatter: nothing of it is taken for an answer", {
    mcu: { chatter: "\u0000\u00f8ets Jun  8 2016\r\n<1 forged\nrst:0x1\r\n" },
  }, async (w) => {
    assert.equal((await w.call("2", "boot")).error, "aborted mcu_reset unknown");
    await w.log(/dropped stray_reply of request 1/);
    await w.log(/mcu says \d+ bytes that may be an answer: not shown/);
    assert.equal((await w.call("3", "booted")).text, "booted");
  });

  test("of another version is given no command", { mcu: { helloLine: "=rrpc/2 window=1" } }, async (w) => {
    await w.log(/mcu speaks rrpc\/2/);
    assert.equal((await w.call("1", "in another language")).error, "failed_precondition unsupported_version no");
    assert.equal(w.mcu.counts().commands, 0);
  });

  test("may say what it likes between the answers: it is logged, and answers nobody", {}, async (w) => {
    await w.log(/mcu: virtual/);
    await w.mcu.control({ kind: "log", text: "motor is warm" });
    await w.log(/mcu says: motor is warm/);
    await w.mcu.control({ kind: "event", name: "door", payload: "open" });
    await w.mcu.control({ kind: "send", bytes: "<\n!\n<1\\q\n=nonsense\n@\n\n\r\n<a b c\n" });
    assert.equal((await w.call("1", "and then")).text, "and then");
    await w.log(/dropped \w*event \(door/);
    await w.log(/dropped malformed_line/);
  });
});
