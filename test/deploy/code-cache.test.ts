/** What V8 has compiled before is taken where it fits in everything, and anything else starts without it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { program } from "../support/daemon.ts";

const dist = join(program, "../..");

interface Install {
  readonly bundle: string;
  readonly codeCache: string;
  /** Runs `--version`, and says what it printed and whether V8 has taken the code cache. */
  start(...nodeOptions: string[]): { readonly printed: string; readonly isTaken: boolean };
}

/** The program as it is built, to be spoilt. */
function copyOfProgram(t: TestContext): Install {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-code-cache-"));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const name of ["bin", "prebuilds", "gateway.code-cache"]) {
    cpSync(join(dist, name), join(folder, name), { recursive: true });
  }
  const look = join(folder, "look.cjs");
  writeFileSync(
    look,
    `process.argv.push("--version");
     process.exit = () => {};
     const { script } = require("./bin/load-bundle.cjs").loadBundle();
     process.stdout.write(script.cachedDataRejected === false ? "taken\\n" : "compiled\\n");`,
  );
  return {
    bundle: join(folder, "bin/gateway.cjs"),
    codeCache: join(folder, "gateway.code-cache"),
    start(...nodeOptions) {
      const stdio = ["ignore", "pipe", "ignore"] as ["ignore", "pipe", "ignore"];
      const output = execFileSync(process.execPath, [...nodeOptions, look], { encoding: "utf8", stdio });
      // The command line is loaded in a later turn.
      const [how, printed = ""] = output.split("\n");
      return { printed, isTaken: how === "taken" };
    },
  };
}

test("the build leaves a code cache, and V8 takes it", (t) => {
  const { isTaken, printed } = copyOfProgram(t).start();
  assert.match(printed, /^\d+\.\d+\.\d+$/);
  assert.equal(isTaken, true);
});

test("the Node.js options of the service change nothing of that", (t) => {
  assert.equal(copyOfProgram(t).start("--v8-pool-size=1").isTaken, true);
});

test("without a code cache, or with other flags of V8, the bundle is compiled", (t) => {
  const { codeCache, start } = copyOfProgram(t);
  const { printed } = start();
  assert.deepEqual(start("--max-old-space-size=100"), { printed, isTaken: false });
  rmSync(codeCache);
  assert.deepEqual(start(), { printed, isTaken: false });
});

test("a code cache that is cut off or of which a bit has changed is not taken", (t) => {
  const { codeCache, start } = copyOfProgram(t);
  const { printed } = start();
  const whole = readFileSync(codeCache);
  for (const length of [0, 10, 32, 40, whole.length / 2, whole.length - 1]) {
    writeFileSync(codeCache, whole.subarray(0, length));
    assert.deepEqual(start(), { printed, isTaken: false }, `${length} bytes`);
  }
  for (const at of [0, 40, Math.floor(whole.length / 3), whole.length - 1]) {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] ?? 0) ^ 0x10;
    writeFileSync(codeCache, changed);
    assert.deepEqual(start(), { printed, isTaken: false }, `byte ${at}`);
  }
});

test("another bundle of the same length is not taken for the one that was compiled", (t) => {
  const { bundle, start } = copyOfProgram(t);
  const { printed } = start();
  const other = printed.replaceAll(/\d/g, (digit) => String((Number(digit) + 1) % 10));
  writeFileSync(bundle, readFileSync(bundle, "utf8").replaceAll(`"${printed}"`, `"${other}"`));
  assert.deepEqual(start(), { printed: other, isTaken: false });
});

test("compile.cjs makes it anew", (t) => {
  const { bundle, codeCache, start } = copyOfProgram(t);
  rmSync(codeCache);
  const compile = join(bundle, "../compile.cjs");
  // As where a service installs: nobody there waits for this one to be ready.
  execFileSync(process.execPath, [compile], { env: { ...process.env, NOTIFY_SOCKET: "/nowhere", WATCHDOG_USEC: "1" } });
  assert.ok(existsSync(codeCache));
  assert.equal(start().isTaken, true);
});
