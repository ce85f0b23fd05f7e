/** What the comparison needs beside Node.js, where it is there and where it is not. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openToolchain } from "./toolchain.ts";

test("a missing compiler is named, and nothing is compiled", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-toolchain-"));
  const path = process.env["PATH"];
  t.after(() => {
    process.env["PATH"] = path;
    rmSync(folder, { recursive: true });
  });
  process.env["PATH"] = folder;
  const { mcu, c, leftOut } = openToolchain(folder);
  assert.deepEqual({ mcu, c }, { mcu: undefined, c: undefined });
  assert.equal(leftOut[0], "all peers left out: the Debian package gcc is not installed");
});
