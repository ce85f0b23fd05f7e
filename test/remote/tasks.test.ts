import assert from "node:assert/strict";
import { test } from "node:test";
import { Tasks } from "../../src/remote/tasks.ts";

test("who asks while it runs waits for the same end, and then it begins anew", () => {
  const tasks = new Tasks<string, string>();
  assert.equal(tasks.of("reload", 0), undefined);
  tasks.begin("reload", 0);
  tasks.wait("reload", "a");
  assert.equal(tasks.of("reload", 5), "running");
  assert.equal(tasks.of("doctor", 5), undefined);
  tasks.wait("reload", "b");
  const { ended, waiting } = tasks.end("reload", "done", 10);
  assert.deepEqual([ended, waiting], [{ outcome: "done", tookMs: 10, endedAt: 10 }, ["a", "b"]]);
  tasks.told("reload");
  assert.equal(tasks.of("reload", 11), undefined);
});

test("an outcome that nobody was told is kept for the next who asks, ten minutes long", () => {
  const tasks = new Tasks<string, string>();
  tasks.begin("doctor", 0);
  tasks.wait("doctor", "a");
  assert.equal(tasks.leave("doctor", "a", 3400), 3400);
  assert.deepEqual(tasks.end("doctor", "done", 20_000).waiting, []);
  assert.deepEqual(tasks.of("doctor", 30_000), { outcome: "done", tookMs: 20_000, endedAt: 20_000 });
  assert.notEqual(tasks.of("doctor", 619_999), undefined);
  assert.equal(tasks.of("doctor", 620_000), undefined);
});

test("what is running is not told", () => {
  const tasks = new Tasks<string, string>();
  tasks.begin("reset pump", 0);
  tasks.told("reset pump");
  assert.equal(tasks.of("reset pump", 1), "running");
});
