import assert from "node:assert/strict";
import { test } from "node:test";
import { seededChance } from "../../../src/lab/mcu/faults.ts";
import { createMcu } from "../../../src/lab/mcu/mcu.ts";
import { faultsOf, firmwareOf, type VirtualMcuOptions } from "../../../src/lab/mcu/options.ts";
import { createUart } from "../../../src/lab/mcu/uart.ts";

/** An MCU on its wire; `run` wakes it so late each time, and tells when what came out. */
function wired(options: VirtualMcuOptions) {
  const faults = faultsOf(options);
  const mcu = createMcu(firmwareOf(options), faults, seededChance(1), () => "1");
  const uart = createUart(mcu, options.baudRate, faults);
  const advance = (now: number) =>
    uart.advance(now).flatMap((output): [number, string][] => {
      return output.kind === "write" ? [[now, output.bytes.toString("latin1")]] : [];
    });
  return {
    uart,
    counts: mcu.counts,
    advance,
    run(lateMs = 0) {
      const out: [at: number, bytes: string][] = [];
      for (let next = uart.next(); next !== undefined; next = uart.next()) out.push(...advance(next.at + lateMs));
      return out;
    },
  };
}

// 1000 bytes a second: one each millisecond.
const baudRate = 10_000;

test("a command takes its time to arrive, to be done, and its reply to leave", () => {
  const { uart, run } = wired({ baudRate, delayMs: 100 });
  uart.receive(Buffer.from(">1 a\n"), 0);
  assert.deepEqual(run(), [[5 + 100 + 5, "<1 a\n"]]);
});

test("late alarms do not add up", () => {
  const { uart, run } = wired({ baudRate, delayMs: 100 });
  uart.receive(Buffer.from(">1 a\n"), 0);
  assert.deepEqual(run(0.9), [[110.9, "<1 a\n"]]);
});

test("a reply comes out in pieces of a FIFO, and only its end is to be exact", () => {
  const { uart, advance } = wired({ baudRate });
  uart.receive(Buffer.from(`>1 ${"a".repeat(30)}\n`), 0);
  assert.deepEqual(uart.next(), { at: 34, exact: false });
  assert.deepEqual(advance(34), []);
  assert.deepEqual(uart.next(), { at: 50, exact: false });
  assert.deepEqual(advance(50), [[50, `<1 ${"a".repeat(13)}`]]);
  advance(66);
  assert.deepEqual(uart.next(), { at: 68, exact: true });
});

test("both directions pass at the same time, and no FIFO is emptied while bytes keep coming", () => {
  const { uart, run } = wired({ baudRate });
  uart.receive(Buffer.from(">1 a\n>2 b\n"), 0);
  assert.deepEqual(run(), [[15, "<1 a\n<2 b\n"]]);
});

test("bytes arrive in the receive buffer at their own time", () => {
  // While the first command is at work (from 5 to 12 ms) seven bytes arrive, one more than there is room for.
  const { uart, run, counts } = wired({ baudRate, delayMs: 7, rxBufferBytes: 6 });
  uart.receive(Buffer.from(">1 a\n>2 b\n>3 c\n"), 0);
  run();
  assert.equal(counts.bytesOverflowed, 1);
});

test("split: a line trickles, a piece each millisecond", () => {
  const { uart, run } = wired({ splitBytes: 2 });
  uart.receive(Buffer.from(">1 a\n"), 0);
  assert.deepEqual(run(), [
    [1, "<1"],
    [2, " a"],
    [2.5, "\n"],
  ]);
});

test("merge: several lines in one write", () => {
  const { uart, run } = wired({ mergeMs: 20, window: 3 });
  uart.receive(Buffer.from(">1 a\n"), 0);
  uart.advance(0);
  uart.receive(Buffer.from(">2 b\n"), 10);
  uart.advance(10);
  assert.deepEqual(run(), [[20, "<1 a\n<2 b\n"]]);
});

test("a restart tears the line that is leaving", () => {
  const { uart, advance, run, counts } = wired({ baudRate, hello: false });
  uart.receive(Buffer.from(`>1 ${"a".repeat(30)}\n`), 0);
  assert.deepEqual(advance(50), [[50, `<1 ${"a".repeat(13)}`]]);
  uart.receive(Buffer.from(">2 b\n"), 58);
  uart.happen({ kind: "reset" }, 60);
  assert.deepEqual(run(), [[68, "<2 b\n"]]);
  assert.equal(counts.bytesTorn, 34 - 16);
});

test("a pulled cable loses what is on the wire", () => {
  const { uart, run, counts } = wired({ baudRate });
  uart.receive(Buffer.from(">1 a\n"), 0);
  uart.cut();
  assert.deepEqual([run(), counts.commands, counts.bytesTorn], [[], 0, 5]);
});

test("an echo is what was sent, ahead of the answer; joined TX and RX have no answer", () => {
  const echoed = wired({ echo: true });
  echoed.uart.receive(Buffer.from("?\n>1 a\n"), 0);
  const all = echoed.run().map(([, bytes]) => bytes);
  assert.equal(all.join("").replace(/=rrpc.*/, "hello"), "?\n>1 a\nhello\n<1 a\n");
  assert.equal(echoed.counts.bytesEchoed, "?\n>1 a\n".length);
  const joined = wired({ loopback: true });
  joined.uart.receive(Buffer.from("?\n>1 a\n"), 0);
  assert.equal(
    joined
      .run()
      .map(([, bytes]) => bytes)
      .join(""),
    "?\n>1 a\n",
  );
  assert.equal(joined.counts.commands, 0);
  joined.uart.happen({ kind: "faults", faults: faultsOf({}) }, 10);
  joined.uart.receive(Buffer.from(">2 b\n"), 20);
  assert.deepEqual(
    joined.run().map(([, bytes]) => bytes),
    ["<2 b\n"],
  );
});
