/** Whose power another board's recovery must not cut. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BoardConnection } from "../../src/daemon/board-connection.ts";
import { HeldPort } from "../../src/daemon/held-port.ts";
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
  const hands = { released: () => undefined, heldBehind: () => undefined };
  const nobody = { boards, isServing: () => false, hands };
  assert.equal(neighbourAt("1-1.2", "pump", nobody), undefined);
  assert.equal(neighbourAt("1-1.2", "pump", { ...nobody, isServing: () => true }), "board valve serves or is released");
  const released = (board: string) => (board === "valve" ? { who: "avrdude", forMs: 1000 } : undefined);
  assert.equal(
    neighbourAt("1-1.2", "pump", { ...nobody, hands: { ...hands, released } }),
    "board valve serves or is released",
  );
  assert.equal(neighbourAt("1-1.2", "valve", { ...nobody, hands: { ...hands, released } }), undefined);
  assert.equal(neighbourAt("1-1.3", "pump", { ...nobody, hands: { ...hands, released } }), undefined);
});

test("a port that somebody has keeps its power although a reload has left its board out", () => {
  const { boards } = connect("pump");
  const heldBehind = (socket: string) => (socket === "1-1.2" ? "/dev/valve" : undefined);
  const parts = { boards, isServing: () => false, hands: { released: () => undefined, heldBehind } };
  assert.equal(neighbourAt("1-1.2", "pump", parts), "/dev/valve is released");
  assert.equal(neighbourAt("1-1.3", "pump", parts), undefined);
});

test("a held port is behind its socket also while its chip, in its bootloader, has no tty", () => {
  const sockets = new Map([["/dev/valve", "1-1.2.1"]]);
  const held = new HeldPort("/dev/valve", { socketOfTty: (path) => sockets.get(path), devicePath: (path) => path });
  sockets.delete("/dev/valve");
  for (const socket of ["1-1.2.1", "1-1.2", "1-1"]) assert.ok(held.isBehind(socket), socket);
  for (const socket of ["1-1.2.2", "1-1.21"]) assert.ok(!held.isBehind(socket), socket);
});

test("a held port is the same by each of its names, also when it comes back under another number", () => {
  const links = new Map([["/dev/serial/by-id/mcu", "/dev/ttyUSB0"]]);
  const outside = { socketOfTty: () => undefined, devicePath: (path: string) => links.get(path) ?? path };
  const held = new HeldPort("/dev/serial/by-id/mcu", outside);
  for (const path of ["/dev/serial/by-id/mcu", "/dev/ttyUSB0"]) assert.ok(held.isAt(path), path);
  assert.ok(!held.isAt("/dev/ttyUSB1"));
  // It came back under another number, from its bootloader.
  links.set("/dev/serial/by-id/mcu", "/dev/ttyUSB1");
  assert.ok(held.isAt("/dev/ttyUSB1"));
});
