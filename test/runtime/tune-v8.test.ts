import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { v8FlagsFor } from "../../src/runtime/tune-v8.ts";

/** The Node.js that the daemon runs on, which can be another one than the tests'. */
const node = process.env["DAEMON_NODE"] ?? process.execPath;

function run(...args: readonly string[]) {
  return spawnSync(node, args, { encoding: "utf8", timeout: 20_000 });
}

test("V8 of this Node.js knows every flag that it is given, and takes it while running without a word", () => {
  const flags = v8FlagsFor(run("-p", "process.versions.node").stdout.trim());
  assert.ok(flags.length >= 3);
  const known = run("--v8-options").stdout;
  for (const flag of flags) {
    const name = flag.replace(/^--(no-)?/, "").replace(/=.*/, "");
    assert.match(known, new RegExp(`^\\s+--(no-)?(\\[no-?\\])?${name} `, "m"), `V8 does not know ${flag}`);
  }
  const script = `const v8 = require("node:v8"); for (const flag of ${JSON.stringify(flags)}) v8.setFlagsFromString(flag);`;
  const { status, stdout, stderr } = run("-e", script);
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: "", stderr: "" });
});

test("what only Node.js 20's V8 knows is for Node.js 20 alone", () => {
  for (const version of ["18.20.4", "22.22.0", "24.13.0", "200.0.0"])
    assert.equal(v8FlagsFor(version).length, 3, version);
  assert.equal(v8FlagsFor("20.19.2").length, 5);
});
