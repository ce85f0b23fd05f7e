/** Orders to the gateway itself: `call --gateway` through the hub's API, at the built gateway. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe } from "node:test";
import { operations } from "../../src/remote/order.ts";
import { remoteResponse } from "../remote/answer-schema.ts";
import { hold } from "../support/schema.ts";
import { type BoardsWorld, boardsTest } from "./boards-world.ts";

/** Gives an order as somebody at a desk does. */
async function order({ start, file, hub }: BoardsWorld, ...words: readonly string[]) {
  const url = `http://127.0.0.1:${hub.apiPort}`;
  const command = start("call", "--gateway", "--config", file, "--url", url, ...words);
  return { exitCode: await command.ended, stdout: command.stdout(), stderr: command.stderr() };
}

/** The same until it is done. */
async function outcome(world: BoardsWorld, ...words: readonly string[]) {
  for (;;) {
    const told = await order(world, ...words);
    if (told.exitCode !== 75) return told;
    assert.match(told.stdout, /running for .*Give the same order again/);
  }
}

const remote = { allow: operations, prefix: "gateway:" };

describe("call --gateway", { concurrency: 2 }, () => {
  boardsTest("are carried out, and told as the commands at the machine tell them", { file: { remote } }, async (w) => {
    const status = await order(w, "status");
    assert.equal(status.exitCode, 0, status.stderr);
    assert.match(status.stdout, /^rrpc-gateway \S+ on Node\.js .*\n\nhub +up for .*\npump +serves, serial line up/);
    assert.match(
      (await order(w, "boards")).stdout,
      /^board +device .*\npump +SUBPRODUCT\/pump .*, 115200 baud, rrpc +up/,
    );
    assert.match((await order(w, "dump")).stdout, /^\d\d:\d\d:\d\d\.\d{3} /m);
    assert.match((await outcome(w, "probe", "pump")).stdout, /^pump answers(?: after [\d.]+ ms|, time unknown): /);
    assert.match((await order(w, "log", "debug", "for", "1s")).stdout, /^log level debug for 1 s, then info again\n$/);
    assert.equal((await outcome(w, "reopen", "valve")).stdout, "valve: done, its port is open\n");
    await w.served("valve");
    // What is wrong on a machine of tests is not known: its findings are told.
    const doctor = await outcome(w, "doctor");
    assert.ok(doctor.exitCode === 0 || doctor.exitCode === 1, doctor.stderr);
    assert.match(doctor.stdout, /^(ok|WARNING|FAULT) +/m);
    const raw = JSON.parse((await order(w, "status", "--json")).stdout);
    hold(remoteResponse, raw);
    assert.equal(raw.status.boards.length, 2);
  });

  boardsTest(
    "that are not allowed, or none, are refused; a reload that fails says where",
    {
      file: { remote: { ...remote, allow: ["reload", "reset"] } },
    },
    async (w) => {
      const refused = await order(w, "status");
      assert.equal(refused.exitCode, 1);
      assert.match(
        refused.stderr,
        /^permission_denied \/ not_allowed .*\nIt was not carried out\. Have the operator list it/,
      );
      assert.match((await order(w, "reset", "pump")).stderr, /^failed_precondition \/ not_configured .*board pump/);
      assert.match((await order(w, "launch", "\x1b[2J")).stderr, /^invalid_argument \/ bad_payload/);
      assert.equal((await outcome(w, "reload")).stdout, "reload: nothing has changed\n");
      const good = readFileSync(w.file, "utf8");
      writeFileSync(w.file, good.replace('"boards": {', '"log": { "level": "loud" },\n  "boards": {'));
      const bad = await outcome(w, "reload");
      assert.equal(bad.exitCode, 1);
      assert.match(
        bad.stdout,
        /^refused: the new configuration is bad, and the old one goes on\n {2}fault in line \d+, column \d+: invalid \(log\.level\)\n$/,
      );
      assert.doesNotMatch(bad.stdout, /loud/);
      assert.equal(await w.call("pump", "x"), "pump:x");
      writeFileSync(w.file, good);
    },
  );
});
