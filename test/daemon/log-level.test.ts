import assert from "node:assert/strict";
import { test } from "node:test";
import { LogLevel } from "../../src/daemon/log-level.ts";
import type { Level } from "../../src/runtime/logger.ts";

function openLog(configured: Level) {
  const levels: Level[] = [];
  const lines: string[] = [];
  const log = {
    set level(level: Level) {
      levels.push(level);
    },
    answer: (_: Level, text: string) => void lines.push(text),
  };
  return { levels, lines, level: new LogLevel(log, configured) };
}

test("an ordered level ends by itself, and a reload meanwhile decides what comes after it", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { level, levels, lines } = openLog("info");
  level.order("debug", 60_000);
  level.configure("warn");
  t.mock.timers.tick(59_999);
  assert.deepEqual(levels, ["debug"]);
  t.mock.timers.tick(1);
  assert.deepEqual(levels, ["debug", "warn"]);
  assert.deepEqual(lines, ["log: the level is warn again, as configured"]);
  level.configure("error");
  assert.deepEqual(levels, ["debug", "warn", "error"]);
});

test("another order replaces the first, with a time of its own", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { level, levels } = openLog("warn");
  level.order("debug", 1000);
  t.mock.timers.tick(900);
  level.order("info", 1000);
  t.mock.timers.tick(900);
  assert.deepEqual(levels, ["debug", "info"]);
  t.mock.timers.tick(100);
  assert.deepEqual(levels, ["debug", "info", "warn"]);
});
