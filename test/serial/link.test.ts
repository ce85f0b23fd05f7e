import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Link, type LinkOptions, type OpeningEvent, openLink } from "../../src/serial/link.ts";
import { openPty, type Pty } from "../support/pty.ts";
import { settings } from "./link-settings.ts";
import { createRecorder, type Recorder } from "./recorder.ts";

interface Bench {
  readonly link: Link;
  readonly recorder: Recorder<OpeningEvent>;
}

function open(path: string, options: Partial<LinkOptions> = {}): Bench {
  const recorder = createRecorder<OpeningEvent>();
  return { link: openLink({ ...settings, path, ...options }, recorder.emit), recorder };
}

async function ptyFor(t: TestContext): Promise<Pty> {
  const pty = await openPty();
  t.after(() => pty.hangUp());
  return pty;
}

/** The texts of the lines in order, and the kinds of all else; whether the wire has to run dry is a matter of time. */
function story(events: readonly OpeningEvent[]): string[] {
  return events
    .filter(({ kind }) => kind !== "closing")
    .map((event) => (event.kind === "line" ? event.bytes.toString() : event.kind));
}

const openFds = () => readdirSync("/proc/self/fd").length;

test("a probe goes out, and the hello that answers it is the first whole line", async (t) => {
  const pty = await ptyFor(t);
  const { link, recorder } = open(pty.path);
  await recorder.next("up");
  link.write(Buffer.from("\n?\n"));
  await recorder.next("written");
  assert.equal((await pty.received(3)).toString(), "\n?\n");
  pty.send("=rrpc/1 boot=1\r\n<1 a\n");
  await recorder.next("line");
  await recorder.next("line");
  link.close();
  const { cause } = await recorder.next("down");
  assert.equal(cause.kind, "closed");
  assert.deepEqual(story(recorder.events), ["up", "written", "=rrpc/1 boot=1\r", "<1 a", "down"]);
});

test("what comes before our first write is no whole line up to its first line end", async (t) => {
  const pty = await ptyFor(t);
  const { link, recorder } = open(pty.path);
  await recorder.next("up");
  pty.send("half a line\nwhole\n");
  await recorder.next("line");
  link.close();
  await recorder.next("down");
  assert.deepEqual(story(recorder.events), ["up", "discarded", "whole", "down"]);
});

test("a torn end is accounted for before the link is down", async (t) => {
  const pty = await ptyFor(t);
  const { link, recorder } = open(pty.path);
  await recorder.next("up");
  link.write(Buffer.from("\n"));
  await recorder.next("written");
  pty.send("one\nand a ha");
  await recorder.next("line");
  link.close();
  await recorder.next("down");
  const last = recorder.events.at(-2);
  assert.ok(last?.kind === "discarded" && last.byteCount === 8 && last.isOrderly, JSON.stringify(recorder.events));
});

test("a write in many pieces arrives whole", async (t) => {
  const pty = await ptyFor(t);
  const { link, recorder } = open(pty.path);
  await recorder.next("up");
  const bytes = Buffer.from(Array.from({ length: 1 << 18 }, (_, index) => index % 251));
  link.write(bytes);
  await recorder.next("written");
  assert.ok((await pty.received(bytes.length)).equals(bytes));
  link.close();
  await recorder.next("down");
});

test("a peer that holds us up with XOFF is still heard, and gets the rest after its XON", async (t) => {
  const pty = await ptyFor(t);
  const { link, recorder } = open(pty.path, { xonxoff: true });
  await recorder.next("up");
  link.write(Buffer.from("\n"));
  await recorder.next("written");
  pty.send("\x13one\n");
  await recorder.next("line");
  link.write(Buffer.from(">1 go\n"));
  pty.send("two\n");
  await recorder.next("line");
  pty.send("\x11three\n");
  await recorder.next("written");
  assert.equal((await pty.received(7)).toString(), "\n>1 go\n");
  link.close();
  await recorder.next("down");
  assert.deepEqual(story(recorder.events).slice(0, 4), ["up", "written", "one", "two"]);
});

test("a stalled write never comes back, and closing ends the link all the same", async (t) => {
  const pty = await ptyFor(t);
  const { link, recorder } = open(pty.path);
  await recorder.next("up");
  pty.stall();
  link.write(Buffer.alloc(1 << 20, "x"));
  assert.throws(() => link.write(Buffer.from("y")), /another one is under way/);
  link.close();
  link.close();
  link.write(Buffer.from("on an ending link, this is nothing"));
  const { cause } = await recorder.next("down");
  assert.equal(cause.kind, "closed");
  assert.deepEqual(story(recorder.events), ["up", "down"]);
});

test("a pulled cable ends the link once, also in the middle of a write", async (t) => {
  for (const isWriting of [false, true]) {
    const pty = await ptyFor(t);
    const { link, recorder } = open(pty.path);
    await recorder.next("up");
    if (isWriting) {
      pty.stall();
      link.write(Buffer.alloc(1 << 20, "x"));
    }
    await pty.hangUp();
    const { cause } = await recorder.next("down");
    assert.equal(cause.kind, "hung_up");
    link.close();
    assert.deepEqual(story(recorder.events), ["up", "down"]);
  }
});

test("modem lines that the device does not have are noted once, and the link comes up", async (t) => {
  const pty = await ptyFor(t);
  const { link, recorder } = open(pty.path, { dtr: "off" });
  await recorder.next("up");
  link.close();
  await recorder.next("down");
  assert.deepEqual(story(recorder.events), ["note", "up", "down"]);
});

test("a port that is already open here cannot be opened again until that link is down", async (t) => {
  const pty = await ptyFor(t);
  const first = open(pty.path);
  await first.recorder.next("up");
  const second = open(pty.path);
  const { cause } = await second.recorder.next("down");
  assert.equal(cause.kind, "busy");
  await undisturbed(first, pty);
  first.link.close();
  await first.recorder.next("down");
  const third = open(pty.path);
  await third.recorder.next("up");
  third.link.close();
  await third.recorder.next("down");
});

test("a port that is open here is refused by another path as well, and says why; the first one notices nothing", async (t) => {
  const pty = await ptyFor(t);
  const folder = mkdtempSync(join(tmpdir(), "rrpc-link-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "other");
  symlinkSync(pty.path, path);
  const first = open(pty.path);
  await first.recorder.next("up");
  const second = open(path, { baudRate: 9600 });
  assert.deepEqual((await second.recorder.next("down")).cause, {
    kind: "busy",
    message: `${path} is in use by this process itself, which has ${pty.path} open already`,
    hint: "if another board's path leads there too, give each board a port of its own",
  });
  await undisturbed(first, pty);
  first.link.close();
  await first.recorder.next("down");
});

/** The first line after an opening may be half of one. */
async function undisturbed({ recorder }: Bench, pty: Pty): Promise<void> {
  pty.send("half\nwhole\n");
  assert.equal(String((await recorder.next("line")).bytes), "whole");
}

test("closing waits until what was written can have left, and what comes in meanwhile is handed on", async (t) => {
  const pty = await ptyFor(t);
  const { link, recorder } = open(pty.path, { baudRate: 300 });
  await recorder.next("up");
  link.write(Buffer.from("a line of thirty bytes to send\n"));
  await recorder.next("written");
  const closedAt = performance.now();
  link.close();
  link.close();
  link.write(Buffer.from("on a closing link, this is nothing"));
  await recorder.next("closing");
  pty.send("its answer\n");
  await recorder.next("line");
  await recorder.next("down");
  const tookMs = performance.now() - closedAt;
  assert.ok(tookMs > 1000 && tookMs < 2500, `${tookMs} ms for 31 bytes at 300 baud`);
  assert.deepEqual(story(recorder.events), ["up", "written", "its answer", "down"]);
  assert.equal(recorder.events.filter(({ kind }) => kind === "closing").length, 1);
  assert.equal((await pty.received(31)).toString(), "a line of thirty bytes to send\n");
});

test("a write that discards what the driver holds comes out, and what it may have torn is no line", async (t) => {
  const pty = await ptyFor(t);
  const { link, recorder } = open(pty.path);
  await recorder.next("up");
  link.write(Buffer.from("\n"));
  await recorder.next("written");
  pty.send("whole\nhalf of one");
  await recorder.next("line");
  link.write(Buffer.from("?\n"), { discardsUnsent: true });
  await recorder.next("written");
  pty.send(" and the rest\nwhole again\n");
  await recorder.next("line");
  link.close();
  await recorder.next("down");
  const lines = story(recorder.events).filter((text) => text !== "discarded");
  assert.deepEqual(lines, ["up", "written", "whole", "written", "whole again", "down"]);
  const discarded = recorder.events.reduce((sum, each) => sum + (each.kind === "discarded" ? each.byteCount : 0), 0);
  // The flush throws away what is not read yet.
  assert.ok(discarded >= " and the rest\n".length && discarded <= "half of one and the rest\n".length, `${discarded}`);
  assert.equal((await pty.received(3)).toString(), "\n?\n");
});

test("another limit of a line is taken where a line begins, and none is lost", async (t) => {
  const pty = await ptyFor(t);
  const { link, recorder } = open(pty.path);
  await recorder.next("up");
  link.write(Buffer.from("\n"));
  await recorder.next("written");
  pty.send("one\nhalf");
  await recorder.next("line");
  link.adjust({ ...settings, lineBytesMax: 8 });
  pty.send(" a line that is longer than 8\n");
  await recorder.next("line");
  pty.send("123456789\nlast\n");
  await recorder.next("overlong");
  await recorder.next("line");
  link.close();
  await recorder.next("down");
  assert.deepEqual(story(recorder.events), [
    "up",
    "written",
    "one",
    "half a line that is longer than 8",
    "overlong",
    "last",
    "down",
  ]);
});

test("closing while it opens leads to down and never to up", async (t) => {
  const pty = await ptyFor(t);
  const { link, recorder } = open(pty.path);
  link.close();
  await recorder.next("down");
  const again = open(pty.path);
  await again.recorder.next("up");
  again.link.close();
  await again.recorder.next("down");
  assert.deepEqual(story(recorder.events), ["down"]);
});

test("what is no serial port is named for what it is", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "link-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "file");
  writeFileSync(file, "");
  for (const [path, kind] of [
    [join(folder, "missing"), "no_device"],
    [join(file, "below a file"), "no_device"],
    [file, "not_a_tty"],
    [folder, "not_a_tty"],
  ] as const) {
    const { recorder } = open(path);
    const { cause } = await recorder.next("down");
    assert.equal(cause.kind, kind, cause.message);
    assert.deepEqual(story(recorder.events), ["down"]);
  }
});

test("a write before the link is up is a bug", async (t) => {
  const pty = await ptyFor(t);
  const { link, recorder } = open(pty.path);
  assert.throws(() => link.write(Buffer.from("x")), /before the link is up/);
  link.close();
  await recorder.next("down");
});

test("fifty openings, some of them stalled or failed, leave no descriptor behind", async (t) => {
  const pty = await ptyFor(t);
  const before = openFds();
  for (let round = 0; round < 50; round++) {
    const { link, recorder } = open(round % 5 === 4 ? "/dev/null" : pty.path);
    if (round % 5 === 4) {
      await recorder.next("down");
      continue;
    }
    await recorder.next("up");
    if (round === 48) pty.stall();
    if (round >= 48) link.write(Buffer.alloc(1 << 16, "x"));
    link.close();
    await recorder.next("down");
  }
  assert.equal(openFds(), before);
});

test("a flood without a line end costs neither time nor memory, and starves nobody", async (t) => {
  const pty = await ptyFor(t);
  const { link, recorder } = open(pty.path);
  await recorder.next("up");
  link.write(Buffer.from("\n"));
  await recorder.next("written");
  const floodBytes = 4 << 20;
  let turns = 0;
  const ticker = setInterval(() => turns++, 1);
  const start = process.cpuUsage();
  pty.send(Buffer.concat([Buffer.alloc(floodBytes, "x"), Buffer.from("\nafter it\n")]));
  const { byteCount, head } = await recorder.next("overlong");
  const { user, system } = process.cpuUsage(start);
  clearInterval(ticker);
  assert.equal(byteCount, floodBytes + 1);
  assert.equal(head.toString(), "x".repeat(160));
  assert.ok(user + system < 1_000_000, `${(user + system) / 1000} ms of CPU`);
  assert.ok(turns > 1, `${turns} turns of a timer meanwhile`);
  assert.equal((await recorder.next("line")).bytes.toString(), "after it");
  link.close();
  await recorder.next("down");
});
