import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { LineEvent } from "../../src/gateway/boundary.ts";
import { createCanonicalMode } from "../../src/serial/canonical-mode.ts";

const format = { baudRate: 115200, dataBits: 8, parity: "none", stopBits: 1 } as const;
const line = { kind: "line", bytes: Buffer.from("<1 ok") } as const;
const provenLines = 50;
const paidLines = 200;
let ports = 0;

interface Port {
  readonly baudRate?: number;
  /** What stty answers; by default what one that works does. */
  readonly answers?: readonly (boolean | undefined)[];
  readonly isPossible?: () => boolean;
  readonly path?: string;
  /** What the kernel has gathered when the mode is left. */
  readonly rest?: Buffer;
}

/** A mode whose stty answers as it is told. The clock runs with its lines. */
function start(t: TestContext, { baudRate = 115200, answers = [], isPossible = () => true, path, rest }: Port = {}) {
  const story: string[] = [];
  const left = [...answers];
  let nowMs = 0;
  t.mock.method(performance, "now", () => nowMs);
  const mode = createCanonicalMode({
    path: path ?? `/dev/port${ports++}`,
    format: { ...format, baudRate },
    isPossible,
    setModes(modes) {
      story.push(modes.startsWith("-icanon") ? "raw" : "canonical");
      return Promise.resolve(left.length > 0 ? left.shift() : true);
    },
    readRest() {
      if (rest !== undefined) mode.came(rest);
    },
    onOverflow: () => story.push("overflow"),
    onStuck: () => story.push("stuck"),
  });
  const lines = (count = provenLines, everyMs = 4, pieces = 2) => {
    for (let n = 0; n < count; n++) {
      nowMs += everyMs;
      for (let piece = 0; piece < pieces; piece++) mode.came(Buffer.from("ab"));
      mode.cut(line);
    }
  };
  t.after(() => mode.stop());
  return { mode, story, lines };
}

/** One whose stty has been tried, and does as it should. */
async function startFit(t: TestContext, { answers = [], ...port }: Port = {}) {
  const started = start(t, { ...port, answers: [true, ...answers] });
  started.lines();
  await settle();
  assert.deepEqual(started.story.splice(0), ["raw"]);
  return started;
}

/** What has been started has come to its end. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

const notLines: readonly LineEvent[] = [
  { kind: "discarded", byteCount: 3 },
  { kind: "overlong", head: Buffer.alloc(0), byteCount: 300 },
  { kind: "other_line_end", ours: "lf", byteCount: 9 },
];

test("the kernel gathers lines after so many whole ones in a row, and not before", async (t) => {
  const { story, lines } = await startFit(t);
  lines(provenLines - 1);
  await settle();
  assert.deepEqual(story, []);
  lines(1);
  await settle();
  assert.deepEqual(story, ["canonical"]);
});

for (const event of notLines) {
  test(`${event.kind} is a doubt: the proof begins anew, and a port whose lines are gathered becomes raw`, async (t) => {
    const { mode, story, lines } = await startFit(t);
    lines(provenLines - 1);
    mode.cut(event);
    lines(provenLines - 1);
    await settle();
    assert.deepEqual(story, []);
    lines(1);
    await settle();
    lines(paidLines);
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
  const { mode, story, lines } = await startFit(t);
  lines();
  mode.cut({ kind: "discarded", byteCount: 3 });
  await settle();
  assert.deepEqual(story, ["canonical", "raw"]);
});

test("a NUL is a doubt until the kernel gathers lines: it could drop one while the mode changes", async (t) => {
  const { mode, story, lines } = await startFit(t);
  lines(provenLines - 1);
  mode.came(Buffer.from("a\0b"));
  lines(1);
  await settle();
  assert.deepEqual(story, []);
  lines(provenLines - 1);
  mode.came(Buffer.of(0));
  await settle();
  assert.deepEqual(story, ["canonical", "raw"]);
  lines(2 * provenLines);
  await settle();
  mode.came(Buffer.of(0));
  await settle();
  assert.deepEqual(story, ["canonical", "raw", "canonical"]);
});

test("a line that has gone quiet is raw after two looks at the latest; one that is in use is not", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const { mode, story, lines } = await startFit(t);
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
  let isPossible = true;
  const { mode, story, lines } = await startFit(t, { isPossible: () => isPossible });
  isPossible = false;
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

for (const [what, answers, expected] of [
  ["refuses both", [false, false], ["raw"]],
  ["hangs", [undefined, undefined], ["raw"]],
  ["sets the modes of a raw port alone", [true, false], ["raw", "canonical", "raw"]],
  ["refuses both from some day on", [true, false, false, false], ["raw", "canonical", "raw", "raw"]],
  ["hangs from some day on, and then not", [true, undefined, true], ["raw", "canonical", "raw"]],
] as const) {
  test(`where stty ${what}, the port is raw and stays up, also at its next opening`, async (t) => {
    const path = `/dev/port${ports++}`;
    const { mode, story, lines } = start(t, { path, answers });
    for (let n = 0; n < 10; n++) {
      lines();
      await settle();
    }
    assert.deepEqual(story, expected);
    assert.equal(mode.end(), undefined);
    const next = start(t, { path });
    next.lines(10 * provenLines);
    await settle();
    assert.deepEqual(next.story, []);
  });
}

test("a try that our own closing has cut short says nothing of stty; the closing does not wait for it", async (t) => {
  const path = `/dev/port${ports++}`;
  const { mode, story, lines } = start(t, { path, answers: [undefined] });
  lines();
  assert.equal(mode.end(), undefined);
  await settle();
  assert.deepEqual(story, ["raw"]);
  await startFit(t, { path });
});

test("lines that come seldom are no proof; a pause before them does not count", async (t) => {
  const { mode, story, lines } = await startFit(t);
  lines(3 * provenLines, 100);
  await settle();
  assert.deepEqual(story, []);
  mode.cut({ kind: "discarded", byteCount: 3 });
  lines(1, 60_000);
  lines(provenLines - 1, 10);
  await settle();
  assert.deepEqual(story, ["canonical"]);
});

test("lines of which one read gives a whole one, or several, are left raw, and not longer than they come so", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const { mode, story, lines } = await startFit(t);
  lines(10 * provenLines, 1, 1);
  await settle();
  assert.deepEqual(story, []);
  lines();
  await settle();
  assert.deepEqual(story, ["canonical"]);
  for (let n = 0; n < 99 * provenLines; n++) mode.cut(line);
  t.mock.timers.tick(119);
  await settle();
  assert.deepEqual(story, ["canonical"]);
  for (let n = 0; n < provenLines; n++) mode.cut(line);
  t.mock.timers.tick(119);
  await settle();
  assert.deepEqual(story, ["canonical", "raw"]);
});

test("after a period that was too short to pay the next proof is twice as long, until one has paid", async (t) => {
  const { mode, story, lines } = await startFit(t);
  const end = async () => {
    mode.cut({ kind: "discarded", byteCount: 3 });
    await settle();
  };
  for (const proof of [50, 100, 200, 400, 800, 1600, 3200, 6400, 6400]) {
    lines(proof - 1);
    await settle();
    assert.deepEqual(story, [], `${proof}`);
    lines(1);
    await settle();
    lines(paidLines - 1);
    await end();
    assert.deepEqual(story.splice(0), ["canonical", "raw"], `${proof}`);
  }
  lines(6400);
  await settle();
  lines(paidLines);
  await end();
  lines(provenLines);
  await settle();
  assert.deepEqual(story, ["canonical", "raw", "canonical"]);
});

test("a baud rate at which the kernel's buffer fills within milliseconds is left raw", async (t) => {
  const { story, lines } = start(t, { baudRate: 3_000_000 });
  lines(3 * provenLines);
  await settle();
  assert.deepEqual(story, []);
});

test("what the kernel may have discarded is told", async (t) => {
  const { mode, story, lines } = await startFit(t);
  lines();
  await settle();
  mode.cut({ kind: "overlong", head: Buffer.alloc(0), byteCount: 4095 });
  await settle();
  assert.deepEqual(story, ["canonical", "overflow", "raw"]);
  mode.cut({ kind: "overlong", head: Buffer.alloc(0), byteCount: 4095 });
  assert.deepEqual(story, ["canonical", "overflow", "raw"]);
});

test("so is what it may have discarded of a line whose end comes when the port is raw again", async (t) => {
  for (const [rest, expected] of [
    ["x".repeat(4095), ["canonical", "raw", "overflow"]],
    [`abc\n${"x".repeat(4094)}`, ["canonical", "raw"]],
  ] as const) {
    t.mock.timers.enable({ apis: ["setInterval"] });
    const { mode, story, lines } = await startFit(t, { rest: Buffer.from(rest) });
    lines();
    await settle();
    t.mock.timers.tick(2 * 119);
    await settle();
    mode.cut({ kind: "overlong", head: Buffer.alloc(0), byteCount: 5000 });
    assert.deepEqual(story, expected);
    t.mock.timers.reset();
  }
});

test("a port that stty cannot make raw again is told, after a second attempt; its next opening stays raw", async (t) => {
  for (const [answers, expected] of [
    [
      [true, undefined, true],
      ["canonical", "raw", "raw"],
    ],
    [
      [true, undefined, false],
      ["canonical", "raw", "raw", "stuck"],
    ],
    [
      [undefined, undefined, undefined],
      ["canonical", "raw", "raw", "stuck"],
    ],
  ] as const) {
    const path = `/dev/port${ports++}`;
    const { mode, story, lines } = await startFit(t, { path, answers });
    lines();
    await settle();
    mode.cut({ kind: "discarded", byteCount: 3 });
    await settle();
    assert.deepEqual(story, expected);
    const next = start(t, { path });
    next.lines(3 * provenLines);
    await settle();
    assert.equal(next.story.length > 0, story.at(-1) !== "stuck");
  }
});

test("the end waits until the port is raw, for nothing if it is, and is one for good", async (t) => {
  const { mode, story, lines } = await startFit(t);
  lines();
  await settle();
  assert.equal(await mode.end(), true);
  assert.deepEqual(story, ["canonical", "raw"]);
  assert.equal(mode.end(), undefined);
  lines(10 * provenLines);
  await settle();
  assert.deepEqual(story, ["canonical", "raw"]);

  const other = await startFit(t);
  other.lines();
  assert.equal(await other.mode.end(), true);
  assert.deepEqual(other.story, ["canonical", "raw"]);
});

test("an end that cannot make the port raw says so, and is no reason to open it anew", async (t) => {
  const { mode, story, lines } = await startFit(t, { answers: [true, false, false] });
  lines();
  await settle();
  assert.equal(await mode.end(), false);
  assert.deepEqual(story, ["canonical", "raw", "raw"]);
});
