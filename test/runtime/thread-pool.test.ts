import assert from "node:assert/strict";
import { test } from "node:test";
import { hangingPortsMax, sizeThreadPool } from "../../src/runtime/thread-pool.ts";

/** How many ports may hang, and the size that libuv finds, where a process sizes its pool for so many boards. */
function sizedFor(boardCount: number, given?: string): readonly [number, string | undefined] {
  const { UV_THREADPOOL_SIZE: before } = process.env;
  const set = (size: string | undefined) => {
    if (size === undefined) delete process.env["UV_THREADPOOL_SIZE"];
    else process.env["UV_THREADPOOL_SIZE"] = size;
  };
  set(given);
  sizeThreadPool(boardCount);
  const sized = [hangingPortsMax(), process.env["UV_THREADPOOL_SIZE"]] as const;
  set(before);
  return sized;
}

test("with one board the pool is libuv's own, and one port may hang", () => {
  assert.deepEqual(sizedFor(1), [1, undefined]);
});

test("with several, each may hang while it opens and while it closes, and three threads are left", () => {
  assert.deepEqual(sizedFor(2), [2, "7"]);
  assert.deepEqual(sizedFor(98), [98, "199"]);
});

test("what the operator has set stays, and as many ports may hang as it has room for", () => {
  assert.deepEqual(sizedFor(32, "13"), [5, "13"]);
  assert.deepEqual(sizedFor(32, "1"), [1, "1"]);
});
