import assert from "node:assert/strict";
import { test } from "node:test";
import { describeConfig } from "../../src/daemon/describe-config.ts";
import { soleBoard } from "../../src/runtime/board-name.ts";
import { configOfBoards, subDevice } from "../support/config-of-boards.ts";

const told = (config: Parameters<typeof describeConfig>[0], hangingMax = config.boards.length) =>
  describeConfig(config, hangingMax).map(({ board, text }) => (board === undefined ? text : `[${board}] ${text}`));

test("a file with serial alone: the device and its port, then how the deadline comes about", () => {
  assert.deepEqual(told(configOfBoards({ [soleBoard]: {} })), [
    "device gateway01 of product ABCDEFGH12, mcu on /dev/board, log level info",
    "deadline 3500 ms: cutoff 4000 ms less 500 ms for the network; errors go out 100 ms before it",
  ]);
});

test("several boards: one line for each, with its device, its port and its deadline", () => {
  const presence = { kind: "board", afterMs: 30_000 } as const;
  const config = configOfBoards({
    pump: { device: subDevice("sub01") },
    valve: { device: { ...subDevice("sub02"), presence }, rrpc: { cutoffMs: 3000 } },
    fan: {},
  });
  assert.deepEqual(told(config), [
    "device gateway01 of product ABCDEFGH12, 3 boards, log level info",
    "[pump] device sub01 of product SUBPRODUCT, mcu on /dev/pump, deadline 3500 ms: cutoff 4000 ms less 500 ms for the network",
    "[valve] device sub02 of product SUBPRODUCT, offline once its board is away for 30 s, mcu on /dev/valve, " +
      "deadline 2500 ms: cutoff 3000 ms less 500 ms for the network",
    "[fan] answers for the gateway's own device, mcu on /dev/fan, " +
      "deadline 3500 ms: cutoff 4000 ms less 500 ms for the network",
  ]);
});

test("boards that a reload has added share threads, which is said with what helps", () => {
  assert.equal(
    told(configOfBoards({ a: {}, b: { device: subDevice("b") } }), 1).at(-1),
    "threads for 1 port whose driver hangs, and 2 boards: a restart gives each board its own, unless UV_THREADPOOL_SIZE is set",
  );
});
