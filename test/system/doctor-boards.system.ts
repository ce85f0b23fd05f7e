/** `doctor` of boards whose ports all hang in open(2), as behind a USB hub that is sick. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { gatewayDevice, subDevice } from "../e2e/boards-world.ts";
import { deviceSecret } from "../e2e/broker-messages.ts";
import { program } from "../support/daemon.ts";
import { createSickDevice } from "../support/shims/hanging-open.ts";

const names = Array.from({ length: 32 }, (_, index) => `b${index}`);

test("32 ports whose opening hangs are all told within the time of one, and the program ends", {
  timeout: 120_000,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-doctor-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const ports = join(folder, "ports");
  mkdirSync(ports);
  // A character device that nobody has open.
  for (const name of names) symlinkSync("/dev/full", join(ports, name));
  const sick = createSickDevice(`${ports}/`, folder);
  sick.fallIll();
  t.after(() => sick.recover());
  writeFileSync(join(folder, "device-secret"), deviceSecret, { mode: 0o600 });
  const boards = Object.fromEntries(
    names.map((name) => [name, { device: subDevice(name), serial: { path: join(ports, name) } }]),
  );
  const hub = { ...gatewayDevice, deviceSecretFile: "device-secret", transport: "tcp", host: "127.0.0.1", port: 1 };
  const config = join(folder, "config.yaml");
  writeFileSync(config, JSON.stringify({ hub, boards }, undefined, 2));
  const startedAt = performance.now();
  const child = spawn(process.execPath, [program, "doctor", "--json", "--config", config], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...sick.env },
  });
  t.after(() => child.kill("SIGKILL"));
  const [stdout, [, signal]] = await Promise.all([text(child.stdout), once(child, "close")]);
  const tookMs = performance.now() - startedAt;
  t.diagnostic(`${Math.round(tookMs)} ms`);
  assert.equal(signal, "SIGTERM");
  const { findings } = JSON.parse(stdout) as {
    findings: { id: string; code: string; board?: string; evidence: string }[];
  };
  const hung = findings.filter(
    ({ id, code, evidence }) =>
      id === "mcu.hello" && code === "no_port" && /open\(\) of .* has not returned for 15 s/.test(evidence),
  );
  assert.deepEqual(
    hung.map(({ board }) => board),
    names,
  );
  // One takes 15 s; four at once, which are as many as there are threads without more ado, would take two minutes.
  assert.ok(tookMs < 45_000, `${tookMs} ms`);
});
