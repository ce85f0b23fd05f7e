/** Who has used a board, as the log tells it. */
import assert from "node:assert/strict";
import { Socket } from "node:net";
import { test } from "node:test";
import { serveCalls } from "../../src/control/calls.ts";
import type { Hands } from "../../src/control/hands.ts";
import type { Client } from "../../src/observe/order-socket.ts";
import { CollapsingLog } from "../../src/runtime/log.ts";

const hands: Hands = {
  boards: () => ["pump"],
  request() {},
  probe() {},
  release: () => ({ kind: "stopping" }),
};

const client = (): Client => ({
  socket: new Socket(),
  refuse() {},
  endWith() {},
  takeMore() {},
  pause() {},
  resume() {},
  outliveServer() {},
});

test("a user's calls are counted together, and never with another user's", () => {
  const lines: string[] = [];
  const log = new CollapsingLog({ level: "info", write: (line) => lines.push(line), journald: true, now: () => 0 });
  const call = (user: string) =>
    serveCalls({ want: "call", payload: { text: "a" } }, client(), {
      hands,
      who: { text: `rrpc-gateway (process 1) of user ${user}`, user },
      log,
    });
  for (let count = 0; count < 20; count++) call("pi");
  assert.ok(lines.length < 10, `${lines.length} lines`);
  for (const user of ["eve", "kim", "lee", "ada"]) {
    call(user);
    assert.match(lines.at(-1) ?? "", new RegExp(`pump: control: .* of user ${user} calls the board`));
  }
});
