/** `rrpc-gateway call --local` at the built gateway: beside the hub's requests, without a session, and through reloads and a stop. */
import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "node:test";
import { type World, worldTests } from "./world.ts";

const controlled = { control: { socket: "control.sock" } };

/** What `call --local --count N --json` says of a load. */
interface Load {
  readonly count: number;
  readonly notMade?: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly ms: Readonly<Record<string, number>>;
}

/** More calls than any test waits for. */
const endless = 1_000_000;

function startLoad(w: World, count: number, ratePerS: number) {
  const config = join(w.folder, "config.yaml");
  const args = ["--config", config, "work", "--count", `${count}`, "--rate", `${ratePerS}`, "--json"];
  const program = w.start("call", "--local", ...args);
  return {
    program,
    /** Its end: each of its calls has an outcome or was not made. */
    async load(): Promise<Load> {
      const exitCode = await program.ended;
      const load: Load = JSON.parse(program.stdout());
      const told = Object.values(load.outcomes).reduce((sum, one) => sum + one, 0);
      assert.equal(told, load.count, program.stdout());
      assert.equal(load.count + (load.notMade ?? 0), count, program.stdout());
      assert.equal(exitCode === 0, load.notMade === undefined && load.outcomes["ok"] === count, `exit ${exitCode}`);
      return load;
    },
  };
}

/** Nothing was executed that a caller was told was not; what was answered was executed. */
function checkExecuted(w: World, { outcomes }: Load, hubCount: number): void {
  const { ok = 0, no_reply = 0, write_stalled = 0, link_lost = 0, unanswered = 0 } = outcomes;
  const { executed } = w.mcu.counts();
  const perhaps = no_reply + write_stalled + link_lost + unanswered;
  assert.ok(
    executed >= ok + hubCount && executed <= ok + hubCount + perhaps,
    `${executed} executed: ${JSON.stringify(outcomes)}`,
  );
}

function reload({ folder, daemon }: World, section: string, options: object): void {
  const file = join(folder, "config.yaml");
  const config = JSON.parse(readFileSync(file, "utf8"));
  config[section] = { ...config[section], ...options };
  writeFileSync(file, JSON.stringify(config));
  daemon.signal("SIGHUP");
}

/** Waits until so many calls of the load have been executed beyond those before. */
async function untilMore(w: World, count: number): Promise<void> {
  const before = w.mcu.counts().executed;
  await w.until(`${count} more commands`, () => w.mcu.counts().executed >= before + count);
}

describe("local calls", { concurrency: 3 }, () => {
  const test = worldTests();

  test("and the hub's share one board: each caller gets its own answer", { config: controlled }, async (w) => {
    const { load } = startLoad(w, 300, 150);
    await untilMore(w, 5);
    const ids = Array.from({ length: 60 }, (_, index) => `${index}`);
    for (const id of ids) assert.equal((await w.call(id, `for the hub ${id}`)).text, `for the hub ${id}`);
    const { outcomes } = await load();
    assert.deepEqual(outcomes, { ok: 300 });
    assert.equal(w.mcu.counts().executed, 360);
    assert.doesNotMatch(w.daemon.stderr(), /dropped/);
    // The broker has heard of none of them: the oracle fails on a response without a request.
    assert.equal(w.commands.filter(({ processId }) => processId.startsWith("L")).length, 300);
  });

  test("need no session, and the hub's requests are served beside them when it comes", {
    config: controlled,
    before: ({ broker }) => broker.order({ kind: "cut" }),
  }, async (w) => {
    await w.log(/session: no connection|ECONNREFUSED/);
    await w.log(/control: .* listening/);
    const { load } = startLoad(w, 800, 100);
    await untilMore(w, 5);
    await w.broker.order({ kind: "restore" });
    await w.log(/session: up/);
    assert.equal((await w.call("1", "here again")).text, "here again");
    assert.deepEqual((await load()).outcomes, { ok: 800 });
  });

  test("go on through reloads, which end although there are always some", {
    mcu: { delayMs: 20 },
    config: controlled,
  }, async (w) => {
    const { program } = startLoad(w, endless, 20);
    await untilMore(w, 10);
    // Each line is written when the reload before it has ended.
    const changes = [
      ["rrpc", { queueMax: 100 }, /rrpc\.queueMax taken/],
      ["hub", { keepaliveS: 61 }, /hub\.keepaliveS/],
      ["serial", { baudRate: 57_600 }, /serial\.baudRate/],
      ["rrpc", { queueMax: 50 }, /rrpc\.queueMax taken[\s\S]*rrpc\.queueMax taken/],
    ] as const;
    for (const [section, options, told] of changes) {
      reload(w, section, options);
      await w.log(told);
      await untilMore(w, 10);
    }
    await w.until("the other session", () => w.broker.traffic.filter(({ kind }) => kind === "subscribed").length === 2);
    assert.equal((await w.call("1", "for the hub")).text, "for the hub");
    program.signal("SIGTERM");
    assert.equal(await program.ended, "SIGTERM");
    await w.log(/control: .* has made \d+ calls/);
  });

  test("are told when a reload opens another socket: none is without an end", {
    mcu: { delayMs: 20 },
    config: controlled,
  }, async (w) => {
    const { program, load } = startLoad(w, endless, 20);
    await untilMore(w, 10);
    reload(w, "control", { access: "group" });
    const all = await load();
    assert.match(program.stderr(), /more calls were not made: \S/);
    checkExecuted(w, all, 0);
    const socket = join(w.folder, "control.sock");
    await w.log(/reload: the control socket is opened anew/);
    await w.until(
      "the other socket",
      () => (statSync(socket, { throwIfNoEntry: false })?.mode ?? 0) % 0o1000 === 0o660,
    );
    assert.deepEqual((await startLoad(w, 5, 100).load()).outcomes, { ok: 5 });
  });

  test("do not hold up a stop: each has an answer or is told, and the gateway ends in its time", {
    mcu: { delayMs: 20 },
    config: controlled,
  }, async (w) => {
    const { program, load } = startLoad(w, endless, 200);
    await untilMore(w, 10);
    assert.equal((await w.call("1", "for the hub")).text, "for the hub");
    const stoppedAt = performance.now();
    w.daemon.signal("SIGTERM");
    assert.equal(await w.exit(), 0);
    const tookMs = performance.now() - stoppedAt;
    assert.ok(tookMs < 6000, `stopped after ${tookMs} ms`);
    const all = await load();
    assert.match(program.stderr(), /more calls were not made: \S/);
    checkExecuted(w, all, 1);
    assert.match(w.daemon.stderr(), /stopped after/);
  });
});
