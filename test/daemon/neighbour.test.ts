/** Whose power another board's recovery must not cut. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BoardConnection } from "../../src/daemon/board-connection.ts";
import { neighbourAt } from "../../src/daemon/neighbour.ts";
import { monotonicClock } from "../../src/runtime/clock.ts";
import { configOfBoards } from "../support/config-of-boards.ts";

/** The connections of boards, whose adapters are in these sockets. */
function connect(...names: readonly string[]) {
  const sockets = new Map<string, string>();
  const { boards } = configOfBoards(Object.fromEntries(names.map((name) => [name, {}])));
  const connections = boards.map(
    ({ name, serial }) =>
      new BoardConnection(name, serial, {
        clock: monotonicClock(),
        log: { say() {} },
        openLink: () => assert.fail("no port is opened here"),
        neighbourAt: () => undefined,
        holderOf: () => undefined,
        socketOfTty: (path) => sockets.get(path),
        onEvent() {},
      }),
  );
  return { sockets, boards: new Map(connections.map((connection) => [connection.name, connection])) };
}

test("a board that serves, or that somebody has, keeps its power; one that nobody needs does not", () => {
  const { sockets, boards } = connect("pump", "valve");
  for (const path of ["/dev/pump", "/dev/valve"]) sockets.set(path, "1-1.2");
  const nobody = { boards, isServing: () => false, hands: { released: () => undefined } };
  assert.equal(neighbourAt("1-1.2", "pump", nobody), undefined);
  assert.equal(neighbourAt("1-1.2", "pump", { ...nobody, isServing: () => true }), "valve");
  const released = (board: string) => (board === "valve" ? { who: "avrdude", forMs: 1000 } : undefined);
  assert.equal(neighbourAt("1-1.2", "pump", { ...nobody, hands: { released } }), "valve");
  assert.equal(neighbourAt("1-1.2", "valve", { ...nobody, hands: { released } }), undefined);
  assert.equal(neighbourAt("1-1.3", "pump", { ...nobody, hands: { released } }), undefined);
});

test("a released board is behind its socket also while its chip, in its bootloader, has no tty", async () => {
  const { sockets, boards } = connect("valve");
  const valve = boards.get("valve") ?? assert.fail();
  sockets.set("/dev/valve", "1-1.2.1");
  await valve.release();
  sockets.delete("/dev/valve");
  for (const socket of ["1-1.2.1", "1-1.2", "1-1"]) assert.ok(valve.isBehind(socket), socket);
  for (const socket of ["1-1.2.2", "1-1.21"]) assert.ok(!valve.isBehind(socket), socket);
  valve.takeBack();
  assert.ok(!valve.isBehind("1-1.2"));
});
