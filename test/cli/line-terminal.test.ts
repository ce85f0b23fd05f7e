/** The virtual MCU in a real terminal: what is typed and what happens do not disturb each other. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import { openTty } from "../lab/mcu/tty-host.ts";
import { startInTerminal, type TerminalOptions } from "../support/terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "rrpc-console-"));
after(() => rmSync(folder, { recursive: true }));
const main = join(import.meta.dirname, "../../src/main.ts");

let count = 0;

async function startMcu(t: TestContext, options: TerminalOptions) {
  const link = join(folder, `tty${++count}`);
  const command = [process.execPath, "--import", "tsx", main, "mcu", "--link", link, "--boot-ms", "1"];
  const mcu = startInTerminal(t, command, options);
  await mcu.until(/-> =rrpc\/1/);
  return { ...mcu, link };
}

const long = "log a rather long line that somebody types while other lines come and go, longer than a row";

test("lines that come leave what is typed whole, in several rows and with the cursor amid it", async (t) => {
  const mcu = await startMcu(t, { columns: 60 });
  await mcu.until(/^type help for the list of words; Ctrl-C or Ctrl-D ends/m);
  await mcu.until(/^mcu> *$/m);
  mcu.type(`${long}\x1b[D\x1b[D\x1b[D`);
  await mcu.until(/longer than a row$/m);
  const host = openTty(mcu.link);
  host.write(">1 hello\n");
  await host.until((received) => received.includes("<1 hello\n"));
  await mcu.until(/<- >1 hello\n.*-> <1 hello\nmcu> log a rather[^>]*longer than a row$/);
  assert.equal(mcu.screen().split("mcu>").length, 2, mcu.screen());
  // One at a time: Node.js puts keys that come together at the end.
  mcu.type("k");
  await mcu.until(/longer than a krow$/);
  mcu.type("\r");
  await mcu.until(/^ok log a rather[^>]*longer than a krow\nmcu>$/m);
  mcu.type("\x04");
  assert.equal(await mcu.ended, 0);
  assert.match(mcu.screen(), /unplugged\ncounts commands=1 /);
});

test("Ctrl-C ends it, amid a line too", async (t) => {
  const mcu = await startMcu(t, {});
  mcu.type("half a li");
  await mcu.until(/^mcu> half a li$/m);
  mcu.type("\x03");
  assert.equal(await mcu.ended, 0);
  assert.match(mcu.screen(), /\ncounts commands=0 /);
});

test("a dumb terminal gets plain lines, and its own line editing", async (t) => {
  const mcu = await startMcu(t, { env: { TERM: "dumb", LC_ALL: "C" } });
  mcu.type("log é\r");
  await mcu.until(/^ok log \\u00e9$/m);
  assert.doesNotMatch(mcu.screen(), /mcu>/);
  mcu.type("\x04");
  assert.equal(await mcu.ended, 0);
});
