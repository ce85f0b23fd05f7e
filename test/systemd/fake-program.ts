import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** A program named `systemd-notify` that is the first on PATH while the test runs. */
export interface FakeProgram {
  /** What the runs were given, one line each, arguments joined by spaces; `overlap` for one that began within another. */
  runs(): string[];
}

/** @param script what it does besides recording its arguments, as shell text. */
export function fakeSystemdNotify(t: TestContext, script = ""): FakeProgram {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-notify-"));
  const record = join(folder, "record");
  const path = process.env["PATH"];
  writeFileSync(
    join(folder, "systemd-notify"),
    `#!/bin/sh
mkdir '${folder}/running' 2>/dev/null || echo overlap >>'${record}'
echo "$*" >>'${record}'
${script}
rmdir '${folder}/running'
`,
    { mode: 0o755 },
  );
  process.env["PATH"] = `${folder}:${path}`;
  t.after(() => {
    process.env["PATH"] = path;
    // One that still runs may just be writing there.
    rmSync(folder, { recursive: true, maxRetries: 20, retryDelay: 50 });
  });
  return { runs: () => (existsSync(record) ? readFileSync(record, "utf8").trimEnd().split("\n") : []) };
}
