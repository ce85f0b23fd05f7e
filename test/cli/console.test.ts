/** `rrpc-gateway console` straight at a port: typed into a real terminal, and from a pipe. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import type { VirtualMcuOptions } from "../../src/lab/mcu/options.ts";
import { startVirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import type { SocketMessage } from "../../src/observe/socket-protocol.ts";
import { monitorMessage } from "../observe/monitor-schema.ts";
import { hold } from "../support/schema.ts";
import { startInTerminal, type TerminalOptions } from "../support/terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "rrpc-console-"));
after(() => rmSync(folder, { recursive: true }));
const main = join(import.meta.dirname, "../../src/main.ts");
const node = [process.execPath, "--import", "tsx", main];

let count = 0;

async function startMcu(t: TestContext, options: VirtualMcuOptions = {}) {
  const link = join(folder, `tty${++count}`);
  const mcu = await startVirtualMcu({ fw: "pump-1", ...options, link });
  t.after(() => mcu.close());
  return { ...mcu, link };
}

/** A line that no terminal takes from its keys at once. */
function longHistory(): string {
  const file = join(folder, `history${++count}`);
  writeFileSync(file, `/raw ${"x".repeat(20_000)}\n`, { mode: 0o600 });
  return file;
}

function inTerminal(t: TestContext, args: readonly string[], options: TerminalOptions = {}) {
  return startInTerminal(t, [...node, "console", ...args], { columns: 200, ...options });
}

/** Runs it with these lines from a pipe, to its end. */
async function piped(lines: string | Buffer, ...args: readonly string[]) {
  const [program = "", ...rest] = node;
  const child = spawn(program, [...rest, "console", ...args], { timeout: 60_000, killSignal: "SIGKILL" });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  child.stdin.on("error", () => {});
  child.stdin.end(lines);
  const [exitCode] = await once(child, "close");
  return { exitCode, stdout, stderr };
}

test("a payload is sent with id and checksum, its answer matched and timed; lines, bytes and probes are written as typed", async (t) => {
  const mcu = await startMcu(t, { crc: true, window: 2 });
  const console = inTerminal(t, ["--serial", mcu.link]);
  await console.until(/mcu: pump-1, window 2, .* crc on/);
  console.type("led on\r");
  const [, id] = await console.until(/-> {7}>(\d+) led on\*[0-9A-F]{4}\n.*<- {7}<\1 led on\*[0-9A-F]{4}\n/);
  await console.until(new RegExp(`answer {3}${id}, [\\d.]+ ms: led on$`, "m"));
  console.type("/line >7 typed\r");
  await console.until(/-> {7}>7 typed\*[0-9A-F]{4}\n.*<- {7}<7 typed\*[0-9A-F]{4}\n.*answer {3}7, [\d.]+ ms: typed$/m);
  console.type("/raw >8 bad*0000\\n\r");
  await console.until(/<- {7}!- crc\*9EED\n.*warn {5}mcu has received a damaged line/);
  console.type("/raw >9 half\r");
  await console.until(/-> {7}>9 half$/m);
  console.type("whole\r");
  await console.until(
    /-> {7}>9 half\n> whole\n.*-> {7}\\!\\!\*F46E\n.*-> {7}>\d+ whole\*[\s\S]*answer {3}\d+, [\d.]+ ms: whole$/m,
  );
  console.type("/probe\r");
  await console.until(/-> {7}\?\n.*<- {7}=rrpc\/1 .*\n.*hello {4}(?:[\d.]+ ms|time unknown): pump-1, window 2/);
  await mcu.control({ kind: "log", text: "\x1b[2Jevil" });
  await console.until(/<- {7}\\x1B\[2Jevil/);
  await mcu.control({ kind: "event", name: "temp", payload: "21.5" });
  await console.until(/<- {7}@temp 21\.5/);
  await mcu.control({ kind: "reset" });
  await console.until(/warn {5}mcu has restarted/);
  console.type("/quit\r");
  assert.equal(await console.ended, 0);
  assert.doesNotMatch(console.screen(), /stray_reply|unpublished_event/);
  assert.match(console.screen(), /straight at \S+, 115200 baud; \/help lists what can be typed, Ctrl-D leaves/);
});

test("a half line is ended before a line that is typed, and a probe that is typed is no sign of a restart", async (t) => {
  const mcu = await startMcu(t, { crc: true });
  const console = inTerminal(t, ["--serial", mcu.link]);
  await console.until(/mcu: pump-1/);
  console.type("/raw >7 led\r");
  await console.until(/-> {7}>7 led$/m);
  console.type("/line >8 abc\r");
  await console.until(/-> {7}\\!\\!\*F46E\n.*-> {7}>8 abc\*[0-9A-F]{4}\n[\s\S]*answer {3}8, [\d.]+ ms: abc$/m);
  console.type("/line ?\r");
  await console.until(/> \/line \?\n.*-> {7}\?\n.*<- {7}=rrpc/);
  console.type("/raw \\n?\r");
  await console.until(/-> {7}\\x0A\?\n/);
  console.type("/raw \\n\r");
  await console.until(/-> {7}\\x0A\?\n[\s\S]*<- {7}=rrpc/);
  console.type("done\r");
  await console.until(/answer .*: done$/m);
  assert.doesNotMatch(console.screen(), /mcu has restarted/);
});

test("a command whose request has failed behind typed bytes never leaves; what is written is shown then", async (t) => {
  const mcu = await startMcu(t);
  const console = inTerminal(t, ["--serial", mcu.link, "--history", longHistory()]);
  await console.until(/mcu: pump-1/);
  await mcu.control({ kind: "block", on: true });
  console.type("\x1b[A\r");
  await console.until(/-> {7}x{100}/);
  console.type("stale\r");
  await console.until(/write_stalled \(the gateway's\).* It may have been carried out\.$/m);
  await mcu.control({ kind: "block", on: false });
  console.type("fresh\r");
  await console.until(/answer {3}\d+, [\d.]+ ms: fresh$/m);
  assert.doesNotMatch(console.screen(), /(->|<-).* stale$/m);
});

test("a command with an id that the console has used is answered too, and a refusal is an error", async (t) => {
  const mcu = await startMcu(t);
  const console = inTerminal(t, ["--serial", mcu.link]);
  await console.until(/mcu: pump-1/);
  console.type("a\r");
  const [, id] = await console.until(/answer {3}(\d+), [\d.]+ ms: a$/m);
  console.type(`/line >${id} b\r`);
  await console.until(new RegExp(`answer {3}${id}, [\\d.]+ ms: b$`, "m"));
  await mcu.control({ kind: "faults", change: { silence: true } });
  console.type("/line >7 c\r");
  await console.until(/-> {7}>7 c$/m);
  await mcu.control({ kind: "send", bytes: "!7 busy moving\n" });
  await console.until(/error {4}7, [\d.]+ ms: .*refused \(the MCU's\): .*busy.*It was not carried out\.$/m);
});

test("what settles nothing is told by its name", async (t) => {
  const mcu = await startMcu(t);
  const console = inTerminal(t, ["--serial", mcu.link]);
  await console.until(/mcu: pump-1/);
  await mcu.control({ kind: "faults", change: { duplicate: 1 } });
  console.type("a\r");
  await console.until(/warn {5}dropped second_reply of request \d+/);
  await mcu.control({ kind: "faults", change: { duplicate: 0, delayMs: 3700 } });
  console.type("b\r");
  await console.until(/error {4}\d+, [\d.]+ ms: deadline_exceeded \/ no_reply .* It may have been carried out\.$/m);
  await console.until(/warn {5}dropped late_reply of request \d+/);
  await mcu.control({ kind: "send", bytes: "<77 nobody's\n" });
  await console.until(/<- {7}<77 nobody's\n.*warn {5}dropped stray_reply of request 77/);
  console.type("\x04");
  assert.equal(await console.ended, 0);
});

test("a cable that is pulled is told and waited for; what is typed is kept, and the arrow keys bring it back", async (t) => {
  const mcu = await startMcu(t);
  const console = inTerminal(t, ["--serial", mcu.link], { columns: 200 });
  await console.until(/mcu: pump-1/);
  console.type("first\r");
  await console.until(/answer .*: first$/m);
  console.type("half of a li");
  await console.until(/^> half of a li$/m);
  await mcu.control({ kind: "unplug" });
  await console.until(/link: lost after/);
  await console.until(/waiting for it\)/);
  await console.until(/^> half of a li$/m);
  console.type("\x15gone\r");
  await console.until(/unavailable \/ serial_down/);
  await mcu.control({ kind: "plug" });
  await console.until(/link {5}down[\s\S]*link {5}up/);
  console.type("\x1b[A");
  await console.until(/^> gone$/m);
  console.type("\x1b[A");
  await console.until(/^> first$/m);
  console.type("\r");
  await console.until(/answer .*: first\n[\s\S]*answer .*: first$/m);
  console.type("\x03");
  assert.equal(await console.ended, 0);
});

test("a port that somebody has is told with who has it; a path that is none, too", async (t) => {
  const mcu = await startMcu(t);
  const console = inTerminal(t, ["--serial", mcu.link]);
  await console.until(/mcu: pump-1/);
  const second = await piped("x\n", "--serial", mcu.link);
  assert.equal(second.exitCode, 69);
  assert.match(second.stderr, /rrpc-gateway console: \S+ is in use by \S+ \(process \d+\)/);
  console.type("\x04");
  assert.equal(await console.ended, 0);
  // Free again: nothing is left behind.
  assert.equal((await piped("x\n", "--serial", mcu.link)).exitCode, 0);
  const none = await piped("x\n", "--serial", join(folder, "none"));
  assert.equal(none.exitCode, 69);
  assert.match(none.stderr, /none does not exist; start the program that makes this link/);
  // Whoever feeds it need not end first.
  const [program = "", ...rest] = node;
  const fed = spawn(program, [...rest, "console", "--serial", join(folder, "none")], { timeout: 60_000 });
  assert.equal((await once(fed, "exit"))[0], 69);
  const noTty = await piped("x\n", "--serial", "/dev/null");
  assert.equal(noTty.exitCode, 69);
  assert.match(noTty.stderr, /\/dev\/null is not a serial port/);
});

test("from a pipe each line is answered before the next is taken; the exit status is that of the worst", async (t) => {
  const mcu = await startMcu(t, { delayMs: 20 });
  const good = await piped("a\n/line >7 b\n/wait 1s\n/probe\n\nc", "--serial", mcu.link);
  assert.equal(good.exitCode, 0, good.stdout + good.stderr);
  const marks = good.stdout.split("\n").flatMap((line) => /(answer|hello) .*/.exec(line)?.[0] ?? []);
  assert.equal(marks.length, 4, good.stdout);
  assert.match(marks.join("\n"), /^answer .*: a\nanswer {3}7, .*: b\nhello .*\nanswer .*: c$/);
  const wrong = await piped("a\n/foo\nb\\q\nc\n", "--serial", mcu.link);
  assert.equal(wrong.exitCode, 64);
  assert.match(wrong.stdout, /\/foo is none of the words[\s\S]*a backslash is followed by[\s\S]*answer .*: c\n$/);
  await mcu.control({ kind: "faults", change: { silence: true } });
  const silent = await piped("a\n", "--serial", mcu.link);
  assert.equal(silent.exitCode, 2);
  assert.match(
    silent.stdout,
    /error .*deadline_exceeded \/ no_reply \(the gateway's\).* It may have been carried out\./,
  );
});

test("a line that is not done is named; a word to leave by changes no exit status; what may have been done is the worst", async (t) => {
  const mcu = await startMcu(t);
  const long = await piped(`a\n/release 10 m\n/release\n${"b".repeat(100)}\\q\n`, "--serial", mcu.link);
  assert.equal(long.exitCode, 64, long.stdout);
  assert.match(long.stdout, /note {5}line 2, "\/release 10 m": nothing was done: the line is wrong\n/);
  assert.match(long.stdout, /note {5}line 3, "\/release": not carried out\n/);
  assert.match(long.stdout, /note {5}line 4, "b{60}…": nothing was done/);
  const refused = await piped("/return\n", "--serial", mcu.link);
  assert.equal(refused.exitCode, 1, refused.stdout);
  await mcu.control({ kind: "faults", change: { silence: true } });
  const left = await piped("/foo\nx\n/quit\ny\n", "--serial", mcu.link);
  assert.equal(left.exitCode, 2, left.stdout);
  assert.match(left.stdout, /line 2, "x": it may have been carried out\n/);
  assert.doesNotMatch(left.stdout, />\d+ y/);
  const stopped = await piped("x\ny\n", "--stop-at-error", "--serial", mcu.link);
  assert.equal(stopped.exitCode, 2, stopped.stdout);
  assert.match(stopped.stdout, /line 1 is the last one that was taken: none after it was sent\n$/);
});

test("bytes from a pipe that are no text are refused, not changed; U+2028 ends no line", async (t) => {
  const mcu = await startMcu(t);
  const lines = Buffer.concat([Buffer.from("é a\u2028b\nc"), Buffer.from([0xff, 0x0a]), Buffer.from("d\n")]);
  const run = await piped(lines, "--serial", mcu.link);
  assert.equal(run.exitCode, 64, run.stdout);
  assert.match(run.stdout, /answer .*: é a\\xE2\\x80\\xA8b\n[\s\S]*the line is no UTF-8[\s\S]*answer .*: d\n/);
});

test("a script whose output nobody reads any more ends, says where, and is not done", async (t) => {
  const mcu = await startMcu(t);
  const [program = "", ...rest] = node;
  const child = spawn(program, [...rest, "console", "--serial", mcu.link], { timeout: 60_000 });
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr += chunk));
  child.stdin.on("error", () => {});
  child.stdin.write("a\n");
  await once(child.stdout, "data");
  child.stdout.destroy();
  child.stdin.write("b\nc\nd\n");
  const [exitCode] = await once(child, "close");
  assert.equal(exitCode, 69, stderr);
  assert.match(
    stderr,
    /nobody reads what is shown any more\n.*(line \d is the last one that was taken|no line was taken)/,
  );
});

test("--json: what happens is of the schema of the gateway's sockets, one line each, and nothing else is there", async (t) => {
  const mcu = await startMcu(t);
  const { exitCode, stdout, stderr } = await piped("a\n/probe\n/foo\n", "--json", "--serial", mcu.link);
  assert.equal(exitCode, 64);
  assert.match(stderr, /straight at [\s\S]*\/foo is none of the words/);
  const messages = stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as SocketMessage);
  for (const message of messages) hold(monitorMessage, message);
  const kinds = messages.map(({ kind }) => kind);
  for (const kind of ["link", "line_out", "line_in", "request", "answer", "probed", "report"] as const)
    assert.ok(kinds.includes(kind), kind);
});

test("typed lines are kept in a file only if it is named, for its user alone", async (t) => {
  const mcu = await startMcu(t);
  const file = join(folder, "history");
  const first = inTerminal(t, ["--serial", mcu.link, "--history", file]);
  await first.until(/mcu: pump-1/);
  first.type("secret words\r");
  await first.until(/answer .*: secret words$/m);
  first.type("\x04");
  assert.equal(await first.ended, 0);
  assert.equal(readFileSync(file, "utf8"), "secret words\n");
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const second = inTerminal(t, ["--serial", mcu.link, "--history", file]);
  await second.until(/mcu: pump-1/);
  second.type("\x1b[A");
  await second.until(/^> secret words$/m);
  second.type("\x03");
  assert.equal(await second.ended, 0);
  chmodSync(file, 0o644);
  const open = await piped("", "--serial", mcu.link, "--history", file);
  assert.equal(open.exitCode, 64);
  assert.match(open.stderr, /--history \S+: others may read it: chmod 600/);
});

test("a command line that is wrong is told as a whole, and no port is opened", async () => {
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [[], 64, /expected --config, the gateway's YAML file, or --serial/],
    [["--serial", "/dev/null", "--board", "pump"], 64, /--board needs --config/],
    [["--serial", "/dev/null", "--baud", "fast", "--format", "9X9"], 64, /--format: .*\n.*--baud: expected/],
    [["--config", join(folder, "no.yaml")], 78, /no\.yaml/],
    [["--config", join(folder, "no.yaml"), "--serial", "/dev/null"], 78, /--config \S+no\.yaml:1: expected a readable/],
    [["--no-port", "--serial", "/dev/null"], 64, /--no-port is for --config without --serial/],
  ];
  for (const [args, exitCode, message] of cases) {
    const run = await piped("a\n", ...args);
    assert.equal(run.exitCode, exitCode, run.stderr);
    assert.match(run.stderr, message);
    assert.equal(run.stdout, "");
  }
});

test("line and rules of a configuration hold, and no secret of it is read", async (t) => {
  const mcu = await startMcu(t);
  const file = join(folder, "config.yaml");
  writeFileSync(
    file,
    JSON.stringify({
      hub: { productId: "ABCDEFGH12", deviceName: "gateway01", deviceSecretFile: "none", caFile: "none.pem" },
      serial: { path: mcu.link },
      rrpc: { deny: ["reboot.*"] },
    }),
    { mode: 0o600 },
  );
  assert.equal(existsSync(join(folder, "none")), false, "no secret is needed");
  const { exitCode, stdout } = await piped("reboot now\nok\n", "--config", file);
  assert.equal(exitCode, 1);
  assert.match(stdout, /the configuration has no control\.socket: straight at /);
  assert.match(stdout, /permission_denied \/ not_allowed[\s\S]*answer .*: ok\n$/);
});
