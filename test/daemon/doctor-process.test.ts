/** The doctor as a process of its own: what it prints, and what becomes of one that prints something else, or nothing. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { DoctorProcess } from "../../src/daemon/doctor-process.ts";
import { withoutDescriptors } from "../support/no-descriptors.ts";

const printing = (script: string) => new DoctorProcess([process.execPath, "-e", script]);

test("its findings come without evidence, the worst first", async () => {
  const finding = (state: string) => ({ id: "clock", code: state, state, subject: "s", evidence: "hunter2", extra: 1 });
  const report = { status: "fault", user: "root", findings: ["ok", "unknown", "fault", "warning"].map(finding) };
  const doctor = printing(`console.log(${JSON.stringify(JSON.stringify(report))}); process.exit(2)`);
  const outcome = await doctor.run([]);
  assert.ok(outcome.result === "examined");
  assert.equal(outcome.status, "fault");
  assert.deepEqual(
    outcome.findings,
    ["fault", "warning", "unknown", "ok"].map((state) => ({ id: "clock", code: state, state, subject: "s" })),
  );
});

test("of the configuration it says where in the file and which option, and no word that only the file has", async () => {
  const at = (path: string) => ({
    id: "configuration",
    code: "invalid",
    state: "warning",
    subject: "s",
    line: 3,
    column: 5,
    path,
  });
  const paths = ["hub.port", "hub.hunter2", "boards.pump.serial.path", "boards.hunter2"];
  const report = { status: "warning", findings: paths.map((path) => ({ ...at(path), evidence: "hunter2" })) };
  const outcome = await printing(`console.log(${JSON.stringify(JSON.stringify(report))})`).run(["pump"]);
  assert.ok(outcome.result === "examined");
  const place = { id: "configuration", code: "invalid", state: "warning", subject: "s", line: 3, column: 5 };
  assert.deepEqual(outcome.findings, [at("hub.port"), place, at("boards.pump.serial.path"), place]);
});

for (const [what, script] of Object.entries({
  nothing: "",
  "no JSON": "console.log('{')",
  "something else": "console.log('[1]')",
  null: "console.log('null')",
  "a report without findings": `console.log('{"status":"ok","findings":{}}')`,
}))
  test(`it prints ${what}: that is told`, async () => {
    assert.deepEqual(await printing(script).run([]), { result: "failed", why: "it printed no report" });
  });

test("it cannot be run, says too much, or is ended with the gateway: that is told", async () => {
  const outcome = await new DoctorProcess(["/no/such/program"]).run([]);
  assert.match(JSON.stringify(outcome), /"failed".*cannot be run.*ENOENT/);
  const flood = "const more = () => process.stdout.write('x'.repeat(65536), more); more()";
  assert.deepEqual(await printing(flood).run([]), { result: "failed", why: "it says too much" });
  const slow = printing("setInterval(() => {}, 1000)");
  const running = slow.run([]);
  slow.stop();
  assert.deepEqual(await running, { result: "failed", why: "the gateway stops" });
  slow.stop();
});

test("it runs with the lowest priority, and is the first to go where memory runs out", async () => {
  const script = `
    const { readFileSync } = require("node:fs");
    const finding = { id: String(require("node:os").getPriority()), code: readFileSync("/proc/self/oom_score_adj", "utf8").trim(), state: "ok", subject: "s" };
    setTimeout(() => console.log(JSON.stringify({ status: "ok", findings: [finding] })), 0)`;
  const outcome = await printing(script).run([]);
  assert.deepEqual(outcome, {
    result: "examined",
    status: "ok",
    findings: [{ id: "19", code: "1000", state: "ok", subject: "s" }],
  });
  assert.notEqual(readFileSync("/proc/self/oom_score_adj", "utf8").trim(), "1000");
});

test("without a free descriptor, or the memory for another process: that is told, and the next one runs", async () => {
  const doctor = printing("console.log('[1]')");
  assert.match(JSON.stringify(await withoutDescriptors(() => doctor.run([]))), /"failed".*cannot be run.*EMFILE/);
  assert.deepEqual(await doctor.run([]), { result: "failed", why: "it printed no report" });
  // As ENOMEM, this is an error that spawn throws.
  const thrown = await new DoctorProcess([process.execPath, "x".repeat(1_000_000)]).run([]);
  assert.match(JSON.stringify(thrown), /"failed".*cannot be run.*E2BIG/);
});

test("one that cannot be ended is not waited for, and none is started beside it", { timeout: 30_000 }, async (t) => {
  // A process of a group of its own keeps the output open, as one does that hangs in a driver.
  const script = `
    const { spawn } = require("node:child_process");
    const other = spawn("sleep", ["600"], { detached: true, stdio: ["ignore", "inherit", "ignore"] });
    require("node:fs").writeFileSync(process.argv[1], String(other.pid));
    setInterval(() => {}, 1000)`;
  const folder = mkdtempSync(join(tmpdir(), "rrpc-doctor-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "pid");
  const doctor = new DoctorProcess([process.execPath, "-e", script, file], 2000);
  const first = doctor.run([]);
  assert.deepEqual(await first, { result: "failed", why: "it took longer than 2 s" });
  assert.match(JSON.stringify(await doctor.run([])), /the one before, process \d+, was killed and is not gone yet/);
  process.kill(Number(readFileSync(file, "utf8")), "SIGKILL");
});
