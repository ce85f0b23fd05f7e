/** The lock that Node.js 18 has: a file, and flock(2) on it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, linkSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { lockFile } from "../../src/runtime/lock-file.ts";

/** The name of a file that is not there yet, and not there any more after the test. */
function freshName(t: TestContext): string {
  const name = `rrpc-gateway-test-${process.pid}-${t.name.length}`;
  t.after(() => rmSync(`/run/lock/${name}`, { force: true }));
  return name;
}

test("of many who lock a file at once one gets it; when that one lets go, or has started something else, it is free", async (t) => {
  const name = freshName(t);
  const locks = await Promise.all(Array.from({ length: 8 }, () => lockFile(name)));
  const [taken, ...more] = locks.filter((lock) => lock.kind === "taken");
  assert.ok(taken?.kind === "taken");
  assert.deepEqual(more, []);
  taken.write("a longer text");
  taken.write("who has it");
  assert.deepEqual(await lockFile(name), { kind: "held", text: "who has it" });
  const child = spawn("sleep", ["60"]);
  t.after(() => child.kill());
  taken.release();
  const next = await lockFile(name);
  assert.ok(next.kind === "taken");
  next.release();
});

test("a link in the place of the file is not followed, and nothing is written behind it", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-lock-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const victim = join(folder, "victim");
  writeFileSync(victim, "precious");
  const name = freshName(t);
  symlinkSync(victim, `/run/lock/${name}`);
  await assert.rejects(lockFile(name), { code: "ELOOP" });
  rmSync(`/run/lock/${name}`);
  const other = `/run/lock/${name}-victim`;
  t.after(() => rmSync(other, { force: true }));
  writeFileSync(other, "precious");
  linkSync(other, `/run/lock/${name}`);
  await assert.rejects(lockFile(name), /no file of a gateway's/);
  assert.deepEqual([readFileSync(victim, "utf8"), readFileSync(other, "utf8")], ["precious", "precious"]);
});

test("a flock that does not end in time says nothing of who has the lock", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-lock-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "flock"), "#!/bin/sh\nexec sleep 20\n");
  chmodSync(join(folder, "flock"), 0o755);
  const name = freshName(t);
  const path = process.env["PATH"];
  process.env["PATH"] = `${folder}:${path}`;
  const locking = lockFile(name);
  process.env["PATH"] = path;
  assert.deepEqual(await locking, { kind: "slow" });
});
