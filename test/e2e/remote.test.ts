/** Orders to the gateway's own device, for which no board answers: both boards are sub-devices. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import { setTimeout as turn } from "node:timers/promises";
import { remoteResponse } from "../remote/answer-schema.ts";
import { hold } from "../support/schema.ts";
import { type BoardsWorld, gatewayDevice, boardsTest as test } from "./boards-world.ts";

const allow = ["status", "boards", "doctor", "dump", "probe", "reopen", "reset", "reload", "log"];

interface Answer {
  readonly [key: string]: unknown;
  readonly error?: { readonly reason: string };
}

/** What the gateway itself answers; or the hub's code. */
async function ask({ hub }: BoardsWorld, order: string): Promise<Answer | string> {
  const result = await hub.call(gatewayDevice, order);
  if (result.kind === "failed") return result.code;
  const answer: Answer = JSON.parse(result.payload.toString());
  hold(remoteResponse, answer);
  return answer;
}

/** The same, once the hub passes such requests on. */
async function asked(world: BoardsWorld, order: string): Promise<Answer> {
  const giveUpAt = performance.now() + 20_000;
  for (;;) {
    const answer = await ask(world, order);
    if (typeof answer !== "string") return answer;
    assert.ok(performance.now() < giveUpAt, `${order}: ${answer}`);
    await turn(50);
  }
}

describe("a gateway that takes orders", { concurrency: 2 }, () => {
  test("tells of its boards, and does what it is told to the one that is named", {
    file: { remote: { allow } },
  }, async (w) => {
    const { boards } = (await asked(w, "boards")) as { boards?: { name: string; device: object }[] };
    assert.deepEqual(
      boards?.map(({ name, device }) => [name, device]),
      ["pump", "valve"].map((name) => [name, { productId: "SUBPRODUCT", deviceName: name }]),
    );
    assert.equal((await asked(w, "probe")).error?.reason, "no_such_board");
    assert.equal((await asked(w, "probe pump"))["result"], "answered");
    let doctor = await asked(w, "doctor");
    while (doctor["state"] === "running") doctor = await asked(w, "doctor");
    assert.equal(doctor["result"], "examined", JSON.stringify(doctor));
    // It knows that this gateway has the ports, and leaves them alone.
    const found = (id: string) => (doctor["findings"] as { id: string; code: string }[]).filter((one) => one.id === id);
    assert.deepEqual(
      ["port.holder", "mcu.hello"].map((id) => found(id).map(({ code }) => code)),
      [
        ["own_gateway", "own_gateway"],
        ["not_tried", "not_tried"],
      ],
    );
    assert.equal((await asked(w, "reopen valve"))["result"], "open");
    await w.log(/valve: remote: the port is closed/);
    assert.doesNotMatch(w.daemon.stderr(), /pump: remote: the port/);
    await w.served("pump");
    await w.served("valve");
  });

  test("is flooded with them: each gets an answer, and a board is as fast as ever", {
    file: { remote: { allow } },
  }, async (w) => {
    const floods = Array.from({ length: 300 }, (_, index) =>
      ask(w, index % 3 === 0 ? "status" : "x".repeat(index * 40)),
    );
    const startedAt = performance.now();
    for (let round = 0; round < 10; round += 1) assert.equal(await w.call("pump", `${round}`), `pump:${round}`);
    assert.ok(performance.now() - startedAt < 3000, `${performance.now() - startedAt} ms for ten calls`);
    const answers = await Promise.all(floods);
    const reasons = answers.map((answer) => (typeof answer === "string" ? answer : (answer.error?.reason ?? "ok")));
    assert.deepEqual([...new Set(reasons)].sort(), ["bad_payload", "ok", "too_often"]);
  });

  test("takes orders from a reload on, and none after the next; the session goes on", {}, async (w) => {
    assert.equal(typeof (await ask(w, "status")), "string");
    const sessions = () => w.events.filter(({ kind }) => kind === "connected").length;
    await w.reload((boards) => boards, { remote: { allow: ["status"] } });
    assert.equal((await asked(w, "status"))["isHealthy"], true);
    assert.equal((await asked(w, "reload")).error?.reason, "not_allowed");
    await w.reload((boards) => boards, { remote: {} });
    const giveUpAt = performance.now() + 20_000;
    while (typeof (await ask(w, "status")) !== "string") assert.ok(performance.now() < giveUpAt, "still answered");
    assert.equal(await w.call("pump", "on"), "pump:on");
    assert.equal(sessions(), 1);
  });
});
