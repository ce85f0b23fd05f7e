/** The C programs of the comparison, compiled as it compiles them: an MCU that was too fast would favour whoever waits least. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { paced, startPeerMcu, unpaced } from "./peer-mcu.ts";
import { openToolchain } from "./toolchain.ts";

const folder = mkdtempSync(join(tmpdir(), "rrpc-paced-mcu-"));
process.on("exit", () => rmSync(folder, { recursive: true }));
const { mcu: program } = openToolchain(folder);

/** Lines until one ends the text, and how long that took. */
async function exchange(tty: FileHandle, bytes: string, lineCount: number): Promise<{ text: string; ms: number }> {
  const startMs = performance.now();
  await tty.write(bytes);
  let text = "";
  while (text.split("\n").length <= lineCount) {
    const { buffer, bytesRead } = await tty.read(Buffer.alloc(4096));
    text += buffer.toString("latin1", 0, bytesRead);
  }
  return { text, ms: performance.now() - startMs };
}

test("the paced MCU takes no less than the time of the line and of its own work, for one command and for eight", {
  skip: program === undefined && "there is no C compiler",
}, async (t) => {
  const mcu = await startPeerMcu(program ?? "", join(folder, "tty"));
  const tty = await open(mcu.path, "r+");
  t.after(async () => {
    mcu.stop();
    await tty.close();
  });
  const command = (id: number) => `>${id} {"cmd":"led","n":${id}}\n`;
  const reply = (id: number) => `<${id} {"result":"led","n":${id}}\n`;
  const ids = Array.from({ length: 8 }, (_, index) => 100_000 + index);
  const byteMs = 10_000 / paced.baud;

  await mcu.setPace(unpaced);
  const hello = await exchange(tty, "?\n", 1);
  assert.equal(hello.text, "=rrpc/1 window=8 line=256 fw=paced-mcu\n");

  await mcu.setPace(paced);
  const one = await exchange(tty, command(100_000), 1);
  assert.equal(one.text, reply(100_000));
  assert.deepEqual([command(100_000).length, reply(100_000).length], [33, 36]);
  assert.ok(one.ms >= (33 + 36) * byteMs + 1, `${one.ms} ms`);

  const eight = await exchange(tty, ids.map(command).join(""), 8);
  assert.equal(eight.text, ids.map(reply).join(""));
  assert.ok(eight.ms >= 33 * byteMs + 1 + 8 * 36 * byteMs, `${eight.ms} ms`);
});
