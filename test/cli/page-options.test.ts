import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type PageCommandOptions, readPageOptions } from "../../src/cli/page-options.ts";

function problemsOf(options: Partial<PageCommandOptions>): readonly string[] {
  const request = readPageOptions({ config: "c.yaml", port: "8088", host: "127.0.0.1", ...options });
  return request.kind === "problems" ? request.problems : [];
}

test("loopback needs no token; every other address does", () => {
  for (const host of ["127.0.0.1", "localhost", "::1", "127.1.2.3"]) assert.deepEqual(problemsOf({ host }), []);
  for (const host of ["0.0.0.0", "::", "192.0.2.1", "gateway.example", ""])
    assert.match(
      problemsOf({ host }).join(),
      /--host: .* can be reached from other machines, so --token-file is needed/,
    );
  assert.deepEqual(problemsOf({ port: "70000" }), ['--port: expected 0 to 65535, found "70000"']);
});

test("contents are for those with the token alone: every user of the machine can reach loopback", () => {
  assert.match(
    problemsOf({ payloads: true }).join(),
    /--payloads: every user of this machine .* --token-file is needed/,
  );
});

test("a token is one long word in a file that not everybody can read", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-token-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const tokenFile = join(folder, "token");
  const problemWith = (text: string, mode = 0o600) => {
    writeFileSync(tokenFile, text);
    chmodSync(tokenFile, mode);
    return problemsOf({ host: "0.0.0.0", tokenFile }).join("\n");
  };
  assert.equal(problemWith("0123456789abcdef\n"), "");
  assert.equal(problemWith("0123456789abcdef\n", 0o640), "");
  assert.match(problemWith("0123456789abcdef\n", 0o644), /can be read by everybody \(mode 644\): chmod 600/);
  for (const text of [
    "",
    "short\n",
    "0123456789 abcdef\n",
    "0123456789abcdef\n0123456789abcdef\n",
    "0123456789abcdéf\n",
  ])
    assert.match(problemWith(text), /expected one line of at least 16 characters without spaces/, text);
  assert.match(problemWith("x".repeat(5000)), /--token-file: /);
  assert.match(problemsOf({ tokenFile: join(folder, "none") }).join(), /--token-file: expected a readable file, found/);
});
