/** docs/container.md: what it shows is what the programs take. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createProgram } from "../../src/cli/program.ts";
import { loadSettings } from "../../src/config/load.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/container.md"), "utf8");

test("the configuration that it shows is a good one", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-container-page-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const [, yaml = ""] = /```yaml\n(hub:[\s\S]*?)```/.exec(page) ?? [];
  const file = join(folder, "config.yaml");
  writeFileSync(file, yaml);
  const loaded = loadSettings(file);
  assert.deepEqual(loaded.kind === "loaded" ? loaded.warnings : loaded.findings, []);
});

test("the options of deploy/image.sh stand there, and no other", () => {
  const script = readFileSync(join(root, "deploy/image.sh"), "utf8");
  const taken = [...script.matchAll(/^ {4}(--[a-z]+)\) /gm)].map(([, option]) => option);
  const [, table = ""] = /\| option \| meaning \|\n([\s\S]*?)\n\n/.exec(page) ?? [];
  const shown = [...table.matchAll(/`(--[a-z]+) [A-Z]+`/g)].map(([, option]) => option);
  assert.ok(taken.length > 0);
  assert.deepEqual(shown.sort(), taken.sort());
});

test("the image's commands are the program's, and its secrets' owner is its user", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-image-layout-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const layer = join(folder, "layer.tar");
  writeFileSync(layer, "");
  const argv = [join(root, "deploy/image-layout.mjs"), folder, "arm64", "1.2.3", layer, layer];
  execFileSync(process.execPath, argv, { env: { ...process.env, SOURCE_DATE_EPOCH: "1000000000" } });
  const blobs = join(folder, "blobs/sha256");
  const image = readdirSync(blobs)
    .map((name) => readFileSync(join(blobs, name), "latin1"))
    .filter((text) => text.startsWith("{"))
    .map((text) => JSON.parse(text))
    .find(({ config }) => config?.Cmd !== undefined);
  assert.equal(image.created, "2001-09-09T01:46:40Z");
  assert.deepEqual([image.os, image.architecture, image.variant], ["linux", "arm64", "v8"]);
  const { Cmd, Healthcheck, User } = image.config;
  const health: readonly string[] = Healthcheck.Test.slice(Healthcheck.Test.indexOf("health"));
  for (const [name, ...options] of [Cmd, health]) {
    const command = createProgram("", async () => {}).commands.find((one) => one.name() === name);
    const known = command?.options.map(({ long }) => long) ?? [];
    for (const option of options.filter((one: string) => one.startsWith("--")))
      assert.ok(known.includes(option), option);
  }
  for (const [, owner] of page.matchAll(/(?:-o |uid=|chown )(\d+)/g)) assert.equal(owner, User);
  assert.match(readFileSync(join(root, "deploy/image.sh"), "utf8"), new RegExp(`rrpc-gateway:x:${User}:${User}:`));
});
