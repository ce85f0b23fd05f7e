/** The alert rules by promtool, which comes with Prometheus: their syntax, their templates, and their own tests. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

const folder = join(import.meta.dirname, "../../deploy/prometheus");

/** What promtool says; throws where it finds fault. */
function promtool(...args: readonly string[]): string {
  return execFileSync("promtool", args, { cwd: folder, encoding: "utf8", timeout: 60_000 });
}

test("Prometheus takes the rules", { timeout: 90_000 }, () => {
  assert.match(promtool("check", "rules", "rrpc-gateway.rules.yaml"), /SUCCESS: \d+ rules found/);
});

test("each alert is raised by what it is for, and by nothing else", { timeout: 90_000 }, () => {
  assert.match(promtool("test", "rules", "rules.test.yaml"), /SUCCESS/);
});
