import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { program } from "../support/daemon.ts";

interface Result {
  readonly id: string;
  readonly verdict: string;
  readonly note?: string;
}

/**
 * Has the built `bench` check the board at the tty against every rule of the line protocol. Each one that its hello claims passes; only
 * the restart cannot be judged, since a tty of ours has no line that restarts a board.
 */
export async function assertConforms(tty: string, ...args: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-bench-"));
  try {
    const report = join(folder, "report.json");
    await promisify(execFile)(process.execPath, [
      program,
      ...["bench", "--serial", tty, "--only", "conformance", "--json", report],
      ...args,
    ]);
    const { verdict, conformance } = JSON.parse(readFileSync(report, "utf8")) as {
      verdict: string;
      conformance: { results: Result[] };
    };
    const judged = conformance.results.map(({ id, verdict }) => `${id} ${verdict}`);
    assert.ok(judged.length > 30, `only ${judged.length} rules`);
    assert.deepEqual(
      judged.filter((one) => !one.endsWith(" pass")),
      ["boot-hello not_judged"],
    );
    assert.equal(verdict, "pass");
  } finally {
    rmSync(folder, { recursive: true });
  }
}
