/** SIGHUP: what the configuration changes is taken, and the rest goes on undisturbed. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "node:test";
import { startVirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import { untilSeen } from "../support/watch.ts";
import { type World, worldTests } from "./world.ts";

describe("a reload", { concurrency: 3 }, () => {
  const test = worldTests();

  test("that changes the log level leaves session and link alone, and a request in flight", {}, async (w) => {
    await w.send([["1", "slow 1000"]]);
    await w.until("the command at the MCU", () => w.mcu.counts().commands === 1);
    reload(w, { log: { level: "debug" } });
    await w.log(/log level debug/);
    assert.equal((await w.response("1")).text, "slow 1000");
    assert.equal((await w.call("2", "after")).text, "after");
    await w.log(/request 2: ok/);
    assert.deepEqual(openings(w), { sessions: 1, links: 1 });
    assert.doesNotMatch(w.daemon.stderr(), /(link|session): lost/);
  });

  test("that changes a limit of the line takes it, in the same session", {
    mcu: { hello: false }, // Its hello would say the limit.
    config: { serial: { helloWaitMs: 100 } },
  }, async (w) => {
    const payload = "p".repeat(100);
    assert.equal((await w.call("1", payload)).text, payload);
    reload(w, { serial: { commandBytesMax: 64 }, log: { level: "debug" } });
    await w.log(/log level debug/);
    assert.equal((await w.call("2", payload)).error, "invalid_argument too_long no");
    assert.equal((await w.call("3", "short")).text, "short");
    assert.deepEqual(openings(w), { sessions: 1, links: 1 });
  });

  test("of deadline, queue, events and liveness leaves the port open, and the command in flight its reply", {}, async (w) => {
    await w.send([["1", "slow 1000"]]);
    await w.until("the command at the MCU", () => w.mcu.counts().commands === 1);
    reload(w, {
      rrpc: { marginMs: 600, queueMax: 1 },
      events: { perSecondMax: 1 },
      serial: { stalledAfter: 3, replyBytesMax: 1024, hupcl: "off", recovery: { pulse: "dtr" } },
    });
    await w.log(/deadline 3400 ms/);
    await w.send([
      ["2", "waits"],
      ["3", "one too many"],
    ]);
    assert.equal((await w.response("3")).error, "resource_exhausted queue_full no");
    assert.equal((await w.response("1")).text, "slow 1000");
    assert.equal((await w.response("2")).text, "waits");
    assert.deepEqual(openings(w), { sessions: 1, links: 1 });
    assert.doesNotMatch(w.daemon.stderr(), /(link|session): lost|opened anew/);
  });

  test("of the rules for payloads takes them on the open port, also for what waits", {
    config: { rrpc: { allow: ["slow [0-9]+", "status", "after"], deny: ["after"] } },
  }, async (w) => {
    assert.equal((await w.call("1", "factory reset")).error, "permission_denied not_allowed no");
    assert.equal((await w.call("2", Buffer.from("status\xff", "latin1"))).error, "permission_denied not_allowed no");
    assert.equal((await w.call("3", "after")).error, "permission_denied not_allowed no");
    await w.send([
      ["4", "slow 1000"],
      ["5", "status"],
    ]);
    await w.until("the command at the MCU", () => w.mcu.counts().commands === 1);
    reload(w, { rrpc: { allow: ["slow [0-9]+", "after"], deny: [] } });
    assert.equal((await w.response("5")).error, "permission_denied not_allowed no");
    assert.equal((await w.response("4")).text, "slow 1000");
    assert.equal((await w.call("6", "after")).text, "after");
    assert.deepEqual(openings(w), { sessions: 1, links: 1 });
    await w.log(/reload: rrpc\.allow, rrpc\.deny taken while running\n/);
    assert.deepEqual(
      w.commands.map(({ line }) => line),
      [">4 slow 1000", ">6 after"],
    );
  });

  test("of HUPCL takes it on the open port, and gives it back", {
    before: async ({ mcu }) => void execFileSync("stty", ["-F", mcu.tty, "hupcl"]),
  }, async (w) => {
    await w.log(/mcu: virtual-mcu/);
    await untilSeen("HUPCL as it was", () => hasHupcl(w));
    reload(w, { serial: { hupcl: "off" } });
    await untilSeen("HUPCL off", () => !hasHupcl(w));
    reload(w, { serial: { hupcl: "leave" } });
    await untilSeen("HUPCL as it was", () => hasHupcl(w));
    assert.equal((await w.call("1", "after")).text, "after");
    assert.deepEqual(openings(w), { sessions: 1, links: 1 });
  });

  test("of the line's settings says for which option the port is opened anew", {}, async (w) => {
    assert.equal((await w.call("1", "before")).text, "before");
    reload(w, { serial: { baudRate: 57_600, stalledAfter: 3 } });
    await w.log(/reload: serial\.stalledAfter taken while running; the port is opened anew, for serial\.baudRate\n/);
    await untilLinks(w, 2);
    assert.equal((await w.call("2", "after")).text, "after");
    assert.deepEqual(openings(w), { sessions: 1, links: 2 });
  });

  test("that names another port moves there, in the same session", {}, async (w) => {
    assert.equal((await w.call("1", "who?")).text, "who?");
    const other = await startVirtualMcu({ link: join(w.folder, "other"), reply: () => "the other" });
    try {
      reload(w, { serial: { path: "other" } });
      await w.log(/link: .*other is open/);
      assert.equal((await w.call("2", "who?")).text, "the other");
      assert.equal(w.mcu.counts().commands, 1);
      assert.deepEqual(openings(w), { sessions: 1, links: 2 });
    } finally {
      w.daemon.signal("SIGTERM");
      await w.exit();
      await other.close();
    }
  });

  test("that changes the hub's options answers what is open, and makes a new session, on the same link", {}, async (w) => {
    await w.send([
      ["1", "slow 500"],
      ["2", "waits"],
    ]);
    await w.until("the command at the MCU", () => w.mcu.counts().commands === 1);
    reload(w, { hub: { keepaliveS: 60 } });
    assert.equal((await w.response("1")).text, "slow 500");
    assert.equal((await w.response("2")).text, "waits");
    await w.until("another session", () => openings(w).sessions === 2);
    assert.equal((await w.call("3", "after")).text, "after");
    assert.deepEqual(openings(w), { sessions: 2, links: 1 });
    assert.doesNotMatch(w.daemon.stderr(), /link: lost/);
    const ended = w.broker.traffic.find(({ kind }) => kind === "connection_ended");
    assert.ok(ended?.kind === "connection_ended" && ended.isGoodbye);
  });

  test("of a bad file says what is bad, and changes nothing", {}, async (w) => {
    reload(w, { hub: { keepaliveS: 1 }, serial: { baudRate: 9600 }, log: { level: "debug" } });
    await w.log(/SIGHUP: .*bad/);
    assert.match(w.daemon.stderr(), /hub\.keepaliveS/);
    writeFileSync(join(w.folder, "config.yaml"), "hub: [");
    w.daemon.signal("SIGHUP");
    await w.log(/SIGHUP: .*bad.*SIGHUP: .*bad/s);
    assert.equal((await w.call("1", "served all the same")).text, "served all the same");
    assert.deepEqual(openings(w), { sessions: 1, links: 1 });
    assert.doesNotMatch(w.daemon.stderr(), /log level debug|baud/);
  });
});

type Change = {
  readonly [section in "hub" | "serial" | "rrpc" | "events" | "log"]?: Readonly<Record<string, unknown>>;
};

/** Writes the change into the configuration file, whose other lines stay, and sends SIGHUP. */
function reload({ folder, daemon }: World, change: Change): void {
  const file = join(folder, "config.yaml");
  const config = JSON.parse(readFileSync(file, "utf8"));
  for (const [section, options] of Object.entries(change)) config[section] = { ...config[section], ...options };
  writeFileSync(file, JSON.stringify(config));
  daemon.signal("SIGHUP");
}

function hasHupcl({ mcu }: World): boolean {
  return /(^|\s)hupcl/m.test(execFileSync("stty", ["-F", mcu.tty, "-a"], { encoding: "utf8" }));
}

/** How often the device subscribed, as the broker saw it, and the port was opened, as the log says. */
function openings({ broker, daemon }: World): { sessions: number; links: number } {
  return {
    sessions: broker.traffic.filter(({ kind }) => kind === "subscribed").length,
    links: daemon.stderr().match(/link: .* is open/g)?.length ?? 0,
  };
}

async function untilLinks(w: World, links: number): Promise<void> {
  await w.until(`opening ${links} of the port`, () => openings(w).links === links);
}
