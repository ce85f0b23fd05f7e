/** A build replaces what it makes, and nothing else: the apt repository of all versions is beside it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const root = join(import.meta.dirname, "../..");
const dist = mkdtempSync(join(tmpdir(), "rrpc-gateway-build-"));
after(() => rmSync(dist, { recursive: true, force: true }));

test("a build leaves packages, images and the apt repository alone, and nothing of its own behind", () => {
  const kept = ["images/an.oci.tar", "packages/a.deb", "repository/pool/a.deb"];
  const replaced = ["bin/of-an-earlier-version.cjs", "prebuilds/of-an-earlier-version.node"];
  for (const name of [...kept, ...replaced]) {
    mkdirSync(join(dist, name, ".."), { recursive: true });
    writeFileSync(join(dist, name), name);
  }
  execFileSync(process.execPath, [join(root, "deploy/build.mjs"), dist], { stdio: "inherit" });

  const made = ["bin", "gateway.code-cache", "prebuilds", "rrpc-gateway"];
  assert.deepEqual(readdirSync(dist).sort(), [...made, "images", "packages", "repository"].sort());
  for (const name of kept) assert.equal(readFileSync(join(dist, name), "utf8"), name);
  for (const name of replaced) assert.throws(() => lstatSync(join(dist, name)), { code: "ENOENT" });
  assert.match(execFileSync(join(dist, "rrpc-gateway"), ["--version"], { encoding: "utf8" }), /^\d+\.\d+\.\d+\n$/);
});
