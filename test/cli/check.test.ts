import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { after, test } from "node:test";
import { parse } from "yaml";
import { exampleConfig } from "../../src/config/example.ts";
import { configSchema } from "../../src/config/json-schema.ts";
import { good, secret, temporaryFolder } from "../config/folder.ts";
import { hold } from "../support/schema.ts";
import { checkReport } from "./output-schemas.ts";

const folder = temporaryFolder();
after(folder.remove);

/** The command as its own process: exit code, standard output and error, without the folder's path. */
function run(...args: string[]) {
  const main = join(import.meta.dirname, "../../src/main.ts");
  const options = { encoding: "utf8", timeout: 60_000, env: { PATH: process.env["PATH"] } } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", main, ...args], options);
  const bare = (text: string) => text.replaceAll(`${folder.path}/`, "");
  return { status, stdout: bare(stdout), stderr: bare(stderr) };
}

const check = (yaml: string) => run("check", "--config", folder.write("c.yaml", yaml));

test("check: a good file's effective settings, secrets masked, and its budget", () => {
  const { status, stdout, stderr } = check(good.replace("deviceSecretFile: device-secret", `deviceSecret: ${secret}`));
  assert.equal(status, 0);
  assert.match(stderr, /^c\.yaml:4:17: warning: hub\.deviceSecret: expected deviceSecretFile .*\n$/);
  assert.doesNotMatch(stdout + stderr, /MDEy/);
  assert.match(stdout, /^ {2}transport: tls # tls:\/\/ABCDEFGH12\.iotcloud\.tencentdevices\.com:8883$/m);
  assert.match(
    stdout,
    /^ {2}caFile: hub-ca\.pem # O=rrpc-gateway.*, until .* GMT, SHA-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}$/m,
  );
  assert.match(
    stdout,
    new RegExp(
      [
        "# Deadline budget",
        "#     server's cutoff       4000 ms   rrpc\\.cutoffMs",
        "#   - network, both ways     500 ms   rrpc\\.marginMs",
        "#   = deadline              3500 ms   .*",
        "#   - longest command         23 ms   256 bytes at 115200 baud",
        "#   - longest reply          178 ms   2048 bytes, 10 bits each",
        "#   = left for the MCU      3299 ms   .*",
        "",
        "# c\\.yaml: OK, warnings: 1",
        "$",
      ].join("\n"),
    ),
  );
  const settings = parse(stdout);
  assert.equal(settings.hub.deviceSecret, "***");
  assert.equal(settings.serial.replyBytesMax, 2048);
});

test("check: the effective settings of a good file are a good file with the same effective settings", () => {
  const first = check(exampleConfig());
  assert.deepEqual([first.status, first.stderr], [0, ""]);
  assert.equal(check(first.stdout).stdout, first.stdout);
});

test("check: many files in one run, each with its own line, within a bound; one bad one makes the exit code", () => {
  const files = Array.from({ length: 200 }, (_, index) => folder.write(`device${index}.yaml`, good));
  const startedAt = performance.now();
  const { status, stdout, stderr } = run("check", ...files);
  const tookMs = performance.now() - startedAt;
  assert.deepEqual([status, stderr], [0, ""]);
  const lines = stdout.trim().split("\n");
  assert.deepEqual(
    [lines[0], lines[199], lines[200]],
    ["device0.yaml: OK", "device199.yaml: OK", "200 files: 200 good, 0 bad"],
  );
  // The built program takes a third of it; this one compiles its sources first.
  assert.ok(tookMs < 15_000, `${Math.round(tookMs)} ms`);
  const bad = folder.write("bad.yaml", `${good}logs: 1\n`);
  const mixed = run("check", files[0] ?? "", bad);
  assert.equal(mixed.status, 78);
  assert.match(mixed.stderr, /^bad\.yaml:8:1: logs: /);
  assert.match(mixed.stdout, /^device0\.yaml: OK\n2 files: 1 good, 1 bad\n$/);
});

test("check --offline: a file whose secrets are elsewhere is good; what it says itself is checked all the same", () => {
  const elsewhere = good.replace("device-secret", "/nowhere/secret").replace("hub-ca.pem", "/nowhere/ca.pem");
  const file = folder.write("offline.yaml", elsewhere);
  const whole = run("check", file);
  assert.equal(whole.status, 78);
  assert.match(whole.stderr, /\noffline\.yaml: the file itself is good; without what it names: check --offline\n$/);
  const { status, stdout, stderr } = run("check", "--offline", file);
  assert.deepEqual([status, stderr], [0, ""]);
  assert.match(stdout, /# offline\.yaml: OK\n$/);
  assert.equal(run("check", "--offline", folder.write("offline.yaml", `${elsewhere}logs: 1\n`)).status, 78);
});

test("check --json: one object for programs, nothing on standard error", () => {
  const file = folder.write("c.yaml", `${good}  baudRate: fast\n`);
  const { status, stdout, stderr } = run("check", "--json", file);
  assert.deepEqual([status, stderr], [78, ""]);
  const finding = {
    severity: "fault",
    code: "invalid",
    line: 8,
    column: 13,
    path: "serial.baudRate",
    expected: "a whole number from 300 to 4000000 (baud)",
    found: '"fast"',
  };
  hold(checkReport, JSON.parse(stdout));
  assert.deepEqual(JSON.parse(stdout), { ok: false, files: [{ file: "c.yaml", ok: false, findings: [finding] }] });
});

const rules = `rrpc: {allow: [status, 'led (on|off)'], deny: ['(?i).*reset.*']}\n`;

test("check --payload: what becomes of it, and by which pattern; the exit code is for scripts", () => {
  const file = folder.write("c.yaml", `${good}${rules}`);
  const refused = "refused (permission_denied / not_allowed)";
  const cases: readonly (readonly [payload: string, text: string, status: number])[] = [
    ["led on", "allowed by rrpc.allow, pattern 2: led (on|off)", 0],
    ["led", `${refused}: no pattern of rrpc.allow matches`, 1],
    ["factory RESET", `${refused} by rrpc.deny, pattern 1: (?i).*reset.*`, 1],
  ];
  for (const [payload, text, status] of cases)
    assert.deepEqual(run("check", "--payload", payload, file), {
      status,
      stdout: `"${payload}": ${text}\n`,
      stderr: "",
    });
  const without = folder.write("c.yaml", good);
  assert.deepEqual(
    run("check", "--payload", "", without).stdout,
    '"": allowed: there is neither rrpc.allow nor rrpc.deny\n',
  );
});

test("check --payload: for each board, whose own list stands instead of the one outside, or for one", () => {
  const boards =
    "boards:\n  pump: {serial: {path: /dev/ttyUSB0}}\n  valve:\n    device: {productId: SUBPRODUCT, deviceName: sub01}\n" +
    "    serial: {path: /dev/ttyUSB1}\n    rrpc: {allow: [open], deny: []}\n";
  const file = folder.write("c.yaml", `${good.replace(/serial:[\s\S]*/, rules)}${boards}`);
  const { status, stdout } = run("check", "--payload", "open", file);
  assert.deepEqual(
    [status, stdout],
    [
      1,
      'pump: "open": refused (permission_denied / not_allowed): no pattern of rrpc.allow matches\n' +
        'valve: "open": allowed by rrpc.allow, pattern 1: open\n',
    ],
  );
  assert.equal(run("check", "--payload", "open", "--board", "valve", file).status, 0);
  const other = run("check", "--payload", "open", "--board", "valv", file);
  assert.deepEqual(other, {
    status: 64,
    stdout: "",
    stderr: "rrpc-gateway check: there is no board valv (did you mean valve?); the boards are: pump, valve\n",
  });
});

test("check: without a file it says what is missing", () => {
  const { status, stderr } = run("check");
  assert.deepEqual([status, stderr], [64, "rrpc-gateway check: name at least one file\n"]);
});

test("check: every finding of a bad file on standard error, nothing on standard output, exit code 78", () => {
  const { status, stdout, stderr } = check(`${good}  baudRate: fast\nlogs: 1\n`);
  assert.deepEqual([status, stdout], [78, ""]);
  assert.equal(
    stderr,
    'c.yaml:8:13: serial.baudRate: expected a whole number from 300 to 4000000 (baud), found "fast"\n' +
      "c.yaml:9:1: logs: expected a known key (did you mean log?), found an unknown key\n",
  );
});

test("example and schema print what the tests of the configuration check", () => {
  assert.deepEqual(run("example"), { status: 0, stdout: exampleConfig(), stderr: "" });
  const { status, stdout } = run("schema");
  assert.equal(status, 0);
  assert.deepEqual(JSON.parse(stdout), configSchema());
});

/** Three boards: two of device_info.json's sub-devices, one with its secret and one with a presence of its own, and the gateway's own. */
function boardsOf(devices: { readonly pump: string; readonly valve: string }): string {
  const listed = {
    subdev_list: ["pump01", "valve01"].map((name, i) => ({ sub_productId: `SUBPRODUC${i}`, sub_devName: name })),
  };
  const device = { auth_mode: "KEY", productId: "ABCDEFGH12", deviceName: "gateway01" };
  const info = { ...device, key_deviceinfo: { deviceSecret: secret }, subDev: listed };
  folder.write("device_info.json", JSON.stringify(info));
  folder.write("pump-secret", secret);
  return `\
hub: {deviceInfoFile: device_info.json, host: 127.0.0.1, transport: tcp}
rrpc: {marginMs: 700}
boards:
  pump:
    device: {deviceName: ${devices.pump}, secretFile: pump-secret}
    serial: {path: /dev/ttyA}
  valve:
    device: {deviceName: ${devices.valve}, presence: board}
    serial: {path: /dev/ttyB, baudRate: 9600}
  meter:
    serial: {path: /dev/ttyC}
`;
}

test("check: several boards, each with what it differs in and whose product it has; a budget for those that share one", () => {
  const { status, stdout, stderr } = check(boardsOf({ pump: "pump01", valve: "valve01" }));
  assert.deepEqual([status, stderr], [0, ""]);
  assert.doesNotMatch(stdout, /MDEy/);
  assert.match(stdout, /deviceName: pump01 # product SUBPRODUC0\n +secretFile: pump-secret\n +presence: session\n/);
  assert.match(stdout, /deviceName: valve01 # product SUBPRODUC1\n +presence: board\n +absentAfterS: 60\n/);
  const { serial, boards } = parse(stdout);
  assert.equal(serial.baudRate, 115_200);
  assert.deepEqual(boards.valve.serial, { path: "/dev/ttyB", baudRate: 9600 });
  assert.deepEqual(boards.meter, { serial: { path: "/dev/ttyC" } });
  const budgets = [...stdout.matchAll(/^# Deadline budget of (.*)$/gm)].map(([, names]) => names);
  assert.deepEqual(budgets, ["pump, meter", "valve"]);
  assert.deepEqual(
    [...stdout.matchAll(/^# {3}= left for the MCU +(\d+) ms/gm)].map(([, ms]) => ms),
    ["3099", "899"],
  );
  assert.equal(stdout.match(/700 ms {3}rrpc\.marginMs/g)?.length, 2);
});

test("check: what is wrong with one of several boards, with its name, line and column", () => {
  const same = check(boardsOf({ pump: "pump01", valve: "pump01" }));
  assert.deepEqual([same.status, same.stdout], [78, ""]);
  assert.match(
    same.stderr,
    /^c\.yaml:8:26: boards\.valve\.device\.deviceName: expected another device than that of pump/,
  );
  const unlisted = check(boardsOf({ pump: "pmup01", valve: "valve01" }));
  assert.equal(unlisted.status, 78);
  assert.match(unlisted.stderr, /^c\.yaml:5:26: boards\.pump\.device\.deviceName: .*\(did you mean pump01\?\)/);
});
