/** Output into a pipe whose reader has enough. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";

const main = join(import.meta.dirname, "../../src/main.ts");

for (const command of [["doctor", "--config", "/nowhere.yaml"], ["example"], ["demo"]])
  test(`rrpc-gateway ${command[0]} ends quietly when nobody reads any more`, { timeout: 60_000 }, async () => {
    const child = spawn(process.execPath, ["--import", "tsx", main, ...command], { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy();
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const [exitCode, signal] = await once(child, "close");
    assert.equal(signal, null);
    assert.ok(exitCode !== null && exitCode < 3, `exit code ${exitCode}: ${stderr}`);
    assert.doesNotMatch(stderr, /EPIPE|at .*\(node:/);
  });
