/** More than the MCU, the line or the queue can take: nothing is lost, nobody waits in vain, and memory stays bounded. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe } from "node:test";
import { memoryMaxMiB } from "../support/unit.ts";
import { worldTests } from "./world.ts";

describe("under load", () => {
  const test = worldTests();

  test("1000 requests at once: each has one answer in time, and what was said not to be executed was not", {
    mcu: { baudRate: 115_200 },
  }, async (w) => {
    const ids = Array.from({ length: 1000 }, (_, index) => `${index}`);
    await w.send(ids.map((id) => [id, `do ${id}`]));
    const outcomes = new Map<string, number>();
    for (const id of ids) {
      const { error, text } = await w.response(id);
      if (error === undefined) assert.equal(text, `do ${id}`);
      const outcome = error?.split(" ")[1] ?? "ok";
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    const {
      ok = 0,
      queue_full = 0,
      queued_too_long = 0,
      no_reply = 0,
      write_stalled = 0,
    } = Object.fromEntries(outcomes);
    const unknown = no_reply + write_stalled;
    assert.equal(ok + queue_full + queued_too_long + unknown, 1000);
    assert.ok(ok > 100 && queue_full > 0, `${ok} ok, ${queue_full} refused`);
    const { executed } = w.mcu.counts();
    assert.ok(executed >= ok && executed <= ok + unknown, `${executed} executed, ${ok} ok, ${unknown} unknown`);
    assert.equal(w.mcu.counts().beyondWindow, 0);
  });

  test("20 requests at once into a receive buffer of 128 bytes: no byte is lost, all are answered", {
    mcu: { baudRate: 115_200, rxBufferBytes: 128, delayMs: 10 },
  }, async (w) => {
    const payloads = Array.from({ length: 20 }, (_, index) => `set channel ${index} to some value or other`);
    await w.send(payloads.map((payload, index) => [`${index}`, payload]));
    for (const [index, payload] of payloads.entries()) assert.equal((await w.response(`${index}`)).text, payload);
    assert.equal(w.mcu.counts().bytesOverflowed, 0);
    assert.equal(w.mcu.counts().beyondWindow, 0);
  });

  test("as many are in flight as the MCU says that it can hold, and never more", { mcu: { window: 4 } }, async (w) => {
    await w.log(/mcu: .*window 4/);
    const ids = Array.from({ length: 24 }, (_, index) => `${index}`);
    await w.send(ids.map((id) => [id, "slow 200"]));
    for (const id of ids) assert.equal((await w.response(id)).text, "slow 200");
    assert.equal(w.mcu.counts().beyondWindow, 0);
    const firstAnswer = w.broker.traffic.find(({ kind }) => kind === "response");
    assert.ok((w.commands[3]?.atMs ?? Number.POSITIVE_INFINITY) < (firstAnswer?.atMs ?? 0));
  });

  test("an MCU that promises more than there can be gets as many as serial.windowMax says, and no more", {
    mcu: { helloLine: "=rrpc/1 window=999999 line=999999 dedup=999999", window: 8 },
    config: { serial: { windowMax: 8 } },
  }, async (w) => {
    await w.log(/mcu: .*window 999999/);
    const ids = Array.from({ length: 24 }, (_, index) => `${index}`);
    await w.send(ids.map((id) => [id, "slow 200"]));
    for (const id of ids) assert.equal((await w.response(id)).text, "slow 200");
    assert.equal(w.mcu.counts().beyondWindow, 0);
  });

  const brief = { rrpc: { cutoffMs: 2000, marginMs: 300 } };
  for (const form of ["noise", "replies"] as const) {
    test(`4 MB of ${form} from the MCU: requests are served, memory and CPU time stay bounded`, {
      config: brief,
    }, async (w) => {
      assert.equal((await w.call("1", "before")).text, "before");
      const before = usage(w.daemon.pid);
      await w.mcu.control({ kind: "flood", bytes: 4_000_000, form });
      const { error } = await w.call("2", "meanwhile");
      // Behind noise its reply is on the same line: lost, and honestly so.
      if (form === "noise") assert.equal(error, "deadline_exceeded no_reply unknown");
      // Right behind what may have had a payload only its length is told.
      await w.mcu.control({ kind: "send", bytes: "\nthat was all\n" });
      await w.log(/mcu says(: that was all| 12 bytes)/);
      assert.equal((await w.call("3", "after")).text, "after");
      await w.log(form === "noise" ? /dropped overlong_line \(40000\d\d bytes\)/ : /dropped stray_reply/);
      const after = usage(w.daemon.pid);
      const peakMiB = after.peakBytes / 2 ** 20;
      assert.ok(peakMiB < 0.75 * memoryMaxMiB(), `${peakMiB.toFixed(0)} MiB at the peak`);
      const cpuS = after.cpuS - before.cpuS;
      assert.ok(cpuS < 5, `${cpuS.toFixed(1)} s of CPU time`);
      // How much garbage V8 lets lie depends on its version; that it does not grow with what comes does not.
      await w.mcu.control({ kind: "flood", bytes: 8_000_000, form });
      await w.mcu.control({ kind: "send", bytes: "\nand that\n" });
      // Calls amid the flood may go unanswered; one behind it is answered.
      for (let id = 4; (await w.call(`${id}`, "at last")).text !== "at last"; id += 1) assert.ok(id < 20, "not served");
      const grownMiB = usage(w.daemon.pid).peakBytes / 2 ** 20 - peakMiB;
      assert.ok(grownMiB < 16, `${grownMiB.toFixed(0)} MiB more with 8 MB more`);
    });
  }
});

/** The most memory that the process has had resident so far, and the CPU time that it has used. */
function usage(pid: number): { readonly peakBytes: number; readonly cpuS: number } {
  const [, peakKiB = ""] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  // proc(5): utime and stime are the 14th and 15th field, in ticks of 1/100 s on every Linux; the 2nd ends with a ")".
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return { peakBytes: Number(peakKiB) * 1024, cpuS: (Number(fields[11]) + Number(fields[12])) / 100 };
}
