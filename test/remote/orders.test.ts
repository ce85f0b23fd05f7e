/** Orders to the gateway itself, with a real gateway, hub and MCU; a board answers for its device, so they have a prefix. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
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

type RemoteWorld = World & { readonly ask: (order: string, processId?: string) => Promise<Answer> };

async function openRemote(t: TestContext, options: WorldOptions = {}): Promise<RemoteWorld> {
  const world = await openWorld(t, { ...options, config: { remote, ...options.config } });
  async function ask(order: string, processId?: string): Promise<Answer> {
    const result = await world.call(`gateway:${order}`, processId);
    assert.ok(result.kind === "answered", `${order}: ${JSON.stringify(result)}\n${world.daemon.stderr()}`);
    const answer = JSON.parse(result.payload.toString());
    hold(remoteResponse, answer);
    return answer;
  }
  return { ...world, ask };
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
