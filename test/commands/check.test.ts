import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { after, test } from "node:test";
import { parse } from "yaml";
import { exampleConfig } from "../../src/config/example.ts";
import { configSchema } from "../../src/config/json-schema.ts";
import { good, secret, temporaryFolder } from "../config/folder.ts";

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
