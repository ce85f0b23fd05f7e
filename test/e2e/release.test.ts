/** `rrpc-gateway release` at the built gateway: the port is a command's for a while, and callers are told the truth meanwhile. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "node:test";
import { type World, worldTests } from "./world.ts";

const controlled = { control: { socket: "control.sock" } };

/** Holds the port as a flasher does: open, locked against others, and in use; it ends when `done` is there, unless told otherwise. */
const holder = `
  const { constants, existsSync, openSync, readSync, writeSync } = require("node:fs");
  const { dirname } = require("node:path");
  const [done, signals] = process.argv.slice(1);
  if (signals === "deaf") process.on("SIGTERM", () => {});
  const port = openSync(process.env.RRPC_SERIAL_PATH, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  writeSync(port, ">hand by hand\\n");
  let text = "";
  const timer = setInterval(() => {
    try {
      const bytes = Buffer.alloc(256);
      text += bytes.toString("latin1", 0, readSync(port, bytes));
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
    if (text.includes("<hand by hand\\n")) console.log("has " + process.env.RRPC_SERIAL_PATH), (text = "");
    if (existsSync(done) || !existsSync(dirname(done))) clearInterval(timer), process.exitCode = 7, process.removeAllListeners("SIGTERM");
  }, 5);
`;

/** A program that has the port until `end`, and what released it. */
async function hold(w: World, { options = [], signals = "" }: { options?: readonly string[]; signals?: string } = {}) {
  const done = join(w.folder, "done");
  const command = [process.execPath, "-e", holder, done, signals];
  const program = w.start("release", "--config", join(w.folder, "config.yaml"), ...options, "--", ...command);
  await w.until("the holder", () => program.stdout().includes(`has ${join(w.folder, "mcu")}`));
  return { program, end: () => writeFileSync(done, "") };
}

const openings = ({ daemon }: World) => daemon.stderr().match(/link: \S+ is open,/g)?.length ?? 0;

/** Calls until the board answers: it has been met anew. */
async function served(w: World): Promise<void> {
  for (let id = 1000; (await w.call(`${id}`, "anew")).text !== "anew"; id += 1)
    assert.ok(id < 1100, "not served again");
}

describe("a released port", { concurrency: 3 }, () => {
  const test = worldTests();

  test("is the command's alone; the hub's callers are refused in milliseconds, and served when it ends", {
    config: controlled,
  }, async (w) => {
    assert.equal((await w.call("1", "before")).text, "before");
    const { program, end } = await hold(w);
    for (let id = 2; id < 22; id += 1) {
      const { error, tookMs } = await w.call(`${id}`, "meanwhile");
      assert.equal(error, "unavailable released no");
      assert.ok(tookMs < 1000, `refused after ${tookMs} ms`);
    }
    assert.equal(openings(w), 1);
    end();
    assert.equal(await program.ended, 7);
    await served(w);
    assert.ok(!w.commands.some(({ line }) => line.endsWith("meanwhile")));
    assert.doesNotMatch(w.daemon.stderr(), /stray_reply|by hand/);
  });

  test("is taken back when the time is over, from a command that does not listen too", {
    config: controlled,
  }, async (w) => {
    const { program } = await hold(w, { options: ["--for", "1s"], signals: "deaf" });
    // 5 s after SIGTERM comes SIGKILL, and 5 s later the gateway would wait no more.
    assert.equal(await program.ended, 128 + 9);
    assert.match(program.stderr(), /the time is over: the command is ended, and the gateway takes the port back/);
    await served(w);
  });

  test("stays the command's when `release` is killed, through a reload and a flood of the hub's requests", {
    config: controlled,
  }, async (w) => {
    const { program, end } = await hold(w);
    program.signal("SIGKILL");
    const ids = Array.from({ length: 200 }, (_, index) => `${index}`);
    await w.send(ids.map((id) => [id, "meanwhile"]));
    w.daemon.signal("SIGHUP");
    for (const id of ids) assert.equal((await w.response(id)).error, "unavailable released no");
    assert.equal(openings(w), 1);
    end();
    await served(w);
  });

  test("stays the command's when the gateway is killed: the command is told, and ends as it would", {
    config: controlled,
    exitCode: "SIGKILL",
  }, async (w) => {
    const { program, end } = await hold(w);
    w.daemon.signal("SIGKILL");
    assert.equal(await w.exit(), "SIGKILL");
    await w.until("the word of it", () => /the gateway is gone: the command goes on/.test(program.stderr()));
    end();
    assert.equal(await program.ended, 7);
  });

  test("waits for what is in flight, and local calls are refused as the hub's are", {
    mcu: { delayMs: 1000 },
    config: controlled,
  }, async (w) => {
    await w.send([["1", "slow"]]);
    await w.until("the command at the MCU", () => w.mcu.counts().commands === 1);
    const holding = hold(w);
    await w.log(/is given the port/);
    const local = w.start("call", "--local", "--config", join(w.folder, "config.yaml"), "a", "--json");
    assert.equal(await local.ended, 1);
    const { reason, executed } = JSON.parse(local.stdout());
    assert.deepEqual([reason, executed], ["released", "no"]);
    assert.equal((await w.response("1")).text, "slow");
    const { program, end } = await holding;
    end();
    assert.equal(await program.ended, 7);
    await served(w);
  });
});
