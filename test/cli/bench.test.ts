// `rrpc-gateway bench` as its own process, with the virtual MCU: the real gateway, the embedded hub, a real tty.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
  assert.equal(port.stdout, "");
  const load = await bench(t, folder(t), "--serial", nowhere, "--only", "load");
  assert.equal(load.exitCode, 69, load.stderr);
  assert.match(load.stderr, /tty does not exist/);
  assert.equal(load.stdout, "");
  const file = await bench(t, folder(t), "--serial", "package.json", "--only", "load");
  assert.equal(file.exitCode, 69, file.stderr);
  assert.match(file.stderr, /package\.json is not a serial port/);
  const report = await bench(t, folder(t), "--virtual", "--report", join(nowhere, "report.html"));
  assert.equal(report.exitCode, 73, report.stderr);
  assert.match(report.stderr, /nowhere|tty.*report\.html/);
});

test("a line without DTR leaves one rule not judged, and the rest goes on", { timeout: limitMs }, async (t) => {
  const mcu = await startVirtualMcu({ reply: (payload) => payload });
  t.after(mcu.close);
  const { exitCode, stdout } = await bench(
    t,
    folder(t),
    "--serial",
    mcu.tty,
    "--only",
    "conformance",
    "--reset",
    "dtr",
  );
  assert.equal(exitCode, 0, stdout);
  assert.match(
    stdout.replace(/\s+/g, " "),
    /NOT JUDGED It sends a hello at every start.*?: \/dev\/pts\/\d+ has no DTR/,
  );
});

test("several boards at once: a report for each by its serial number, and a table", { timeout: limitMs }, async (t) => {
  const [good, bad] = await Promise.all([
    startVirtualMcu({ fw: "pump-1.4.2", reply: (payload) => payload }),
    startVirtualMcu({ fw: "pump-1.4.3", reply: (payload) => payload, duplicate: 1 }),
  ]);
  t.after(() => Promise.all([good.close(), bad.close()]));
  const [reports, temporary] = [folder(t), folder(t)];
  const missing = join(reports, "tty");
  const two = ["--serial", good.tty, "--serial-number", "0041", "--serial", bad.tty, "--serial-number", "0042"];
  const files = ["--report", reports, "--json", join(reports, "run.json")];
  const common = ["--board", "pump", "--requests", "5", ...files];
  const { exitCode, stdout, stderr } = await bench(t, temporary, ...two, ...common);
  assert.equal(exitCode, 1, stdout + stderr);
  assert.match(stdout, /0042: FAIL A command is answered once: 2 answers/);
  const table = stdout.slice(stdout.indexOf("\nBoards\n")).replace(/ +/g, " ");
  assert.match(table, /PASS 0041 pump-1\.4\.2 – 5\/5 \S+ \/dev\/pts/);
  assert.match(table, /FAIL 0042 pump-1\.4\.3 once\S* 5\/5 \S+ \/dev\/pts/);
  assert.deepEqual(
    readdirSync(reports)
      .map((name) => name.replace(/\d{4}-\d\d-\d\dT\d{4}/, "TIME"))
      .sort(),
    ["bench-pump-0041-TIME.html", "bench-pump-0042-TIME.html", "run-0041.json", "run-0042.json"],
  );
  const { specimen } = JSON.parse(readFileSync(join(reports, "run-0042.json"), "utf8")).environment;
  assert.deepEqual(specimen, { board: "pump", serialNumber: "0042" });

  // A port that is not there: the other boards are tested.
  const one = await bench(t, temporary, "--serial", missing, "--serial", good.tty, "--only", "conformance");
  assert.equal(one.exitCode, 69, one.stdout);
  assert.match(one.stdout.replace(/ +/g, " "), /NO PORT – – – – – \S+\/tty\n PASS – pump-1\.4\.2/);
  assert.deepEqual(leftovers(temporary), []);
});

test("the line is what the gateway's configuration says", { timeout: limitMs }, async (t) => {
  const mcu = await startVirtualMcu({ around: { end: "\r" }, reply: (payload) => payload });
  t.after(mcu.close);
  const [reports, temporary] = [folder(t), folder(t)];
  const [config, json] = [join(reports, "gateway.yaml"), join(reports, "report.json")];
  const hub = "hub: { productId: ABCDEFGH12, deviceName: gateway01, deviceSecretFile: not-there }";
  const boards = `boards: { pump: { serial: { path: ${mcu.tty} }, device: { deviceName: sub01, productId: SUBPRODUCT } } }`;
  writeFileSync(config, `${hub}\nserial: { lineEnd: cr, replyBytesMax: 300 }\nrrpc: { cutoffMs: 5000 }\n${boards}\n`);
  const args = ["--config", config, "--board", "pump", "--requests", "3", "--json", json];
  const { exitCode, stdout, stderr } = await bench(t, temporary, ...args);
  assert.equal(exitCode, 0, stdout + stderr);
  const { environment, load } = JSON.parse(readFileSync(json, "utf8"));
  assert.deepEqual(
    [environment.port, environment.replyBytesMax, environment.cutoffMs, load.figures.answered],
    [mcu.tty, 300, 5000, 3],
  );
  const other = await bench(t, temporary, "--config", config, "--board", "valve");
  assert.equal(other.exitCode, 64, other.stdout);
  assert.match(other.stderr, /--board: expected one of the boards in .*: pump/);
});

test("compared with an earlier run, it says what is worse", { timeout: limitMs }, async (t) => {
  const [reports, temporary] = [folder(t), folder(t)];
  const [earlier, later] = [join(reports, "earlier.json"), join(reports, "later.json")];
  const mcu = await startVirtualMcu({ fw: "pump-1.4.2", reply: (payload) => payload });
  t.after(mcu.close);
  const run = (...args: string[]) => bench(t, temporary, "--serial", mcu.tty, "--only", "conformance", ...args);
  assert.equal((await run("--json", earlier)).exitCode, 0);
  await mcu.control({ kind: "faults", change: { duplicate: 1 } });
  const { exitCode, stdout } = await run("--json", later, "--against", earlier);
  assert.equal(exitCode, 1, stdout);
  assert.match(stdout, /compared with the run of \S+, firmware pump-1\.4\.2:\n +worse +once: PASS, now FAIL/);
  const result = JSON.parse(readFileSync(later, "utf8"));
  hold(benchReport, result);
  assert.ok(result.against.worse.includes("once: PASS, now FAIL"), result.against.worse);

  writeFileSync(earlier, "{}");
  const wrong = await run("--against", earlier);
  assert.equal(wrong.exitCode, 64, wrong.stdout);
  assert.match(wrong.stderr, /--against .*earlier\.json: no report that bench --json has written: environment/);
});

test("everything that is wrong with the command line is told", () => {
  const defaults = { reset: "none", sizes: "16", plain: "ping", count: "count" };
  const noPort = ["expected either --serial PATH, or --config FILE with serial.path, or --virtual"];
  const problems = (options: object) => {
    const read = readBenchOptions({ ...defaults, ...options });
    return read.kind === "problems" ? read.problems.map((problem) => problem.split(":")[0]) : [];
  };
  assert.deepEqual(problems({ virtual: true }), []);
  assert.deepEqual(
    problems({ serial: ["/dev/ttyUSB0"], format: "7E2", sizes: "1,200", durationS: "60", rate: "20" }),
    [],
  );
  assert.deepEqual(problems({}), noPort);
  assert.deepEqual(problems({ virtual: true, serial: ["/dev/ttyUSB0"] }), noPort);
  const two = { serial: ["/dev/ttyUSB0", "/dev/ttyUSB1"] };
  assert.deepEqual(problems({ ...two, serialNumber: ["41", "42"] }), []);
  assert.deepEqual(problems({ ...two, serialNumber: ["41"] }), ["--serial-number"]);
  assert.deepEqual(problems({ ...two, serialNumber: ["41", "42", "43"] }), ["--serial-number"]);
  assert.deepEqual(problems({ serial: ["/dev/ttyUSB0", "/dev/ttyUSB0"] }), ["--serial"]);
  assert.deepEqual(problems({ virtual: true, board: "a\nb", operator: "", serialNumber: ["\x1b[2J"] }), [
    "--board",
    "--serial-number",
    "--operator",
  ]);
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
      replyBytesMax: "63",
      lineEnd: "crlf",
      plain: "a\n",
    }),
    ["--baud", "--format", "--reply-bytes-max", "--line-end", "--plain", "--only", "--reset", "--requests", "--sizes"],
  );
});

test("docs/bench.md and docs/errors.md name options that there are", () => {
  const chapter = read("docs/bench.md") + read("docs/errors.md");
  const commands = createProgram("", async () => {}).commands;
  const calls = [...chapter.matchAll(/^rrpc-gateway (bench|call) (.*)$/gm)];
  assert.ok(calls.length >= 4);
  for (const [line, name] of calls) {
    const known = commands.find((command) => command.name() === name)?.options.map(({ long }) => long);
    for (const [option] of line.matchAll(/--[a-z-]+/g)) assert.ok(known?.includes(option), `${line}: ${option}`);
  }
});
