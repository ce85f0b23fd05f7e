import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { LineEvent } from "../../src/gateway/boundary.ts";
import { createCanonicalMode } from "../../src/serial/canonical-mode.ts";

const format = { baudRate: 115200, dataBits: 8, parity: "none", stopBits: 1 } as const;
const line = { kind: "line", bytes: Buffer.from("<1 ok") } as const;
const provenLines = 50;
const provenMsMin = 250;

/** A mode whose stty answers as it is told; by default as one that works. The clock runs with its lines. */
function start(
  t: TestContext,
  {
    baudRate = 115200,
    answers = [],
    isPossible = () => true,
  }: {
    readonly baudRate?: number;
    readonly answers?: readonly (boolean | undefined)[];
    readonly isPossible?: () => boolean;
  } = {},
) {
  const story: string[] = [];
  const left = [...answers];
  let nowMs = 0;
  t.mock.method(performance, "now", () => nowMs);
  const mode = createCanonicalMode({
    format: { ...format, baudRate },
    isPossible,
    setModes(modes) {
      story.push(modes.startsWith("-icanon") ? "raw" : "canonical");
      return Promise.resolve(left.length > 0 ? left.shift() : true);
    },
    onOverflow: () => story.push("overflow"),
    onStuck: () => story.push("stuck"),
  });
  /** By default just so far apart that the proof takes as long as it must. */
  const lines = (count = provenLines, everyMs = Math.ceil(provenMsMin / (provenLines - 1))) => {
    for (let n = 0; n < count; n++) {
      nowMs += everyMs;
      mode.cut(line);
    }
  };
  t.after(() => mode.stop());
  return { mode, story, lines };
}

/** What has been started has come to its end. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

const notLines: readonly LineEvent[] = [
  { kind: "discarded", byteCount: 3 },
  { kind: "overlong", head: Buffer.alloc(0), byteCount: 300 },
  { kind: "other_line_end", ours: "lf", byteCount: 9 },
];

test("the kernel gathers lines after so many whole ones in a row, and not before", async (t) => {
  const { story, lines } = start(t);
  lines(provenLines - 1);
  assert.deepEqual(story, []);
  lines(1);
  await settle();
  assert.deepEqual(story, ["canonical"]);
});

for (const event of notLines) {
  test(`${event.kind} is a doubt: the proof begins anew, and a port whose lines are gathered becomes raw`, async (t) => {
    const { mode, story, lines } = start(t);
    lines(provenLines - 1);
    mode.cut(event);
    lines(provenLines - 1);
    await settle();
    assert.deepEqual(story, []);
    lines(1);
    await settle();
    mode.cut(event);
    await settle();
    assert.deepEqual(story, ["canonical", "raw"]);
    lines(provenLines - 1);
    await settle();
    assert.deepEqual(story, ["canonical", "raw"]);
    lines(1);
    await settle();
    assert.deepEqual(story, ["canonical", "raw", "canonical"]);
  });
}

test("a doubt while stty still sets it is not forgotten", async (t) => {
  const { mode, story, lines } = start(t);
  lines();
  mode.cut({ kind: "discarded", byteCount: 3 });
  await settle();
  assert.deepEqual(story, ["canonical", "raw"]);
});

test("a NUL is a doubt until the kernel gathers lines: it could drop one while the mode changes", async (t) => {
  const { mode, story, lines } = start(t);
  lines(provenLines - 1);
  mode.came(Buffer.from("a\0b"));
  lines(1);
  await settle();
  assert.deepEqual(story, []);
  lines(provenLines - 2);
  lines(1);
  mode.came(Buffer.of(0));
  await settle();
  assert.deepEqual(story, ["canonical", "raw"]);
  lines();
  await settle();
  mode.came(Buffer.of(0));
  await settle();
  assert.deepEqual(story, ["canonical", "raw", "canonical"]);
});

test("a line that has gone quiet is raw after two looks at the latest; one that is in use is not", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const { mode, story, lines } = start(t);
  lines();
  await settle();
  for (let n = 0; n < 20; n++) {
    mode.cut(line);
    t.mock.timers.tick(117);
  }
  await settle();
  assert.deepEqual(story, ["canonical"]);
  // 4095 bytes take 355 ms at 115200 baud: two thirds of that pass at most until it is seen.
  t.mock.timers.tick(2 * 119);
  await settle();
  assert.deepEqual(story, ["canonical", "raw"]);
});

test("options that do not admit it are seen before, and while the kernel gathers lines", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  let isPossible = false;
  const { mode, story, lines } = start(t, { isPossible: () => isPossible });
  lines();
  await settle();
  assert.deepEqual(story, []);
  isPossible = true;
  lines();
  await settle();
  isPossible = false;
  mode.cut(line);
  t.mock.timers.tick(119);
  await settle();
  assert.deepEqual(story, ["canonical", "raw"]);
});

test("a driver that refuses it is left raw, and not tried again", async (t) => {
  const { story, lines } = start(t, { answers: [false] });
  for (let n = 0; n < 3; n++) {
    lines();
    await settle();
  }
  assert.deepEqual(story, ["canonical", "raw"]);
});

test("lines that come seldom are no proof, and nor are many within a moment; a pause before them does not count", async (t) => {
  const { mode, story, lines } = start(t);
  lines(3 * provenLines, 100);
  await settle();
  assert.deepEqual(story, []);
  mode.cut({ kind: "discarded", byteCount: 3 });
  lines(1, 60_000);
  lines(10 * provenLines, 0);
  await settle();
  assert.deepEqual(story, []);
  lines(1, provenMsMin);
  await settle();
  assert.deepEqual(story, ["canonical"]);
});

test("a baud rate at which the kernel's buffer fills within milliseconds is left raw", async (t) => {
  const { story, lines } = start(t, { baudRate: 3_000_000 });
  lines(3 * provenLines);
  await settle();
  assert.deepEqual(story, []);
});

test("what the kernel may have discarded is told", async (t) => {
  const { mode, story, lines } = start(t);
  lines();
  await settle();
  mode.cut({ kind: "overlong", head: Buffer.alloc(0), byteCount: 4095 });
  await settle();
  assert.deepEqual(story, ["canonical", "overflow", "raw"]);
  mode.cut({ kind: "overlong", head: Buffer.alloc(0), byteCount: 4095 });
  assert.deepEqual(story, ["canonical", "overflow", "raw"]);
});

test("a port that stty cannot make raw again is told, after a second attempt where the first one could not be made", async (t) => {
  for (const [answers, expected] of [
    [
      [true, undefined, true],
      ["canonical", "raw", "raw"],
    ],
    [
      [true, undefined, undefined],
      ["canonical", "raw", "raw", "stuck"],
    ],
    [
      [true, false],
      ["canonical", "raw", "stuck"],
    ],
  ] as const) {
    const { mode, story, lines } = start(t, { answers });
    lines();
    await settle();
    mode.cut({ kind: "discarded", byteCount: 3 });
    await settle();
    assert.deepEqual(story, expected);
  }
});

test("the end waits until the port is raw, for nothing if it is, and is one for good", async (t) => {
  const { mode, story, lines } = start(t);
  lines();
  await settle();
  await mode.end();
  assert.deepEqual(story, ["canonical", "raw"]);
  assert.equal(mode.end(), undefined);
  lines();
  await settle();
  assert.deepEqual(story, ["canonical", "raw"]);

  const other = start(t);
  other.lines();
  await other.mode.end();
  assert.deepEqual(other.story, ["canonical", "raw"]);
});
