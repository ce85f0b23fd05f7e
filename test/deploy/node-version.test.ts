/** What is started says first that Node.js is too old, in words that an old Node.js can read. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { program } from "../support/daemon.ts";

const folder = mkdtempSync(join(tmpdir(), "rrpc-gateway-node-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `--version` on a Node.js that says it is `version`. */
function runOn(version: string) {
  const disguise = join(folder, "disguise.cjs");
  writeFileSync(disguise, `Object.defineProperty(process.versions, "node", { value: "${version}" });`);
  return spawnSync(process.execPath, [`--require=${disguise}`, program, "--version"], { encoding: "utf8" });
}

for (const version of ["0.12.18", "12.22.9", "16.20.2", "18.17.1"]) {
  test(`on Node.js ${version} it says what it needs, what there is and what to do`, { timeout: 10_000 }, () => {
    const { status, stdout, stderr } = runOn(version);
    assert.equal(status, 78);
    assert.equal(stdout, "");
    assert.match(stderr, /^rrpc-gateway needs Node\.js 18\.18 or later, and this is /);
    assert.ok(stderr.includes(version) && stderr.includes(process.execPath) && stderr.includes("nodejs"), stderr);
    assert.equal(stderr.trim().split("\n").length, 1);
  });
}

for (const version of ["18.18.0", "18.20.4", "20.0.0", "100.0.0"]) {
  test(`on Node.js ${version} it runs`, { timeout: 10_000 }, () => {
    const { status, stdout, stderr } = runOn(version);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^\d+\.\d+\.\d+/);
  });
}
