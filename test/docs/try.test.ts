/** docs/try.md and docs/configuration.md: what they show works as they show it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { loadConfig } from "../../src/config/load.ts";
import { hubCaFingerprint } from "../../src/iot-hub/hub-ca.ts";
import { read, root } from "../support/documents.ts";

const page = read("docs/try.md");

test("the configuration to try is good but for the warning that the page announces", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-try-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const [, yaml = ""] = /```yaml\n(hub:[\s\S]*?)```/.exec(page) ?? [];
  const file = join(folder, "try.yaml");
  writeFileSync(file, yaml);
  const loaded = loadConfig(file, {});
  assert.ok(loaded.kind === "loaded", JSON.stringify(loaded));
  assert.deepEqual(
    loaded.warnings.map(({ path }) => path),
    ["hub.deviceSecret"],
  );
});

test("the call to try is the one that the simulated hub prints", { timeout: 30_000 }, async () => {
  const ports = ["--mqtt-port", "0", "--api-port", "0"];
  const hub = spawn(process.execPath, ["--import", "tsx", "src/main.ts", "hub", ...ports], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(hub, "close");
  let output = "";
  for await (const chunk of hub.stdout) {
    output += chunk;
    if (/^try: .*\n/m.test(output)) hub.kill("SIGTERM");
  }
  await ended;
  const call = /^try: (.*)$/m.exec(output)?.[1]?.replace(/:\d+ /, ":8083 ");
  assert.ok(call !== undefined && page.includes(`\n${call}\n`), call);
});

test("the hub CA's fingerprint is the one that the gateway names", () => {
  assert.ok(read("docs/configuration.md").includes(hubCaFingerprint));
});
