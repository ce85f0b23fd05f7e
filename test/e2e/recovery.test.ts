/** An MCU that stays silent: the ladder of what is tried, up to the operator's command. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe } from "node:test";
import { type World, worldTests } from "./world.ts";

/** Away after the first unanswered command, and asked ten times a second: the command's turn comes within seconds. */
function configWith(recovery: object) {
  return {
    rrpc: { cutoffMs: 1000, marginMs: 200 },
    log: { level: "debug" }, // Every line of what repeats.
    serial: { stalledAfter: 1, probeIntervalMs: 100, helloWaitMs: 100, recovery },
  };
}

/** O_NONBLOCK among the flags of an open file, in octal. */
const nonBlocking = /^flags:\s+\d*[4-7]\d{3}$/m;

describe("recovery", { concurrency: 2 }, () => {
  const test = worldTests();

  test("of a silent MCU gets to the operator's command, and it serves again when it answers", {
    config: configWith({ reopen: "always", command: 'echo "switching $RRPC_SERIAL_PATH" >&2' }),
  }, async (w) => {
    await fallSilent(w);
    await w.log(/link: the recovery command ended with 0/);
    // The port was opened anew before: the gentler rung comes first. What the command says is in the log.
    assert.match(w.daemon.stderr(), /is open.*is open.*switching \S+\/mcu\n.*the recovery command/s);
    // Nor has it made the log block, which is the same open file.
    assert.match(readFileSync(`/proc/${w.daemon.pid}/fdinfo/2`, "utf8"), nonBlocking);
    await w.mcu.control({ kind: "faults", change: { silence: false } });
    await w.log(/mcu answers again/);
    assert.equal((await w.call("3", "well again")).text, "well again");
  });

  test("does not keep a stop waiting for the operator's command", {
    config: configWith({ reopen: "always", command: "echo switching >&2; sleep 60; true" }),
  }, async (w) => {
    await fallSilent(w);
    await w.log(/^switching$/m);
    w.daemon.signal("SIGTERM");
    // The exit is told at the end of standard error, which the command's own child holds open as well.
    assert.equal(await w.exit(), 0);
    assert.match(w.daemon.stderr(), /link: the recovery command was killed/);
  });

  test("leaves the port open where an action is not possible, and serves again when the MCU answers", {
    config: configWith({ reopen: "never", usbPower: "1-99" }),
  }, async (w) => {
    await fallSilent(w);
    await w.log(/link: the power cycle of USB socket 1-99 is not possible: there is no USB socket 1-99/);
    await w.mcu.control({ kind: "faults", change: { silence: false } });
    await w.log(/mcu answers again/);
    assert.equal((await w.call("3", "well again")).text, "well again");
    assert.equal(w.daemon.stderr().match(/link: \S+ is open/g)?.length, 1);
  });
});

async function fallSilent(w: World): Promise<void> {
  assert.equal((await w.call("1", "well")).text, "well");
  await w.mcu.control({ kind: "faults", change: { silence: true } });
  assert.equal((await w.call("2", "silent")).error, "deadline_exceeded no_reply unknown");
}
