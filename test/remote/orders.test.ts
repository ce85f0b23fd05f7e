/** Orders to the gateway itself, with a real gateway, hub and MCU; a board answers for its device, so they have a prefix. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as turn } from "node:timers/promises";
import { operations } from "../../src/remote/order.ts";
import { openWorld, type World, type WorldOptions } from "../observe/world.ts";
import { hold } from "../support/schema.ts";
import { remoteResponse } from "./answer-schema.ts";

const remote = { allow: operations, prefix: "gateway:", perMinuteMax: 600 };

/** Of an answer, as a program reads it. */
type Answer = Readonly<Record<string, unknown>> & {
  readonly error?: { readonly reason: string };
  readonly result?: string;
  readonly state?: string;
};

type RemoteWorld = World & {
  readonly ask: (order: string, processId?: string) => Promise<Answer>;
  /** The file's section `hub` with something else in it. */
  readonly rehub: (change: object) => object;
};

async function openRemote(t: TestContext, options: WorldOptions = {}): Promise<RemoteWorld> {
  const world = await openWorld(t, { ...options, config: { remote, ...options.config } });
  async function ask(order: string, processId?: string): Promise<Answer> {
    const result = await world.call(`gateway:${order}`, processId);
    assert.ok(result.kind === "answered", `${order}: ${JSON.stringify(result)}\n${world.daemon.stderr()}`);
    const answer = JSON.parse(result.payload.toString());
    hold(remoteResponse, answer);
    return answer;
  }
  const rehub = (change: object) => ({ ...JSON.parse(readFileSync(world.config, "utf8")).hub, ...change });
  return { ...world, ask, rehub };
}

test("status, boards, dump, log: answered at once; what has no prefix is the board's", async (t) => {
  const { ask, call, log } = await openRemote(t);
  const status = await ask("status");
  assert.equal(status["isHealthy"], true);
  assert.match(JSON.stringify(status), /"boards":\[\{"name":"board"/);
  assert.match(JSON.stringify(await ask("boards")), /"deviceName":"gateway01".*"isUp":true.*"hello":/);
  assert.equal((await call("secret words", "77")).kind, "answered");
  const dump = JSON.stringify(await ask("dump"));
  assert.match(dump, /"kind":"request","processId":"77"/);
  assert.doesNotMatch(dump, /secret words|contents/);
  const level = { level: "debug", forMs: 1000, configured: "info" };
  assert.deepEqual(await ask("log debug for 1s"), { remote: 1, operation: "log", ...level });
  await log(/remote: the log's level is debug for 1 s, then info again/);
  await log(/log: the level is info again/);
});

test("probe and reopen: what becomes of them is told, and the board serves afterwards", async (t) => {
  const { ask, call, log } = await openRemote(t);
  assert.equal((await ask("probe"))["result"], "answered");
  const slow = call("slow 300", "78");
  assert.equal((await ask("reopen board"))["result"], "open");
  assert.equal((await slow).kind, "answered");
  await log(/remote: the port is closed, once nothing is in flight, and opened again/);
  assert.equal((await ask("probe board"))["result"], "answered");
});

test("a reopening waits for what somebody at the gateway has asked, too", async (t) => {
  const { ask, mcu, start, config, until } = await openRemote(t, { config: { control: { socket: "control.sock" } } });
  const commands = mcu.counts().commands;
  const local = start("call", "--local", "--config", config, "slow 1500");
  await until("the command", () => mcu.counts().commands > commands);
  assert.equal((await ask("reopen"))["result"], "open");
  assert.equal(await local.ended, 0, local.stderr());
});

test("an MCU with a name of 20 KB costs no answer, and no session", async (t) => {
  const { ask, daemon } = await openRemote(t, { mcu: { fw: "x".repeat(20_000) }, serial: { replyBytesMax: 32_768 } });
  for (const order of ["probe", "status", "boards"]) {
    const answer = JSON.stringify(await ask(order));
    assert.match(answer, /"hello":"x{256}…"/, order);
    assert.doesNotMatch(answer, /leftOut/);
  }
  assert.equal(daemon.stderr().match(/session: up/g)?.length, 1);
});

test("what is no order, not listed, or about no board is refused, and never reaches the board", async (t) => {
  const allow = ["probe", "status", "reset"];
  const { ask, mcu, log } = await openRemote(t, { config: { remote: { ...remote, allow, perMinuteMax: 12 } } });
  const commands = mcu.counts().commands;
  const refusal = async (order: string) => (await ask(order)).error?.reason;
  assert.equal(await refusal("launch"), "bad_payload");
  assert.equal(await refusal(`status ${"x".repeat(10_000)}`), "bad_payload");
  assert.equal(await refusal("probe ../../etc/passwd"), "bad_payload");
  assert.equal(await refusal("reload"), "not_allowed");
  assert.equal(await refusal("probe valve"), "no_such_board");
  assert.equal(await refusal("reset"), "not_configured");
  await log(/remote: reload is refused \(not_allowed\)/);
  const many = await Promise.all(Array.from({ length: 30 }, () => ask("status")));
  const refused = many.filter(({ error }) => error?.reason === "too_often").length;
  assert.ok(refused >= 19 && refused <= 21, `${refused} of 30 refused`);
  assert.equal(mcu.counts().commands, commands);
});

test("the same request again gets the same response, and its order is carried out once", async (t) => {
  const { ask, daemon } = await openRemote(t);
  const first = await ask("log debug for 1h", "41");
  assert.deepEqual(await ask("log debug for 1h", "41"), first);
  assert.equal(daemon.stderr().match(/remote: the log's level/g)?.length, 1);
});

test("a reset pulses the modem line that is configured; a board at work is left alone", async (t) => {
  const { ask, call, mcu, log } = await openRemote(t, { serial: { recovery: { pulse: "dtr", pulseMs: 10 } } });
  const commands = mcu.counts().commands;
  const slow = call("slow 1500", "79");
  await log(/session: up/);
  while (mcu.counts().commands === commands) await turn(5);
  assert.equal((await ask("reset")).error?.reason, "in_flight");
  assert.equal((await slow).kind, "answered");
  const reset = await ask("reset");
  assert.equal(reset.result, "open", JSON.stringify(reset));
  await log(/remote: the board is reset: it has DTR switched off for 10 ms/);
});

test("a reset runs the recovery command where that is what is configured, once however often it is asked for", async (t) => {
  const { ask, folder, call } = await openRemote(t, {
    serial: { recovery: { command: 'echo ran >> "$RRPC_SERIAL_PATH.ran"; sleep 0.2' } },
  });
  const resets = await Promise.all([ask("reset"), ask("reset"), ask("reopen")]);
  assert.deepEqual(
    resets.map(({ result }) => result),
    ["open", "open", "open"],
  );
  assert.equal((await call("x", "81")).kind, "answered");
  assert.equal(readFileSync(join(folder, "tty.ran"), "utf8"), "ran\n");
});

test("a reload that fails says where, and nothing of what stands there; the old configuration goes on", async (t) => {
  const { ask, call, rewrite, log } = await openRemote(t);
  rewrite({
    log: { level: "hunter2" },
    hunter3: "x",
    boards: { hunter4: { serial: { path: "hunter5", baudRate: "hunter6" } } },
  });
  const refused = await ask("reload");
  assert.equal(refused.result, "refused");
  assert.match(JSON.stringify(refused), /"path":"log\.level"/);
  assert.doesNotMatch(JSON.stringify(refused), /hunter/);
  await log(/remote: the new configuration is bad, the old one stays/);
  assert.equal((await call("x", "80")).kind, "answered");
  rewrite({ remote, log: { level: "warn" } });
  const taken = await ask("reload");
  assert.deepEqual([taken.result, taken["text"]], ["taken", "reload: log.level taken while running"]);
});

test("a reload that needs another session is answered on the one that it came on; its outcome is told on the next", async (t) => {
  const { ask, rewrite, rehub, until, daemon } = await openRemote(t);
  rewrite({ remote, hub: rehub({ keepaliveS: 60 }) });
  assert.equal((await ask("reload")).state, "running");
  await until("the new session", () => daemon.stderr().match(/session: up/g)?.length === 2);
  const outcome = await ask("reload");
  assert.equal(outcome["text"], "reload: a new session with the hub, for hub.keepaliveS");
});

test("the doctor is a process of its own: running is told in time, and then its outcome", async (t) => {
  const { ask } = await openRemote(t);
  let answer = await ask("doctor");
  for (let round = 0; round < 20 && answer.state === "running"; round += 1) answer = await ask("doctor");
  assert.equal(answer.result, "examined", JSON.stringify(answer));
  assert.doesNotMatch(JSON.stringify(answer), /evidence|MDEyMzQ1/);
});
