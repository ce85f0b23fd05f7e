/** A log whose reader stops or goes away: real pipes and sockets, filled to the brim. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { LineOutput } from "../../src/runtime/line-output.ts";

const lostLine = (count: number) => `${count} lost\n`;

/** A named pipe with both its ends open. */
function pipe(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-lines-"));
  const path = join(folder, "pipe");
  execFileSync("mkfifo", [path]);
  let readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeEnd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  const buffer = Buffer.alloc(4096);
  t.after(() => {
    for (const fd of [readEnd, writeEnd]) closeSync(fd);
    rmSync(folder, { recursive: true });
  });
  return {
    writeEnd,
    /** What is in it now, at most so much. */
    read(bytesMax = Number.POSITIVE_INFINITY): string {
      let text = "";
      try {
        while (text.length < bytesMax) text += buffer.toString("latin1", 0, readSync(readEnd, buffer));
      } catch (error) {
        assert.ok(error instanceof Error && "code" in error && error.code === "EAGAIN");
      }
      return text;
    },
    async withoutReader(act: () => Promise<void> | void): Promise<void> {
      closeSync(readEnd);
      await act();
      readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    },
  };
}

test("what a full pipe does not take is lost, counted, and said before the next line, every line whole", (t) => {
  const { writeEnd, read } = pipe(t);
  const output = new LineOutput(writeEnd, lostLine);
  for (let index = 0; index < 3000; index++) output.write(`line ${index} ${"x".repeat(40)}\n`);
  const before = read();
  assert.ok(before.length > 60_000, `${before.length} bytes`);
  output.write("after\n");
  const lines = `${before}${read()}`.trimEnd().split("\n");
  assert.equal(lines.pop(), "after");
  let next = 0;
  for (const line of lines) {
    const [, lost] = /^(\d+) lost$/.exec(line) ?? [];
    if (lost === undefined) assert.equal(line, `line ${next++} ${"x".repeat(40)}`);
    else next += Number(lost);
  }
  assert.equal(next, 3000);
});

test("a line that was taken in part is ended before anything else", (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const { writeEnd, read } = pipe(t);
  const output = new LineOutput(writeEnd, lostLine);
  const long = `${"long ".repeat(40_000)}\n`;
  output.write(long);
  output.write("lost\n");
  let text = "";
  for (let piece = read(); piece !== ""; piece = read()) {
    text += piece;
    t.mock.timers.tick(1000);
  }
  assert.equal(text, `${long}1 lost\n`);
});

test("a reader that is gone is no fault, and one that comes is told what it missed, without a further line", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const { writeEnd, read, withoutReader } = pipe(t);
  const output = new LineOutput(writeEnd, lostLine);
  output.write("first\n");
  assert.equal(read(), "first\n");
  await withoutReader(() => {
    output.write("unread\n");
    output.write("unread\n");
    t.mock.timers.tick(1000);
  });
  t.mock.timers.tick(1000);
  assert.equal(read(), "2 lost\n");
  t.mock.timers.tick(10_000);
  assert.equal(read(), "");
});
