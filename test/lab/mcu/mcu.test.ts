import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { withChecksum, withoutChecksum } from "../../../src/lab/mcu/crc.ts";
import { seededChance } from "../../../src/lab/mcu/faults.ts";
import { createMcu, type McuEvent, type McuOutput } from "../../../src/lab/mcu/mcu.ts";
import { faultsOf, firmwareOf, type VirtualMcuOptions } from "../../../src/lab/mcu/options.ts";

/** An MCU that has booted as number 1, in a time that the test makes. */
function powered(options: VirtualMcuOptions = {}) {
  let boots = 0;
  const faults = faultsOf(options);
  const mcu = createMcu(firmwareOf(options), faults, seededChance(options.seed ?? 1), () => `${++boots}`);
  const sent = (outputs: McuOutput[]) => outputs.map((output) => (output.kind === "send" ? output.bytes : "")).join("");
  return {
    counts: mcu.counts,
    wakeAt: mcu.wakeAt,
    booted: sent(mcu.start(0)),
    hear: (bytes: string, now = 0) => sent(mcu.receive(bytes, now)),
    wake: (now: number) => sent(mcu.wake(now)),
    happen: (event: McuEvent, now = 0) => sent(mcu.happen(event, now)),
    change: (change: Partial<typeof faults>, now = 0) =>
      sent(mcu.happen({ kind: "faults", faults: { ...faults, ...change } }, now)),
  };
}

describe("the protocol", () => {
  test("hello at boot and to a probe", () => {
    const mcu = powered({ window: 2, crc: true, dedup: 4, cancel: true, fw: "pump-1.4.2" });
    const hello = withChecksum("=rrpc/1 window=2 line=256 crc=1 dedup=4 cancel=1 boot=1 fw=pump-1.4.2");
    assert.equal(mcu.booted, `${hello}\n`);
    assert.equal(mcu.hear("\n?\n"), `${hello}\n`);
  });

  test("the plainest MCU says only what differs from the protocol's defaults, or matters", () => {
    assert.equal(powered().booted, "=rrpc/1 window=1 line=256 boot=1 fw=virtual-mcu-1\n");
  });

  test("without hello nothing is said at boot and to a probe, and commands are served", () => {
    const mcu = powered({ hello: false, crc: true });
    assert.equal(mcu.booted, "");
    assert.equal(mcu.hear("?\n>7 x\n"), "<7 x\n");
    assert.equal(mcu.counts.probes, 1);
  });

  test("a hello of another version", () => {
    assert.equal(powered({ helloLine: "=rrpc/2 window=9" }).booted, "=rrpc/2 window=9\n");
  });

  test("a reply is the command's payload, escaped", () => {
    assert.equal(powered().hear(">469 a\\nb\\\\c\\x00\\x41\r\n"), "<469 a\\nb\\\\c\\x00A\n");
  });

  test("a reply of one's own", () => {
    const mcu = powered({ reply: (payload) => Buffer.concat([payload, Buffer.of(0xff, 0x0a)]) });
    assert.equal(mcu.hear(">7 x\n"), "<7 x\xff\\n\n");
  });

  test("with checksums a damaged line is said to be one, and not done", () => {
    const mcu = powered({ crc: true });
    assert.equal(mcu.hear(">7 x*0000\n"), `${withChecksum("!- crc")}\n`);
    assert.equal(mcu.hear(`${withChecksum(">7 x")}\n`), `${withChecksum("<7 x")}\n`);
    assert.deepEqual([mcu.counts.damaged, mcu.counts.executed], [1, 1]);
  });

  test("a line longer than the limit is dropped whole, one as long as it is not", () => {
    const mcu = powered({ lineBytes: 10 });
    assert.equal(mcu.hear(">1 345678\n>2 345678\r\n>3 345678x\n>4 x\n"), "<1 345678\n<4 x\n");
    assert.equal(mcu.counts.overlong, 2);
  });

  test("a half line is dropped after half a second without a byte, and what follows it up to the LF", () => {
    const mcu = powered();
    assert.equal(mcu.hear(">1 dose ml=10", 0), "");
    assert.equal(mcu.hear("00\n", 499), "<1 dose ml=1000\n");
    assert.equal(mcu.hear(">2 dose ml=10", 1000), "");
    assert.equal(mcu.hear("\n", 1500), "");
    assert.equal(mcu.hear(">3 say ", 2000), "");
    assert.equal(mcu.hear(">4 all\n>5 x\n", 2500), "<5 x\n");
    assert.deepEqual([mcu.counts.torn, mcu.counts.executed, mcu.counts.malformed], [2, 2, 0]);
  });

  test("a silence between two lines means nothing, and a line that waits in the buffer is a whole one", () => {
    const mcu = powered({ delayMs: 2000 });
    assert.equal(mcu.hear(">1 a\n>2 b\n", 0), "");
    assert.equal(mcu.hear(">3 c\n", 1000), "");
    assert.equal(mcu.hear(">4 half", 1100), "");
    assert.equal(mcu.hear("\n>5 e\n", 1700), "");
    let replies = "";
    for (let at = mcu.wakeAt(); at !== undefined; at = mcu.wakeAt()) replies += mcu.wake(at);
    assert.equal(replies, "<1 a\n<2 b\n<3 c\n<5 e\n");
    assert.equal(mcu.counts.torn, 1);
  });

  test("with checksums a half line is said to be damaged", () => {
    const mcu = powered({ crc: true });
    assert.equal(mcu.hear(withChecksum(">1 a"), 0), "");
    assert.equal(mcu.hear("\n", 500), `${withChecksum("!- crc")}\n`);
  });

  test("a half line outlives the cable, and is done by firmware that does not drop it", () => {
    for (const keepsHalfLines of [false, true]) {
      const mcu = powered({ keepsHalfLines });
      assert.equal(mcu.hear(">1 dose ml=10", 0), "");
      mcu.happen({ kind: "cable", plugged: false }, 10);
      mcu.happen({ kind: "cable", plugged: true }, 5000);
      assert.equal(mcu.hear("\n", 5600), keepsHalfLines ? "<1 dose ml=10\n" : "");
    }
  });

  test("an opening means nothing alone, and spoils a half line", () => {
    const opening = "\\!\\!*F46E\n?\n";
    for (const options of [{}, { crc: true, keepsHalfLines: true }, { keepsHalfLines: true }]) {
      const mcu = powered(options);
      assert.equal(mcu.hear(opening), mcu.booted);
      for (const half of [">1 dose ml=10", ">1", ">1 \\", ">1 \\x", ">1 \\x4", "~1"]) mcu.hear(half + opening);
      assert.deepEqual([mcu.counts.executed, mcu.counts.hellos], [0, 8]);
    }
  });

  test("events and log lines go out like any other line", () => {
    const mcu = powered({ crc: true });
    assert.equal(mcu.happen({ kind: "say", line: "@door open" }), `${withChecksum("@door open")}\n`);
  });
});

describe("window", () => {
  test("a full window leaves the next commands in the receive buffer", () => {
    const mcu = powered({ delayMs: 10 });
    assert.equal(mcu.hear(">1 a\n>2 b\n", 0), "");
    assert.equal(mcu.wakeAt(), 10);
    assert.equal(mcu.wake(10), "<1 a\n");
    assert.equal(mcu.wake(20), "<2 b\n");
    assert.equal(mcu.counts.beyondWindow, 1);
  });

  test("replies come in the order of their being done", () => {
    const mcu = powered({ window: 2 });
    assert.equal(mcu.hear(">1 slow 10\n>2 b\n"), "<2 b\n");
    assert.equal(mcu.wake(10), "<1 slow 10\n");
    assert.equal(mcu.counts.beyondWindow, 0);
  });

  test("20 commands at once into a buffer of 128 bytes: the MCU loses most of them", () => {
    const mcu = powered({ delayMs: 1, rxBufferBytes: 128 });
    const commands = Array.from({ length: 20 }, (_, n) => `>${10000 + n} ${"x".repeat(25)}\n`);
    let replies = mcu.hear(commands.join(""), 0);
    for (let at = mcu.wakeAt(); at !== undefined; at = mcu.wakeAt()) replies += mcu.wake(at);
    assert.equal(replies.split("\n").length - 1, 4);
    assert.equal(mcu.counts.bytesOverflowed, 19 * 33 - 128);
  });

  test("the same commands one after the other lose nothing", () => {
    const mcu = powered({ delayMs: 1, rxBufferBytes: 128 });
    for (let n = 0; n < 20; n++) {
      mcu.hear(`>${n} ${"x".repeat(25)}\n`, n);
      mcu.wake(n + 1);
    }
    assert.deepEqual([mcu.counts.replies, mcu.counts.bytesOverflowed, mcu.counts.beyondWindow], [20, 0, 0]);
  });
});

describe("dedup", () => {
  test("the same line again is answered again and not done again", () => {
    const mcu = powered({ dedup: 2 });
    assert.equal(mcu.hear(">1 a\n"), "<1 a\n");
    assert.equal(mcu.hear(">1 a\n"), "<1 a\n");
    assert.deepEqual([mcu.counts.executed, mcu.counts.executedTwice, mcu.counts.repeatsAnswered], [1, 0, 1]);
  });

  test("the same line while it is at work is ignored", () => {
    const mcu = powered({ dedup: 2, window: 2, delayMs: 10 });
    assert.equal(mcu.hear(">1 a\n>1 a\n", 0), "");
    assert.equal(mcu.wake(10), "<1 a\n");
    assert.deepEqual([mcu.counts.repeats, mcu.counts.repeatsAnswered, mcu.counts.beyondWindow], [1, 0, 0]);
  });

  test("a refusal is remembered as well, another payload under the same ID is another command", () => {
    const mcu = powered({ dedup: 2 });
    assert.equal(mcu.hear(">1 busy\n>1 busy\n"), "!1 busy motor is homing\n!1 busy motor is homing\n");
    assert.equal(mcu.hear(">1 b\n"), "<1 b\n");
    assert.deepEqual([mcu.counts.refusals, mcu.counts.repeatsAnswered], [1, 1]);
  });

  test("only so many are remembered, none beyond a restart; what is done twice then is seen", () => {
    const mcu = powered({ dedup: 1 });
    mcu.hear(">1 a\n>2 b\n>1 a\n");
    assert.equal(mcu.counts.executedTwice, 1);
    mcu.happen({ kind: "reset" });
    mcu.hear(">1 a\n");
    assert.equal(mcu.counts.executedTwice, 2);
  });
});

describe("cancel", () => {
  test("a cancelled command is neither done nor answered", () => {
    const mcu = powered({ cancel: true, delayMs: 10 });
    assert.equal(mcu.hear(">1 a\n~1\n", 0), "");
    assert.equal(mcu.wakeAt(), undefined);
    assert.deepEqual([mcu.counts.cancelled, mcu.counts.executed], [1, 0]);
  });

  test("an MCU that does not know it goes on", () => {
    const mcu = powered({ delayMs: 10 });
    mcu.hear(">1 a\n~1\n", 0);
    assert.equal(mcu.wake(10), "<1 a\n");
    assert.deepEqual([mcu.counts.cancels, mcu.counts.cancelled], [1, 0]);
  });
});

describe("known commands", () => {
  const answers: readonly (readonly [command: string, answer: string])[] = [
    ["echo hi", "<7 echo hi\n"],
    ["fail now", "!7 busy motor is homing\n"],
    ["busy", "!7 busy motor is homing\n"],
    ["refuse cold", "!7 cold\n"],
    ["refuse cold too cold by far", "!7 cold too cold by far\n"],
    ["double", "<7 double\n<7 double\n"],
    ["wrongid", "<0 wrongid\n"],
    ["silent", ""],
    ["binary 4", "<7 \\x00\\x01\\x02\\x03\n"],
    ["big 5", "<7 bbbbb\n"],
    ["slow soon", "<7 slow soon\n"],
    ["", "<7\n"],
    ["boot", "=rrpc/1 window=1 line=256 boot=2 fw=virtual-mcu-1\n"],
  ];
  for (const [command, answer] of answers) {
    test(command || "nothing", () => assert.equal(powered().hear(`>7 ${command}\n`), answer));
  }

  test("a late answer holds no place, and is not done twice", () => {
    const mcu = powered();
    assert.equal(mcu.hear(">1 late 50\n>2 b\n", 0), "<2 b\n");
    assert.equal(mcu.counts.executed, 2);
    assert.equal(mcu.wake(50), "<1 late 50\n");
  });
});

describe("faults", () => {
  const commands = Array.from({ length: 200 }, (_, n) => `>${n} payload ${n}\n`).join("");
  const answered = (lines: string) => lines.split("\n").filter((line) => /^<(\d+) payload \1$/.test(line)).length;

  test("delay and jitter", () => {
    const mcu = powered({ delayMs: 10, jitterMs: 10, window: 200 });
    mcu.hear(commands, 0);
    const first = mcu.wakeAt() ?? 0;
    assert.ok(first >= 10 && first < 11, `${first}`);
    mcu.wake(15);
    assert.ok(mcu.counts.replies > 60 && mcu.counts.replies < 140, `${mcu.counts.replies}`);
    mcu.wake(20);
    assert.equal(mcu.counts.replies, 200);
  });

  test("silence: done and not said, and over when it is over", () => {
    const mcu = powered({ silence: true });
    assert.equal(mcu.booted + mcu.hear(">1 a\n"), "");
    assert.deepEqual([mcu.counts.executed, mcu.counts.linesSilenced], [1, 2]);
    assert.equal(mcu.change({ silence: false }), "");
    assert.equal(mcu.hear(">2 b\n"), "<2 b\n");
  });

  test("stall: it goes on late where it was, less what its buffer could not hold", () => {
    const mcu = powered({ delayMs: 5, rxBufferBytes: 10 });
    mcu.hear(">1 a\n", 0);
    mcu.change({ delayMs: 5, stall: true }, 1);
    assert.equal(mcu.hear(">2 b\n>3 c\n>4 d\n", 2) + mcu.wake(9), "");
    assert.equal(mcu.wakeAt(), undefined);
    assert.equal(mcu.change({ stall: false, delayMs: 0 }, 1000), "<1 a\n<2 b\n<3 c\n");
    assert.equal(mcu.counts.bytesOverflowed, 5);
  });

  test("drop: a share of the lines vanishes, named and counted", () => {
    const mcu = powered({ dropReceived: 0.1, dropSent: 0.1, hello: false });
    const replies = answered(mcu.hear(commands));
    const { linesDroppedReceived, linesDroppedSent } = mcu.counts;
    assert.ok(linesDroppedReceived > 5 && linesDroppedSent > 5);
    assert.equal(replies, 200 - linesDroppedReceived - linesDroppedSent);
  });

  test("garble: one bit of a share of the lines; with checksums no damaged one is taken for good", () => {
    const mcu = powered({ crc: true, garbleReceived: 0.2, garbleSent: 0.2 });
    const checked = commands.replaceAll(/(.+)\n/g, (_, line: string) => `${withChecksum(line)}\n`);
    const replies = mcu.hear(checked).split("\n").map(withoutChecksum);
    assert.ok(mcu.counts.linesGarbledReceived > 20 && mcu.counts.linesGarbledSent > 20);
    assert.equal(mcu.counts.damaged, mcu.counts.linesGarbledReceived);
    for (const reply of replies) assert.ok(reply === undefined || reply === "!- crc" || answered(reply) === 1, reply);
  });

  test("garble never makes a line end", () => {
    const mcu = powered({ garbleSent: 1, hello: false });
    assert.equal(mcu.hear(commands).split("\n").length - 1, 200);
  });

  test("wrong ids and duplicates, as a share", () => {
    const mcu = powered({ wrongId: 0.5, duplicate: 0.5 });
    const replies = mcu.hear(commands).split("\n").slice(0, -1);
    assert.equal(replies.length, mcu.counts.replies);
    assert.ok(replies.length > 260 && replies.length < 340, `${replies.length}`);
    const right = answered(replies.join("\n")) / replies.length;
    assert.ok(right > 0.35 && right < 0.65, `${right}`);
  });

  test("a reset forgets what is in work, and what comes while it boots is unheard", () => {
    const mcu = powered({ delayMs: 10, bootMs: 100, chatter: "ets Jun\r\n" });
    assert.equal(mcu.wake(100), "ets Jun\r\n=rrpc/1 window=1 line=256 boot=1 fw=virtual-mcu-1\n");
    mcu.hear(">1 a\n>2 ", 100);
    assert.equal(mcu.happen({ kind: "reset" }, 105) + mcu.hear("b\n", 106) + mcu.wake(204), "");
    assert.equal(mcu.wake(205), "ets Jun\r\n=rrpc/1 window=1 line=256 boot=2 fw=virtual-mcu-1\n");
    assert.deepEqual([mcu.counts.bytesUnheard, mcu.counts.executed, mcu.counts.restarts], [2, 0, 1]);
  });

  test("said into a pulled cable", () => {
    const mcu = powered({ delayMs: 10 });
    mcu.hear(">1 a\n", 0);
    mcu.happen({ kind: "cable", plugged: false }, 5);
    assert.equal(mcu.wake(10), "");
    assert.deepEqual([mcu.counts.executed, mcu.counts.linesUnplugged], [1, 1]);
  });
});

test("every split of the same bytes gives the same replies and counts", () => {
  const piece = fc.oneof(
    fc.constantFrom(">1 a\n", ">2 slow 3\n", ">1 a\n", "~2\n", "?\n", "\n", ">3 busy\r\n", ">4 boot\n", ">5 double\n"),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
  );
  const options = fc.record({
    crc: fc.boolean(),
    dedup: fc.nat(3),
    cancel: fc.boolean(),
    window: fc.integer({ min: 1, max: 3 }),
    rxBufferBytes: fc.integer({ min: 8, max: 64 }),
    lineBytes: fc.integer({ min: 8, max: 32 }),
    delayMs: fc.constantFrom(0, 2),
    dropReceived: fc.constantFrom(0, 0.3),
    garbleSent: fc.constantFrom(0, 0.3),
  });
  fc.assert(
    fc.property(fc.array(piece), options, fc.infiniteStream(fc.integer({ min: 1, max: 9 })), (pieces, given, sizes) => {
      const bytes = pieces.join("");
      const whole = powered(given);
      const split = powered(given);
      const expected = whole.hear(bytes, 0) + whole.wake(100) + whole.wake(200);
      let replies = "";
      for (let at = 0; at < bytes.length; ) {
        const size = sizes.next().value ?? 1;
        replies += split.hear(bytes.slice(at, at + size), 0);
        at += size;
      }
      assert.equal(replies + split.wake(100) + split.wake(200), expected);
      assert.deepEqual(split.counts, whole.counts);
    }),
  );
});
