/** A start that cannot be: what is wrong is said, with its place, and the exit code tells systemd not to try again. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { startDaemon } from "../support/daemon.ts";
import { deviceSecret } from "./broker-messages.ts";

const folder = mkdtempSync(join(tmpdir(), "rrpc-start-"));
after(() => rmSync(folder, { recursive: true }));

/** Runs the gateway to its end with this configuration. */
async function run(config: string): Promise<{ exitCode: number | string; stderr: string; file: string }> {
  const file = join(folder, "config.yaml");
  writeFileSync(file, config);
  const daemon = startDaemon(["run", "--config", file]);
  return { exitCode: await daemon.ended, stderr: daemon.stderr(), file };
}

test("a bad configuration: every fault with file, line and column, exit code 78, and no secret", async () => {
  const { exitCode, stderr, file } = await run(
    [
      "hub:",
      "  productId: ABC",
      "  deviceName: gateway01",
      `  deviceSecret: ${deviceSecret}`,
      "  host: 127.0.0.1",
      "serial:",
      "  path: /dev/ttyUSB0",
      "  baudrate: 9600",
      "rrpc:",
      "  marginMs: 4000",
      "",
    ].join("\n"),
  );
  assert.equal(exitCode, 78);
  const places = stderr.split("\n").map((line) => line.replace(/^\S+Z error (.*): expected.*/, "$1"));
  assert.ok(places.includes(`${file}:2:14: hub.productId`), stderr);
  assert.ok(places.includes(`${file}:8:3: serial.baudrate`), stderr);
  assert.match(stderr, /did you mean baudRate\?/);
  assert.ok(places.includes(`${file}:10:13: rrpc.marginMs`), stderr);
  assert.ok(!stderr.includes(deviceSecret));
});

test("no configuration at all: exit code 78", async () => {
  const daemon = startDaemon(["run", "--config", join(folder, "none.yaml")]);
  assert.equal(await daemon.ended, 78);
  assert.match(daemon.stderr(), /none\.yaml:1:1: expected a readable configuration file, found .*no such file/);
});

test("a CA file that comes later is waited for; the service starts with it", { timeout: 30_000 }, async () => {
  const file = join(folder, "late.yaml");
  const ca = join(folder, "late-ca.pem");
  writeFileSync(
    file,
    [
      "hub:",
      "  productId: ABCDEFGH12",
      `  deviceName: start-${process.pid}`,
      `  deviceSecret: ${deviceSecret}`,
      "  host: 127.0.0.1",
      "  port: 1",
      `  caFile: ${ca}`,
      "serial:",
      `  path: ${join(folder, "no-tty")}`,
      "",
    ].join("\n"),
  );
  const seen: string[] = [];
  const daemon = startDaemon(["run", "--config", file], () => {
    const stderr = daemon.stderr();
    if (seen.length === 0 && /looking again every 5 s/.test(stderr)) {
      seen.push("waits");
      cpSync(new URL("../support/tls/ca.pem", import.meta.url), ca);
      daemon.signal("SIGHUP");
    } else if (seen.length === 1 && /link: .*waiting for it/.test(stderr)) {
      seen.push("serves");
      daemon.signal("SIGTERM");
    }
  });
  assert.equal(await daemon.ended, 0, daemon.stderr());
  assert.deepEqual(seen, ["waits", "serves"], daemon.stderr());
  assert.equal(daemon.stderr().match(/hub\.caFile: expected a readable certificate/g)?.length, 1, daemon.stderr());
});
