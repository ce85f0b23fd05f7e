/**
 * The MicroPython module: its unit tests, the C library beside it, and bench. Needs `npm run build`, a C compiler, and Debian's
 * MicroPython or mmdebstrap.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertConforms } from "../firmware/bench.ts";
import { replayInBoth, startMicropythonBoard, testMicropythonModule } from "../firmware/micropython.ts";
import { story } from "../firmware/story.ts";

/** In the order in which replay.c prints them. */
const countNames = ["damaged", "overlong", "malformed", "gaps", "torn", "repeats", "forgotten", "busy", "stray"];

test("the MicroPython module passes its unit tests, the protocol's vectors among them", () => {
  assert.match(testMicropythonModule(), /^[1-9]\d* passed, 0 failed$/m);
});

for (const crc of [true, false])
  test(`the MicroPython module does what the C library does, ${crc ? "with" : "without"} checksums`, () => {
    const steps = Array.from({ length: 60 }, (_, index) => story(7919 * (index + 1), 200, crc)).flat();
    const { c, micropython } = replayInBoth(`${steps.join("\n")}\n`, crc);
    const differs = c.findIndex((line, index) => line !== micropython[index]);
    assert.equal(micropython[differs], c[differs], `step ${differs}: ${steps[differs]}`);
    assert.equal(micropython.length, c.length);
    assert.ok(
      c.filter((line) => line.includes(" executed=")).length > steps.length / 20,
      "stories in which little happens",
    );
    // Every count has moved: what it counts was in the stories.
    const counted = c.map((line) => /counts=(\S+)$/.exec(line)?.[1]?.split(",").map(Number) ?? []);
    for (const [index, name] of countNames.entries())
      assert.equal(
        counted.some((counts) => (counts[index] ?? 0) > 0),
        crc || name !== "damaged",
        name,
      );
  });

test("through a tty every rule of bench that its hello claims passes", { timeout: 120_000 }, async () => {
  const board = await startMicropythonBoard(2);
  try {
    await assertConforms(board);
  } finally {
    await board.stop();
  }
});
