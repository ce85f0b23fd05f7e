/** A start that cannot be: what is wrong is said, with its place, and the exit code tells systemd not to try again. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
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
  const places = stderr.split("\n").map((line) => line.replace(/: expected.*/, ""));
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
