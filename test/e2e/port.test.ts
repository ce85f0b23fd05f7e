/** The serial port is missing, goes away, comes back under another name, or takes nothing any more. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "node:test";
import { startVirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import { startDaemon } from "../support/daemon.ts";
import { worldTests } from "./world.ts";

describe("the serial port", { concurrency: 3 }, () => {
  const test = worldTests();

  test("is missing at the start: requests are refused at once, and served as soon as it is there", {
    before: ({ mcu }) => mcu.control({ kind: "unplug" }),
  }, async (w) => {
    await w.log(/session: up/);
    await w.log(/mcu does not exist; .*waiting for it/);
    const { error, tookMs } = await w.call("1", "too early");
    assert.equal(error, "unavailable serial_down no");
    assert.ok(tookMs < 1000);
    await w.mcu.control({ kind: "plug" });
    await w.log(/link: .* is open, after/);
    assert.equal((await w.call("2", "with a cable")).text, "with a cable");
  });

  test("goes while a command is in flight: aborted at once, the others refused, and it comes back", {}, async (w) => {
    assert.equal((await w.call("1", "before")).text, "before");
    await w.send([
      ["2", "slow 60000"],
      ["3", "waits"],
    ]);
    await w.until("the command at the MCU", () => w.mcu.counts().commands === 2);
    await w.mcu.control({ kind: "unplug" });
    const { error, tookMs } = await w.response("2");
    assert.equal(error, "aborted link_lost unknown");
    assert.ok(tookMs < 3000);
    assert.equal((await w.response("3")).error, "unavailable serial_down no");
    await w.log(/link: lost after/);
    assert.equal((await w.call("4", "no cable")).error, "unavailable serial_down no");

    // The same adapter under another number, which the same link leads to.
    const renumbered = await startVirtualMcu();
    try {
      symlinkSync(renumbered.tty, join(w.folder, "mcu"));
      await w.until("the next hello", () => renumbered.counts().hellos > 1);
      assert.equal((await w.call("5", "after")).text, "after");
      // Nothing of what was meant for the closed port has come out of the new one.
      assert.equal(renumbered.counts().commands, 1);
    } finally {
      await renumbered.close();
    }
  });

  test("takes nothing any more: an error in time, another opening, and the command never comes late", {
    config: { serial: { writeTimeoutMs: 300 } },
  }, async (w) => {
    assert.equal((await w.call("1", "before")).text, "before");
    const helloCount = w.mcu.counts().hellos;
    await w.mcu.control({ kind: "block", on: true });
    // What the MCU says comes behind its XOFF; right behind a reply only its length is told.
    await w.mcu.control({ kind: "log", text: "hold on" });
    await w.log(/mcu says(: hold on| 7 bytes)/);
    const { error, tookMs } = await w.call("2", "stuck");
    assert.equal(error, "deadline_exceeded write_stalled unknown");
    assert.ok(tookMs < 3000);
    await w.log(/the serial port takes no bytes/);
    await w.until("the next hello", () => w.mcu.counts().hellos > helloCount);
    assert.equal((await w.call("3", "flows again")).text, "flows again");
    assert.deepEqual(
      w.commands.map(({ processId }) => processId),
      ["1", "3"],
    );
  });

  test("is read by another program as well: that is told by its name", {
    config: { rrpc: { cutoffMs: 1500 } },
  }, async (w) => {
    assert.equal((await w.call("1", "before")).text, "before");
    const thief = spawn("cat", [w.mcu.tty], { stdio: ["ignore", "ignore", "ignore"] });
    try {
      const named = new RegExp(`link: cat \\(process ${thief.pid}\\) has \\S+mcu open as well`);
      for (let id = 2; !named.test(w.daemon.stderr()) && id < 60; id++) await w.call(`${id}`, "is it heard?");
      assert.match(w.daemon.stderr(), named);
    } finally {
      thief.kill();
    }
  });

  test("is a running gateway's: a second one with another device says whose, and changes nothing of the line", {
    config: { serial: { xonxoff: true } },
  }, async (w) => {
    assert.equal((await w.call("1", "before")).text, "before");
    const line = () => execFileSync("stty", ["-F", w.mcu.tty, "-a"], { encoding: "utf8" });
    const before = line();
    const config = JSON.parse(readFileSync(join(w.folder, "config.yaml"), "utf8"));
    const hub = { ...config.hub, deviceName: "another", host: "127.0.0.1", port: 9 };
    writeFileSync(join(w.folder, "another.yaml"), JSON.stringify({ hub, serial: { path: config.serial.path } }));
    let wake = () => {};
    const second = startDaemon(["run", "--config", join(w.folder, "another.yaml")], () => wake());
    try {
      const says = `mcu is in use by rrpc-gateway (process ${w.daemon.pid})`;
      while (!second.stderr().includes(says)) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      assert.equal(line(), before);
      assert.equal((await w.call("2", "after")).text, "after");
    } finally {
      second.signal("SIGKILL");
      await second.ended;
    }
  });

  test("flaps: every request has its one answer, and none is done twice", {}, async (w) => {
    // The one that the gateway has asked for: the MCU has said another at its start, to nobody.
    await w.log(/mcu: virtual-mcu/);
    for (const [round, backAfterMs] of [0, 10, 50].entries()) {
      const ids = Array.from({ length: 10 }, (_, index) => `${round}-${index}`);
      const { commands, hellos } = w.mcu.counts();
      await w.send(ids.map((id) => [id, "slow 20"]));
      await w.until("the next command", () => w.mcu.counts().commands > commands);
      await w.mcu.control({ kind: "hangup", backAfterMs });
      for (const id of ids) await w.response(id);
      await w.until("the next hello", () => w.mcu.counts().hellos > hellos);
    }
    assert.equal((await w.call("last", "after all that")).text, "after all that");
  });
});
