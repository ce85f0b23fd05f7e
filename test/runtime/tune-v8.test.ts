import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { v8FlagsFor } from "../../src/runtime/tune-v8.ts";

/** The Node.js that the daemon runs on, which can be another one than the tests'. */
const node = process.env["DAEMON_NODE"] ?? process.execPath;

function run(...args: readonly string[]) {
  return spawnSync(node, args, { encoding: "utf8", timeout: 20_000 });
}

test("V8 of this Node.js knows every flag that it is given, and takes it while running without a word", () => {
  const flags = v8FlagsFor(run("-p", "process.versions.node").stdout.trim(), 0);
  assert.ok(flags.length >= 4);
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
    assert.equal(v8FlagsFor(version, 0).length, 4, version);
  assert.equal(v8FlagsFor("20.19.2", 0).length, 7);
});

/** Sets flags once V8 has made the first of its collections that give memory back, 8 s after its last full one; lives 2 s longer. */
const lateFlags = (flags: readonly string[]) => `
  const v8 = require("node:v8");
  let full = 0;
  new PerformanceObserver((list) => {
    full += list.getEntries().filter(({ detail }) => detail.kind === 4).length;
    if (full !== 2) return;
    for (const flag of ${JSON.stringify(flags)}) v8.setFlagsFromString(flag);
    setTimeout(() => process.exit(0), 2000);
  }).observe({ entryTypes: ["gc"] });
  const garbage = Array.from({ length: 200_000 }, (_, count) => ({ count }));
  gc();
  setTimeout(() => process.exit(1), 60_000);
`;

test("a start that had to wait for longer than V8 waits sets no flag that would end the process", async () => {
  const version = run("-p", "process.versions.node").stdout.trim();
  const flags = v8FlagsFor(version, 8000);
  assert.ok(!flags.includes("--memory-reducer-single-gc"));
  // Other versions of V8 get the same flags at any time.
  if (!version.startsWith("20.")) return assert.deepEqual(flags, v8FlagsFor(version, 0));
  const child = spawn(node, ["--expose-gc", "-e", lateFlags(flags)], { stdio: ["ignore", "ignore", "inherit"] });
  assert.deepEqual(await once(child, "exit"), [0, null]);
});
