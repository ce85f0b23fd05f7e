import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { program } from "../support/daemon.ts";
import { startStarvationMeter } from "../support/starvation/starvation.ts";

interface Result {
  readonly id: string;
  readonly verdict: string;
}

/** A board at a tty, and the process that is it. */
export interface BoardProcess {
  readonly tty: string;
  readonly pid: number;
}

/**
 * Has the built `bench` check the board against every rule of the line protocol. Each one that its hello claims passes; only the restart
 * cannot be judged, since a tty of ours has no line that restarts a board. The rules measure half seconds: where the machine did not let the
 * board run, they are played once more.
 */
export async function assertConforms({ tty, pid }: BoardProcess): Promise<void> {
  const meter = startStarvationMeter();
  meter.follow(pid);
  try {
    await assertPasses(tty).catch((error: unknown) => {
      if (!meter.wasStarved()) throw error;
      console.log(`once more: something waited ${meter.worstMs()} ms for a processor`);
      return assertPasses(tty);
    });
  } finally {
    await meter.stop();
  }
}

async function assertPasses(tty: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-bench-"));
  try {
    const report = join(folder, "report.json");
    const args = ["bench", "--serial", tty, "--only", "conformance", "--json", report];
    await promisify(execFile)(process.execPath, [program, ...args]);
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
