import assert from "node:assert/strict";
import { closeSync, constants, existsSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { McuObservation } from "../../../src/lab/mcu/observation.ts";
import { bootChatter, type VirtualMcuOptions } from "../../../src/lab/mcu/options.ts";
import { startVirtualMcu, type VirtualMcu } from "../../../src/lab/mcu/virtual-mcu.ts";
import { openTty, type TtyHost } from "./tty-host.ts";

const folder = mkdtempSync(join(tmpdir(), "rrpc-mcu-"));
after(() => rmSync(folder, { recursive: true }));

/** A virtual MCU and somebody who has its tty open; both are gone after the test. */
async function together(
  options: VirtualMcuOptions,
  check: (mcu: VirtualMcu, host: TtyHost) => Promise<void>,
): Promise<void> {
  const mcu = await startVirtualMcu(options);
  try {
    const host = openTty(mcu.path);
    await check(mcu, host);
  } finally {
    await mcu.close();
  }
}

const endsWith = (end: string) => (received: string) => received.endsWith(end);

test("it answers on a real tty, binary bytes too", () =>
  together({}, async (mcu, host) => {
    host.write("\n?\n>1 a\\x00\\n\u00e9\r\n>2 busy\n>3 binary 3\n");
    const received = await host.until(endsWith("<3 \\x00\\x01\\x02\n"));
    assert.match(received, /=rrpc\/1 window=1 line=256 boot=[0-9A-F]{4} fw=virtual-mcu-1\n<1 /);
    assert.ok(received.includes(Buffer.from("<1 a\\x00\\n\u00e9\n!2 busy motor is homing\n").toString("latin1")));
    const { commands, executed, refusals, replies } = mcu.counts();
    assert.deepEqual({ commands, executed, refusals, replies }, { commands: 3, executed: 2, refusals: 1, replies: 2 });
  }));

test("a thousand commands in one burst", () =>
  together({}, async (mcu, host) => {
    host.write(Array.from({ length: 1000 }, (_, n) => `>${n} payload\n`).join(""));
    await host.until(endsWith("<999 payload\n"));
    assert.equal(mcu.counts().executed, 1000);
  }));

test("at a baud rate nothing comes sooner than the wire can carry it", () =>
  together({ baudRate: 9600, delayMs: 20, hello: false }, async (_, host) => {
    const startedAt = performance.now();
    host.write(`>1 ${"a".repeat(44)}\n`);
    await host.until(endsWith("a\n"));
    // 48 bytes each way at 960 bytes a second, and the work.
    const elapsedMs = performance.now() - startedAt;
    assert.ok(elapsedMs > 119 && elapsedMs < 1000, `${elapsedMs}`);
  }));

test("delay, silence, stall and drop are changed while it runs", () =>
  together({ delayMs: 30 }, async (mcu, host) => {
    const startedAt = performance.now();
    host.write(">1 a\n");
    await host.until(endsWith("<1 a\n"));
    assert.ok(performance.now() - startedAt > 29);
    await mcu.control({ kind: "faults", change: { delayMs: 0, dropReceived: 1 } });
    host.write(">2 dropped\n>3 dropped\n");
    await once(() => mcu.counts().linesDroppedReceived === 2);
    await mcu.control({ kind: "faults", change: { dropReceived: 0, silence: true } });
    host.write(">4 hushed\n");
    await once(() => mcu.counts().linesSilenced === 1);
    await mcu.control({ kind: "faults", change: { silence: false, stall: true } });
    host.write(">5 stalled\n");
    await once(() => mcu.counts().bytesReceived === 5 + 22 + 10 + 11);
    await mcu.control({ kind: "faults", change: { stall: false } });
    assert.match(await host.until(endsWith("<5 stalled\n")), /<1 a\n<5 stalled\n$/);
  }));

test("events, log lines, bytes as they are, and a reset with its chatter", () =>
  together({ chatter: bootChatter }, async (mcu, host) => {
    await mcu.control({ kind: "event", name: "door", payload: "open\n" });
    await mcu.control({ kind: "event", name: "tick", payload: "" });
    await mcu.control({ kind: "log", text: "homing" });
    await mcu.control({ kind: "send", bytes: Buffer.of(0xff, 0x00, 0x0a) });
    await host.until(endsWith("@door open\\n\n@tick\nhoming\n\xff\x00\n"));
    host.write("?\n");
    const before = await host.until((received) => /boot=\w+ \S+\n$/.test(received));
    await mcu.control({ kind: "reset" });
    const after = await host.until((received) => /boot=\w+ \S+\n$/.test(received.slice(before.length)));
    assert.match(after.slice(before.length), /ets Jun/);
    assert.notEqual(/boot=\w+/.exec(after.slice(before.length))?.[0], /boot=\w+ \S+\n$/.exec(before)?.[0].slice(0, 9));
    assert.equal(mcu.counts().restarts, 1);
  }));

test("a hang-up is one for who has the tty open; under the same link there is a new one", async () => {
  const link = join(folder, "tty");
  await together({ link }, async (mcu, host) => {
    const back = mcu.control({ kind: "hangup", backAfterMs: 50 });
    await host.hungUp();
    assert.equal(existsSync(link), false);
    await back;
    const again = openTty(link);
    again.write(">1 a\n");
    await again.until(endsWith("<1 a\n"));
    assert.equal(mcu.counts().hangups, 1);
  });
  assert.equal(existsSync(link), false);
});

test("unplugged, what is said is lost; plugged in again under another link", async () => {
  const links = [join(folder, "first"), join(folder, "second")] as const;
  await together({ link: links[0], delayMs: 100 }, async (mcu, host) => {
    host.write(">1 a\n");
    await once(() => mcu.counts().commands === 1);
    await mcu.control({ kind: "unplug" });
    await host.hungUp();
    assert.equal(mcu.tty, "");
    await once(() => mcu.counts().linesUnplugged === 1);
    await mcu.control({ kind: "plug", link: links[1] });
    assert.deepEqual([mcu.path, existsSync(links[0])], [links[1], false]);
    const again = openTty(mcu.path);
    again.write(">2 b\n");
    await again.until(endsWith("<2 b\n"));
    assert.deepEqual([mcu.counts().executed, mcu.counts().hangups], [2, 1]);
  });
});

test("a plug that is in already stays, two at once are one", () =>
  together({}, async (mcu) => {
    const { tty } = mcu;
    await mcu.control({ kind: "plug" });
    assert.equal(mcu.tty, tty);
    await mcu.control({ kind: "unplug" });
    await Promise.all([mcu.control({ kind: "plug" }), mcu.control({ kind: "plug" })]);
    const host = openTty(mcu.path);
    host.write(">1 a\n");
    await host.until(endsWith("<1 a\n"));
  }));

test("closing while the cable is out ends the waiting", async () => {
  const mcu = await startVirtualMcu();
  const back = mcu.control({ kind: "hangup", backAfterMs: 3_600_000 });
  await mcu.close();
  await back;
  assert.equal(mcu.tty, "");
});

test("flow control holds writes back until it is released, and only these", async () => {
  const mcu = await startVirtualMcu();
  // Non-blocking, to see that a write would have to wait.
  const tty = openSync(mcu.path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  try {
    await mcu.control({ kind: "block", on: true });
    await mcu.control({ kind: "log", text: "still here" });
    const chunk = Buffer.alloc(4096);
    let received = "";
    await once(() => {
      received += attempt(() => chunk.toString("latin1", 0, readSync(tty, chunk))) ?? "";
      return received.endsWith("still here\n");
    });
    assert.throws(() => writeSync(tty, ">1 a\n"), { code: "EAGAIN" });
    await mcu.control({ kind: "block", on: false });
    await once(() => attempt(() => writeSync(tty, ">2 b\n")) === 5);
    await once(() => mcu.counts().executed === 1);
    assert.equal(mcu.counts().bytesReceived, 5);
  } finally {
    closeSync(tty);
    await mcu.close();
  }
});

test("floods: noise without a line end, and replies nobody waits for", () =>
  together({ crc: true }, async (mcu, host) => {
    await mcu.control({ kind: "flood", bytes: 1_000_000, form: "noise" });
    await host.until((received) => received.length >= 1_000_000 && received.endsWith("U"));
    await mcu.control({ kind: "flood", bytes: 10_000, form: "replies" });
    assert.match(await host.until((received) => received.endsWith("\n")), /U<flood-1 ok\*[0-9A-F]{4}\n<flood-2 ok\*/);
  }));

test("split and merged lines arrive whole", () =>
  together({ splitBytes: 1, mergeMs: 5, hello: false }, async (mcu, host) => {
    host.write(">1 split\n");
    await host.until(endsWith("<1 split\n"));
    await mcu.control({ kind: "faults", change: { splitBytes: 0 } });
    host.write(">2 a\n>3 b\n");
    await host.until(endsWith("<2 a\n<3 b\n"));
  }));

test("every line both ways is observed, with its time", async () => {
  const seen: [McuObservation["kind"], string][] = [];
  let lastAt = 0;
  const observe = (observation: McuObservation, atMs: number) => {
    assert.ok(atMs >= lastAt);
    lastAt = atMs;
    seen.push([observation.kind, "line" in observation ? observation.line.toString() : ""]);
  };
  await together({ observe, fw: "f" }, async (mcu, host) => {
    host.write(">1 a\n");
    await host.until(endsWith("<1 a\n"));
    await mcu.control({ kind: "unplug" });
  });
  assert.deepEqual(
    seen.map(([kind, line]) => `${kind} ${line.replace(/boot=\w+/, "boot=B")}`.trim()),
    ["plugged", "restarted", "sent =rrpc/1 window=1 line=256 boot=B fw=f", "received >1 a", "sent <1 a", "unplugged"],
  );
});

test("the same seed makes the same faults", async () => {
  const transcript = async (seed: number) => {
    let received = "";
    await together({ seed, dropSent: 0.5, duplicate: 0.3, hello: false }, async (mcu, host) => {
      host.write(Array.from({ length: 100 }, (_, n) => `>${n} x\n`).join(""));
      await once(() => mcu.counts().executed === 100);
      await mcu.control({ kind: "send", bytes: "end\n" });
      received = await host.until(endsWith("end\n"));
    });
    return received;
  };
  const first = await transcript(7);
  assert.equal(await transcript(7), first);
  assert.notEqual(await transcript(8), first);
});

/** What a read or write gives; undefined where there is nothing to be had yet. */
function attempt<Result>(act: () => Result): Result | undefined {
  try {
    return act();
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, "EAGAIN");
    return undefined;
  }
}

/** Settles when the check holds; fails after ten seconds. */
async function once(check: () => boolean): Promise<void> {
  const bound = performance.now() + 10_000;
  while (!check()) {
    assert.ok(performance.now() < bound, "timed out");
    await new Promise((resolve) => setImmediate(resolve));
  }
}
