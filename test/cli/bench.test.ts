// `rrpc-gateway bench` as its own process, with the virtual MCU: the real gateway, the embedded hub, a real tty.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readBenchOptions } from "../../src/cli/bench-options.ts";
import { createProgram } from "../../src/cli/program.ts";
import { rules } from "../../src/lab/bench/conformance/check-board.ts";
import { startVirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import { read } from "../support/documents.ts";
import { hold } from "../support/schema.ts";
import { benchReport } from "./output-schemas.ts";

/** It takes some 10 s; only a fault takes so long. */
const limitMs = 90_000;

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "rrpc-bench-test-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

/** Runs the command to its end; `temporary` is where it may leave nothing. */
async function bench(t: TestContext, temporary: string, ...args: string[]) {
  return await startBench(t, temporary, () => {}, ...args).ended;
}

/** Starts the command; `onOutput` gets all that it has line so far. */
function startBench(t: TestContext, temporary: string, onOutput: (stdout: string) => void, ...args: string[]) {
  const child = spawn(process.execPath, ["--import", "tsx", "src/main.ts", "bench", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, TMPDIR: temporary },
    timeout: limitMs,
    killSignal: "SIGKILL",
  });
  t.after(() => child.kill("SIGKILL"));
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data) => {
    stdout += data;
    onOutput(stdout);
  });
  child.stderr.on("data", (data) => (stderr += data));
  const ended = once(child, "close").then(([exitCode]) => ({ exitCode: exitCode as number, stdout, stderr }));
  return { child, ended };
}

/** What the command has left behind; tsx keeps its cache there, and what begins with our name is ours. */
function leftovers(temporary: string): string[] {
  return readdirSync(temporary).filter((name) => name.startsWith("rrpc-"));
}

test("the virtual MCU is signed off: conformance, load, page and JSON", { timeout: limitMs }, async (t) => {
  const reports = folder(t);
  const temporary = folder(t);
  const [page, json] = [join(reports, "report.html"), join(reports, "report.json")];
  const load = ["--requests", "30", "--sizes", "8,64", "--concurrency", "4"];
  const { exitCode, stdout, stderr } = await bench(
    t,
    temporary,
    "--virtual",
    ...load,
    "--report",
    page,
    "--json",
    json,
  );
  assert.equal(exitCode, 0, stdout + stderr);
  assert.match(stdout, /30 of 30 answered, 100 % before the cutoff/);
  assert.doesNotMatch(stdout, /FAIL|NOT CLAIMED|NOT JUDGED/);
  assert.deepEqual(leftovers(temporary), []);

  const result = JSON.parse(readFileSync(json, "utf8"));
  hold(benchReport, result);
  assert.equal(result.verdict, "pass");
  assert.equal(result.conformance.results.length, rules.length);
  assert.equal(result.load.requests.length, 30);
  assert.equal(result.load.lostEvents, 0);
  for (const { outcome, totalMs, split } of result.load.requests) {
    assert.equal(outcome, "ok");
    const sum = split.queueMs + split.wireMs + split.mcuMs + split.gatewayMs;
    assert.ok(Math.abs(sum - totalMs) < 0.001, `${sum} of ${totalMs}`);
    assert.ok(split.wireMs > 0 && split.mcuMs >= 0);
  }

  const html = readFileSync(page, "utf8");
  assert.match(html, /<strong>30 of 30 answered<\/strong>/);
  assert.equal(html.match(/class="mark pass"/g)?.length, rules.length);
});

test("a board with faults is not signed off", { timeout: limitMs }, async (t) => {
  const mcu = await startVirtualMcu({ silence: true });
  t.after(mcu.close);
  const conformance = await bench(t, folder(t), "--serial", mcu.tty, "--only", "conformance");
  assert.equal(conformance.exitCode, 1, conformance.stderr);
  assert.match(conformance.stdout, /FAIL +A command is answered, under its own id/);
  assert.match(conformance.stdout, /▶ >b\d+ ping/);
  // One cause is told once.
  const blocked = /NOT JUDGED \d+ rules because of "A command is answered, under its own id": once, ids,/;
  assert.match(conformance.stdout.replace(/\s+/g, " "), blocked);
  assert.match(conformance.stdout, /✗ rules of the line protocol that failed: 1/);

  await mcu.control({ kind: "faults", change: { silence: false, wrongId: 1 } });
  const load = await bench(
    t,
    folder(t),
    "--serial",
    mcu.tty,
    "--only",
    "load",
    "--requests",
    "2",
    "--cutoff-ms",
    "1000",
  );
  assert.equal(load.exitCode, 1, load.stderr);
  assert.match(load.stdout, /0 of 2 answered/);
});

test("interrupted in either pass it ends, and leaves nothing", { timeout: limitMs }, async (t) => {
  const endless = ["--virtual", "--requests", "50000"];
  for (const [sign, args] of [
    ["PASS", endless],
    ["\nLoad", [...endless, "--only", "load"]],
  ] as const) {
    const temporary = folder(t);
    let isInterrupted = false;
    const { child, ended } = startBench(
      t,
      temporary,
      (stdout) => {
        if (!isInterrupted && stdout.includes(sign)) isInterrupted = child.kill("SIGINT");
      },
      ...args,
    );
    const { exitCode, stdout, stderr } = await ended;
    assert.equal(exitCode, 130, stdout + stderr);
    assert.match(stdout, /interrupted; nothing is left running\n$/);
    assert.deepEqual(leftovers(temporary), []);
  }
});

test("a port that cannot be had, and a report that cannot be written, are told at once", async (t) => {
  const nowhere = join(folder(t), "tty");
  const port = await bench(t, folder(t), "--serial", nowhere);
  assert.equal(port.exitCode, 69, port.stderr);
  assert.ok(port.stderr.includes(nowhere), port.stderr);
  const report = await bench(t, folder(t), "--virtual", "--report", join(nowhere, "report.html"));
  assert.equal(report.exitCode, 73, report.stderr);
});

test("everything that is wrong with the command line is told", () => {
  const defaults = {
    baud: "115200",
    format: "8N1",
    reset: "none",
    sizes: "16",
    cutoffMs: "4000",
    plain: "ping",
    count: "count",
  };
  const problems = (options: object) => {
    const read = readBenchOptions({ ...defaults, ...options });
    return read.kind === "problems" ? read.problems.map((problem) => problem.split(":")[0]) : [];
  };
  assert.deepEqual(problems({ virtual: true }), []);
  assert.deepEqual(
    problems({ serial: "/dev/ttyUSB0", format: "7E2", sizes: "1,200", durationS: "60", rate: "20" }),
    [],
  );
  assert.deepEqual(problems({}), ["either --serial PATH or --virtual"]);
  assert.deepEqual(problems({ virtual: true, serial: "/dev/ttyUSB0" }), ["either --serial PATH or --virtual"]);
  assert.deepEqual(problems({ virtual: true, rate: "1", concurrency: "1" }), [
    "--rate and --concurrency exclude each other",
  ]);
  assert.deepEqual(
    problems({
      virtual: true,
      baud: "fast",
      format: "9N1",
      reset: "cts",
      only: "all",
      requests: "0",
      sizes: "1,x",
      plain: "a\n",
    }),
    ["--plain", "--only", "--format", "--baud", "--reset", "--requests", "--sizes"],
  );
});

test("docs/bench.md and docs/errors.md name options that there are", () => {
  const chapter = read("docs/bench.md") + read("docs/errors.md");
  const commands = createProgram("").commands;
  const calls = [...chapter.matchAll(/^rrpc-gateway (bench|call) (.*)$/gm)];
  assert.ok(calls.length >= 4);
  for (const [line, name] of calls) {
    const known = commands.find((command) => command.name() === name)?.options.map(({ long }) => long);
    for (const [option] of line.matchAll(/--[a-z-]+/g)) assert.ok(known?.includes(option), `${line}: ${option}`);
  }
});
