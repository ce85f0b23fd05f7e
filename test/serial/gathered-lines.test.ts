/** Links on real pseudo-terminals whose lines the kernel gathers: what comes of a stream is what the line reader makes of it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { LineEvent } from "../../src/gateway/boundary.ts";
import { createLineReader } from "../../src/serial/line-reader.ts";
import { type Link, type LinkOptions, type OpeningEvent, openLink } from "../../src/serial/link.ts";
import { openPty, type Pty } from "../support/pty.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { settings } from "./link-settings.ts";
import { createRecorder, type Recorder } from "./recorder.ts";

const { lineBytesMax } = settings;

const modes = (pty: Pty) => new Set(execFileSync("stty", ["-F", pty.path, "-a"], { encoding: "utf8" }).split(/[\s;]+/));

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** Whole lines, in pieces as a UART gives them. */
async function sendProof(pty: Pty, lines: number): Promise<void> {
  for (let n = 0; n < lines; n++) {
    for (const piece of ["p", "roo", "f\n"]) {
      pty.send(piece);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}

/** Until the kernel gathers them. */
async function prove(pty: Pty): Promise<void> {
  do await sendProof(pty, 20);
  while (!modes(pty).has("icanon"));
}

/** Twice as many as stty and the lines need. */
const proveInVain = (pty: Pty) => sendProof(pty, 200);

/** A path of its own, since what is known of stty is known by path. */
async function openOwnPty(t: TestContext): Promise<Pty> {
  const pty = await openPty();
  const folder = mkdtempSync(join(tmpdir(), "port-"));
  t.after(async () => {
    await pty.hangUp();
    rmSync(folder, { recursive: true });
  });
  const path = join(folder, "tty");
  symlinkSync(pty.path, path);
  return { ...pty, path };
}

function open(pty: Pty, options: Partial<LinkOptions> = {}): { link: Link; recorder: Recorder<OpeningEvent> } {
  const recorder = createRecorder<OpeningEvent>();
  return { link: openLink({ ...settings, path: pty.path, ...options }, recorder.emit), recorder };
}

async function begin({ link, recorder }: ReturnType<typeof open>): Promise<void> {
  await recorder.next("up");
  link.write(Buffer.from("\n"));
  await recorder.next("written");
}

interface Gathering {
  readonly pty: Pty;
  readonly link: Link;
  readonly recorder: Recorder<OpeningEvent>;
  /** Sends a line every few milliseconds from now on, so that the port does not become raw for want of lines. */
  readonly keepBusy: () => () => void;
}

/** A link whose lines the kernel gathers, and of which nothing is under way. */
async function openGathering(t: TestContext): Promise<Gathering> {
  const pty = await openOwnPty(t);
  const { link, recorder } = open(pty);
  await begin({ link, recorder });
  await prove(pty);
  const keepBusy = () => {
    const timer = setInterval(() => pty.send("busy\n"), 20);
    return () => clearInterval(timer);
  };
  return { pty, link, recorder, keepBusy };
}

const isLineEvent = (event: OpeningEvent): event is LineEvent =>
  event.kind === "line" || event.kind === "overlong" || event.kind === "discarded" || event.kind === "other_line_end";

function told(events: readonly OpeningEvent[], from: string): string[] {
  const lines = events.filter(isLineEvent).map(textOf);
  return lines.slice(lines.lastIndexOf(`line ${from}`) + 1);
}

function textOf(event: LineEvent): string {
  if (event.kind === "line") return `line ${event.bytes.toString("latin1")}`;
  return event.kind === "other_line_end" ? event.kind : `${event.kind} ${event.byteCount}`;
}

/** What the line reader makes of the same bytes behind a whole line. */
function expected(bytes: Buffer): string[] {
  const events: string[] = [];
  const reader = createLineReader({ lineBytesMax, lineEnd: "lf" }, (event) => events.push(textOf(event)));
  reader.beforeWrite();
  reader.push(Buffer.from("text\n"));
  reader.push(bytes);
  reader.end();
  return events.slice(1);
}

/** Every byte that means something to a tty in some mode, and then any byte. */
const special = Buffer.from("\0\x03\x04\x11\x12\x13\x15\x16\x17\x1a\x1b\x1c\x7f\xff\r\n\n\n", "latin1");

function drawStream(random: SeededRandom): Buffer {
  const length = random.whole(200, 2500);
  return Buffer.from(
    Array.from({ length }, () =>
      random.chance(0.3) ? random.pick([...special]) : random.chance(0.5) ? 0x61 : random.whole(0, 255),
    ),
  );
}

test("any bytes in any pieces give the same lines as without the kernel's help, and so does a change of the mode between them", async (t) => {
  const pty = await openOwnPty(t);
  // Each opening begins with a short proof.
  for (let opening = 1; opening <= 20; opening++) {
    const { link, recorder } = open(pty);
    await begin({ link, recorder });
    for (let seed = 3 * opening; seed < 3 * opening + 3; seed++) {
      const random = new SeededRandom(seed);
      const stream = Buffer.concat([drawStream(random), Buffer.from("\n")]);
      if (seed % 3 !== 2 && random.chance(0.7)) await prove(pty);
      pty.send(`begin ${seed}\n`);
      for (let at = 0; at < stream.length; ) {
        const length = random.whole(1, 300);
        pty.send(stream.subarray(at, at + length));
        at += length;
        if (random.chance(0.2)) await new Promise((resolve) => setTimeout(resolve, random.whole(0, 3)));
      }
      pty.send(`end ${seed}\n`);
      await until(() =>
        recorder.events.some((event) => event.kind === "line" && event.bytes.equals(Buffer.from(`end ${seed}`))),
      );
      const [got, wanted] = [told(recorder.events, `begin ${seed}`), [...expected(stream), `line end ${seed}`]];
      assert.deepEqual(got, wanted, `seed ${seed}`);
    }
    link.close();
    await recorder.next("down");
  }
});

test("an MCU that babbles without a line end is heard, counted to the byte, and its next line is whole", async (t) => {
  const { pty, link, recorder } = await openGathering(t);
  pty.send(`begin\n${"x".repeat(3000)}`);
  await until(() => modes(pty).has("-icanon"));
  pty.send(`${"y".repeat(1000)}\nwhole\n`);
  await until(() => told(recorder.events, "begin").length === 2);
  assert.deepEqual(told(recorder.events, "begin"), ["overlong 4001", "line whole"]);
  assert.ok(!recorder.events.some(({ kind }) => kind === "note"));
  link.close();
  await recorder.next("down");
});

test("more than the kernel holds of a line, faster than any baud rate, is told as more than was counted", async (t) => {
  const { pty, link, recorder } = await openGathering(t);
  pty.send(`begin\n${"x".repeat(20_000)}\nwhole\n`);
  await until(() => told(recorder.events, "begin").length === 2);
  const [overlong, whole] = told(recorder.events, "begin");
  assert.match(overlong ?? "", /^overlong (409[5-9]|4[1-9]\d\d|\d{5})$/);
  assert.equal(whole, "line whole");
  const note = await recorder.next("note");
  assert.match(note.text, /what it has beyond 4095 bytes is not counted$/);
  await until(() => modes(pty).has("-icanon"));
  link.close();
  await recorder.next("down");
});

test("so it is where the line ends only when the port is raw again", async (t) => {
  const { pty, link, recorder } = await openGathering(t);
  pty.send(`begin\n${"x".repeat(10_000)}`);
  await until(() => modes(pty).has("-icanon"));
  pty.send("y\nwhole\n");
  await until(() => told(recorder.events, "begin").length === 2);
  const [overlong, whole] = told(recorder.events, "begin");
  assert.match(overlong ?? "", /^overlong (409[5-9]|4[1-9]\d\d|\d{4,5})$/);
  assert.equal(whole, "line whole");
  const note = await recorder.next("note");
  assert.match(note.text, /what it has beyond 4095 bytes is not counted$/);
  link.close();
  await recorder.next("down");
});

test("half a line at our own closing is counted, and the port is left raw, with the characters that a terminal has", async (t) => {
  const { pty, link, recorder, keepBusy } = await openGathering(t);
  const stop = keepBusy();
  await recorder.next("line");
  stop();
  pty.send(`begin\n${"x".repeat(2000)}`);
  await until(
    () =>
      told(recorder.events, "begin").length === 0 &&
      recorder.events.some((event) => event.kind === "line" && event.bytes.toString() === "begin"),
  );
  assert.ok(modes(pty).has("icanon"));
  link.close();
  await recorder.next("down");
  assert.deepEqual(told(recorder.events, "begin"), ["discarded 2000"]);
  const left = execFileSync("stty", ["-F", pty.path, "-a"], { encoding: "utf8" });
  assert.match(left, /-icanon/);
  assert.match(left, /erase = \^\?; kill = \^U; eof = \^D;/);
});

test("a hang-up while the kernel gathers lines ends the link at once", async (t) => {
  const { pty, recorder, keepBusy } = await openGathering(t);
  const stop = keepBusy();
  await pty.hangUp();
  stop();
  const { cause } = await recorder.next("down");
  assert.equal(cause.kind, "hung_up");
});

test("longer lines than the kernel holds, another line end and flow control are read raw", async (t) => {
  for (const options of [{ lineBytesMax: 4095 }, { lineEnd: "cr" }, { xonxoff: true }] as const) {
    const pty = await openOwnPty(t);
    const { link, recorder } = open(pty, options);
    await begin({ link, recorder });
    await proveInVain(pty);
    assert.ok(modes(pty).has("-icanon"), JSON.stringify(options));
    link.close();
    await recorder.next("down");
  }
});

/** From now on programs are looked for in this folder alone. */
function emptyPath(t: TestContext): string {
  const { PATH } = process.env;
  const folder = mkdtempSync(join(tmpdir(), "programs-"));
  const restore = () => {
    process.env["PATH"] = PATH;
    rmSync(folder, { recursive: true, force: true });
  };
  process.env["PATH"] = folder;
  t.after(restore);
  return folder;
}

function writeStty(folder: string, script: string): void {
  writeFileSync(join(folder, "stty"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

const programOf = (name: string) => execFileSync("/bin/sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();

for (const [what, script] of [
  ["hangs", "exec /bin/sleep 30"],
  ["refuses", "exit 1"],
] as const) {
  test(`a stty that ${what} holds no closing up: it is one as ever, and says what is left`, {
    timeout: 10_000,
  }, async (t) => {
    const { pty, link, recorder, keepBusy } = await openGathering(t);
    const stop = keepBusy();
    await recorder.next("line");
    stop();
    writeStty(emptyPath(t), script);
    const sinceMs = performance.now();
    link.write(Buffer.from(">1 reset\n"));
    link.close();
    const note = await recorder.next("note");
    assert.match(note.text, /is closed in canonical mode: .* half a line .* is lost, and not counted$/);
    const { cause } = await recorder.next("down");
    assert.equal(cause.kind, "closed");
    assert.ok(performance.now() - sinceMs < 2000);
    assert.match((await pty.received(10)).toString(), />1 reset\n$/);
  });
}

test("a port that stty cannot make raw again is closed, to be opened anew, and is raw then", async (t) => {
  const { pty, recorder } = await openGathering(t);
  const { PATH } = process.env;
  writeStty(emptyPath(t), "exit 1");
  const { cause } = await recorder.next("down");
  assert.equal(cause.kind, "io_error");
  assert.match(cause.message, /stty could not end the tty's canonical mode$/);
  process.env["PATH"] = PATH;
  const next = open(pty);
  await begin(next);
  await proveInVain(pty);
  assert.ok(modes(pty).has("-icanon"));
  next.link.close();
  await next.recorder.next("down");
});

for (const [what, script] of [
  ["cannot be started", undefined],
  ["refuses all but a look", "exit 1"],
  ["hangs at all but a look", "exec /bin/sleep 30"],
  ["knows no -drain", 'for word; do [ "$word" != -drain ] || exit 1; done; exec "$STTY" "$@"'],
] as const) {
  test(`a healthy port stays up, and is read raw, where stty ${what}`, { timeout: 20_000 }, async (t) => {
    const pty = await openOwnPty(t);
    const [stty, flock] = [programOf("stty"), programOf("flock")];
    const folder = emptyPath(t);
    symlinkSync(flock, join(folder, "flock"));
    writeStty(folder, `case $1 in -a) exec ${stty} -a;; esac; STTY=${stty}; ${script}`);
    const { link, recorder } = open(pty);
    await begin({ link, recorder });
    if (script === undefined) rmSync(join(folder, "stty"));
    await proveInVain(pty);
    await until(() => recorder.events.filter(({ kind }) => kind === "line").length === 200);
    const left = execFileSync(stty, ["-F", pty.path, "-a"], { encoding: "utf8" });
    assert.match(left, / -icanon/);
    link.close();
    const { cause } = await recorder.next("down");
    assert.equal(cause.kind, "closed");
    assert.ok(!recorder.events.some(({ kind }) => kind === "note"));
  });
}
