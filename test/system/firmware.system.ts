/**
 * The examples for the ATmega328P, without a framework and as an Arduino sketch, emulated to the cycle, against the gateway's
 * own codec. Needs make, gcc-avr, avr-libc and arduino-core-avr. Time is virtual, but for the last test's.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { SerialPort } from "serialport";
import { cancelLine, commandLine } from "../../src/protocol/gateway-line.ts";
import { buildExample } from "../firmware/build.ts";
import { startEmulator } from "../firmware/emulator-process.ts";
import { createLineBench, type LineBench, summary } from "../firmware/line-bench.ts";

const hexFile = buildExample("bare-metal", "atmega328p.hex");
const bareMetal = readFileSync(hexFile, "latin1");
const sketch = readFileSync(buildExample("rrpc_board", "rrpc_board.hex"), "latin1");

/** What both answer alike. */
const examples = [
  { name: "bare metal", hex: bareMetal, window: 2, firmware: "atmega328p-example-1.0" },
  { name: "sketch", hex: sketch, window: 1, firmware: "rrpc_board-1.0" },
];

/** A board that has started and has said so. */
function startBench(hex = bareMetal): LineBench {
  const bench = createLineBench(hex);
  assert.match(summary(bench.next(100)), /^=[0-9A-F]{4}$/);
  return bench;
}

function call(bench: LineBench, id: string, payload: string): string {
  bench.command(id, payload);
  return summary(bench.next(100));
}

function stats(bench: LineBench, id: string): Record<string, number> {
  const [, json = "{}"] = /^<\S+ (.*)$/.exec(call(bench, id, "stats")) ?? [];
  return JSON.parse(json) as Record<string, number>;
}

for (const { name, hex, window, firmware } of examples) {
  test(`${name}: a start is told by an unasked hello, and a probe is answered with the same`, () => {
    const bench = createLineBench(hex);
    const hello = bench.next(100);
    assert.equal(hello?.kind, "hello");
    assert.deepEqual(hello.kind === "hello" && hello.hello, {
      window,
      lineBytesMax: 256,
      crc: true,
      dedup: 4,
      cancel: true,
      boot: "0000",
      firmware,
    });
    bench.send("\n?\n");
    assert.deepEqual(bench.next(100), hello);
  });

  test(`${name}: calls are answered with any payload, refusals are refusals, and the LED obeys`, () => {
    const bench = startBench(hex);
    assert.equal(call(bench, "1", "hello"), "<1 hello");
    assert.equal(call(bench, "2", 'a\nb\\c\x00\x7f "grün"'), '<2 a\nb\\c\x00\x7f "grün"');
    assert.equal(call(bench, "3", ""), "<3");
    assert.equal(call(bench, "4", "led on"), "<4 on");
    assert.equal(bench.board.ledIsOn(), true);
    assert.equal(call(bench, "5", "led off"), "<5 off");
    assert.equal(bench.board.ledIsOn(), false);
    assert.equal(call(bench, "6", "led dim"), "!6 usage led takes on or off");
  });

  test(`${name}: the button is an event`, () => {
    const bench = startBench(hex);
    bench.board.run(50);
    bench.board.press(true);
    assert.equal(summary(bench.next(100)), "@button down");
    bench.board.run(50);
    bench.board.press(false);
    assert.equal(summary(bench.next(100)), "@button up");
  });

  test(`${name}: a reset forgets what was open and says another boot word`, () => {
    const bench = createLineBench(hex);
    const before = summary(bench.next(100));
    bench.command("1", "wait 20");
    bench.board.run(5);
    bench.board.reset();
    const after = summary(bench.next(100));
    assert.match(after, /^=[0-9A-F]{4}$/);
    assert.notEqual(after, before);
    assert.equal(summary(bench.next(100)), "(silence)");
    assert.equal(call(bench, "2", "back"), "<2 back");
  });

  test(`${name}: a damaged line is reported and not done; its repetition is done, once`, () => {
    const bench = startBench(hex);
    bench.send(">1 count*0000\n");
    assert.equal(summary(bench.next(100)), "!- crc");
    assert.equal(call(bench, "1", "count"), "<1 1");
    assert.equal(call(bench, "1", "count"), "<1 1");
    assert.equal(call(bench, "2", "count"), "<2 2");
    const { damaged, repeats } = stats(bench, "3");
    assert.deepEqual({ damaged, repeats }, { damaged: 1, repeats: 1 });
  });

  test(`${name}: over a noisy line every command is done exactly once`, () => {
    const bench = startBench(hex);
    bench.setNoise(0.004, 7);
    let repetitions = 0;
    for (let id = 1; id <= 300; id++) {
      const expected = `<${id} ${id}`;
      for (let answer = call(bench, `${id}`, "count"); answer !== expected; answer = call(bench, `${id}`, "count")) {
        // Anything but the right answer is the noise's: never another count under this id.
        assert.doesNotMatch(answer, new RegExp(`^<${id} `));
        repetitions += 1;
        assert.ok(repetitions < 300, `${repetitions} repetitions: ${answer}`);
      }
    }
    bench.setNoise(0, 0);
    const { repeats = 0, damaged = 0 } = stats(bench, "done");
    assert.ok(repeats > 5 && damaged > 5, `repeats ${repeats}, damaged ${damaged}`);
  });

  test(`${name}: what takes long is accepted at once, its end is an event, and who asks is told`, () => {
    const bench = startBench(hex);
    assert.equal(call(bench, "1", "pump 500"), "<1 1 running");
    assert.equal(call(bench, "2", "pump 10"), "!2 busy the job before still runs");
    assert.equal(call(bench, "3", "job 1"), "<3 1 running");
    assert.equal(summary(bench.next(1000)), "@job 1 done");
    assert.equal(call(bench, "4", "job 1"), "<4 1 done");
    assert.match(call(bench, "5", "job 2"), /^!5 unknown_job /);
    bench.board.reset();
    assert.match(summary(bench.next(100)), /^=/);
    assert.match(call(bench, "6", "job 1"), /^!6 unknown_job /);
  });

  test(`${name}: what waits is answered later, or not if it is cancelled, and a duration is a number`, () => {
    const bench = startBench(hex);
    bench.command("1", "wait 50");
    assert.equal(summary(bench.next(40)), "(silence)");
    assert.equal(summary(bench.next(40)), "<1 waited");
    bench.command("2", "wait 50");
    bench.send(cancelLine("2", true));
    assert.equal(summary(bench.next(100)), "(silence)");
    assert.equal(call(bench, "3", "hold 5"), "<3 held");
    for (const [index, argument] of ["", "x", "1x", "-1", " 1", "30001", "99999999999"].entries())
      assert.equal(call(bench, `x${index}`, `wait ${argument}`), `!x${index} usage at most 30000 ms`);
  });
}

test("a window of two is held, answered in its own order, and a third is refused", () => {
  const bench = startBench();
  bench.command("1", "wait 60");
  bench.command("2", "wait 20");
  bench.command("3", "wait 1");
  assert.equal(summary(bench.next(15)), "!3 busy");
  assert.equal(summary(bench.next(100)), "<2 waited");
  assert.equal(summary(bench.next(100)), "<1 waited");
});

test("a cancelled command is not answered, and its place is free at once", () => {
  const bench = startBench();
  bench.command("1", "wait 50");
  bench.command("2", "wait 50");
  bench.send(cancelLine("1", true));
  bench.command("3", "wait 10");
  assert.equal(summary(bench.next(40)), "<3 waited");
  assert.equal(summary(bench.next(40)), "<2 waited");
  assert.equal(summary(bench.next(40)), "(silence)");
});

test("a full window of the longest lines at full speed loses nothing", () => {
  const bench = startBench();
  const payload = "x".repeat(256 - "> *HHHH\n".length - "10".length);
  for (let id = 10; id < 30; id += 2) {
    bench.command(`${id}`, payload);
    bench.command(`${id + 1}`, payload);
    assert.equal(summary(bench.next(100)), `<${id} ${payload}`);
    assert.equal(summary(bench.next(100)), `<${id + 1} ${payload}`);
  }
  assert.equal(stats(bench, "99")["lost"], 0);
});

test("bytes that find the ring full are counted, and no line is made of what is left", () => {
  const bench = startBench();
  bench.command("1", "hold 200");
  bench.board.run(5);
  for (let id = 2; id < 12; id++) bench.command(`${id}`, `count ${"x".repeat(100)}`);
  const heard: string[] = [];
  for (let line = bench.next(300); line !== undefined; line = bench.next(100)) heard.push(summary(line));
  assert.equal(heard[0], "<1 held");
  assert.ok(heard.includes("!- crc"), heard.join());
  const { lost = 0, gaps, damaged } = stats(bench, "20");
  assert.ok(lost > 300, `lost ${lost}`);
  assert.deepEqual({ gaps, damaged }, { gaps: 1, damaged: 0 });
  assert.equal(call(bench, "21", "whole again"), "<21 whole again");
});

test("behind a tty in real time the wire takes its time, and a reset shows", { timeout: 60_000 }, async () => {
  const board = await startEmulator("--hex", hexFile);
  try {
    const port = new SerialPort({ path: board.tty, baudRate: 115_200 });
    await once(port, "open");
    const lines = createInterface({ input: port })[Symbol.asyncIterator]();
    const nextLine = async (pattern: RegExp) => {
      for (;;) {
        const { value = "", done } = await lines.next();
        assert.ok(done !== true, `the tty ended before ${pattern}`);
        if (pattern.test(value)) return value;
      }
    };

    port.write("\n?\n");
    const [, boot] = /boot=(\S+)/.exec(await nextLine(/^=rrpc\/1 /)) ?? [];
    const startMs = performance.now();
    port.write(commandLine("7", Buffer.from("x".repeat(240)), true));
    await nextLine(/^<7 x{240}\*/);
    assert.ok(performance.now() - startMs > 40, "two lines of 249 bytes take 43 ms at 115200 baud");

    await board.order("reset");
    await nextLine(new RegExp(`^=rrpc/1 .*boot=(?!${boot} )`));
    port.close();
    await once(port, "close");
  } finally {
    await board.stop();
  }
});
