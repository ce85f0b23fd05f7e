import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { watchPath } from "../../src/serial/path-watch.ts";
import { createRecorder } from "./recorder.ts";

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "path-watch-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function watching(t: TestContext, path: string) {
  const recorder = createRecorder<{ readonly kind: "appeared" }>();
  const watch = watchPath(path, () => recorder.emit({ kind: "appeared" }));
  t.after(() => watch.close());
  return { recorder, watch };
}

test("a device that appears is seen, and so is the one that takes its place", async (t) => {
  const path = join(folderFor(t), "ttyUSB0");
  const { recorder } = watching(t, path);
  writeFileSync(path, "");
  await recorder.next("appeared");
  writeFileSync(`${path}.new`, ""); // Made while the old one is there, so that it cannot get the same inode.
  rmSync(path);
  renameSync(`${path}.new`, path);
  await recorder.next("appeared");
});

test("a link appears in a folder that did not exist", async (t) => {
  const folder = folderFor(t);
  const { recorder } = watching(t, join(folder, "serial/by-id/adapter"));
  for (const number of [0, 1]) {
    const device = join(folder, `ttyUSB${number}`);
    writeFileSync(device, "");
    mkdirSync(join(folder, "serial/by-id"), { recursive: true });
    symlinkSync(device, join(folder, "serial/by-id/adapter"));
    await recorder.next("appeared");
    rmSync(join(folder, "serial"), { recursive: true });
  }
});

test("a link that was left dangling leads somewhere again", async (t) => {
  const folder = folderFor(t);
  mkdirSync(join(folder, "elsewhere"));
  symlinkSync(join(folder, "elsewhere/tty"), join(folder, "link"));
  const { recorder } = watching(t, join(folder, "link"));
  writeFileSync(join(folder, "elsewhere/tty"), "");
  await recorder.next("appeared");
});

test("a device that is handed to its group appears a second time, one that is there all along never does", async (t) => {
  const folder = folderFor(t);
  for (const name of ["there", "new"]) writeFileSync(join(folder, name), "", { mode: 0o600 });
  rmSync(join(folder, "new"));
  const there = watching(t, join(folder, "there"));
  const appearing = watching(t, join(folder, "new"));
  writeFileSync(join(folder, "new"), "", { mode: 0o600 });
  await appearing.recorder.next("appeared");
  chmodSync(join(folder, "new"), 0o660);
  await appearing.recorder.next("appeared");
  assert.deepEqual(there.recorder.events, []);
});

test("a watch that was closed is silent", async (t) => {
  const path = join(folderFor(t), "tty");
  const closed = watching(t, path);
  const open = watching(t, path);
  closed.watch.close();
  writeFileSync(path, "");
  await open.recorder.next("appeared");
  assert.deepEqual(closed.recorder.events, []);
});
