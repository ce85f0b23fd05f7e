/** What comes back of what was written, and what only looks so. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Echo, type EchoMode } from "../../src/core/echo.ts";

const frame = (line: Buffer) => Buffer.from(line.toString("latin1").replace(/^\r+|\r+$/g, ""), "latin1");

function echoOf(mode: EchoMode, tellsDirections = false): Echo {
  return new Echo({ mode, tellsDirections, frame });
}

/** What is left of a line, as text; undefined where it is none of ours. */
function taken(echo: Echo, line: string): string | undefined {
  return echo.take(Buffer.from(line, "latin1"))?.toString("latin1");
}

test("each writing comes back once, whatever ends its lines", () => {
  for (const end of ["\n", "\r\n", "\r"]) {
    const echo = echoOf("maybe");
    echo.written(Buffer.from(`speed?${end}`));
    echo.written(Buffer.from(`speed?${end}`));
    assert.deepEqual([taken(echo, "speed?"), taken(echo, "speed?"), taken(echo, "speed?")], ["", "", undefined]);
  }
});

test("an opening is several lines", () => {
  const echo = echoOf("maybe", true);
  echo.written(Buffer.from("\\!\\!*F46E\n?\n"));
  assert.deepEqual([taken(echo, "\\!\\!*F46E"), taken(echo, "?"), taken(echo, "?")], ["", "", undefined]);
});

test("what comes later was written later: what was written before it does not come any more", () => {
  const echo = echoOf("maybe");
  for (const line of ["a\n", "b\n", "c\n"]) echo.written(Buffer.from(line));
  assert.deepEqual([taken(echo, "b"), taken(echo, "a"), taken(echo, "c")], ["", undefined, ""]);
});

test("nothing that was written before an answer comes behind it", () => {
  const echo = echoOf("maybe");
  const command = Buffer.from("speed=50\n");
  echo.written(command);
  assert.equal(echo.answered(command), undefined);
  assert.equal(taken(echo, "speed=50"), undefined);
});

test("an echo that cannot come is the MCU's line, where lines do not show whose they are", () => {
  for (const [tellsDirections, expected] of [
    [false, undefined],
    [true, ""],
  ] as const) {
    const echo = echoOf("never", tellsDirections);
    echo.written(Buffer.from(">1 on\n"));
    assert.equal(taken(echo, ">1 on"), expected);
  }
});

test("once echoes cannot come, what was written before is no echo either", () => {
  const echo = echoOf("maybe");
  echo.written(Buffer.from("speed=50\n"));
  echo.configure({ mode: "never", tellsDirections: false, frame });
  assert.equal(taken(echo, "speed=50"), undefined);
});

test("behind an echo in the same line is another: behind a CR, and at once where the echo must come", () => {
  const cases = [
    ["maybe", "AT+CSQ\r+CSQ: 23,99", "\r+CSQ: 23,99"],
    ["maybe", "AT+CSQ+CSQ: 23,99", undefined],
    ["always", "AT+CSQ+CSQ: 23,99", "+CSQ: 23,99"],
    ["always", "AT+CS", undefined],
  ] as const;
  for (const [mode, line, rest] of cases) {
    const echo = echoOf(mode);
    echo.written(Buffer.from("AT+CSQ\r"));
    assert.equal(taken(echo, line), rest, `${mode} ${line}`);
  }
});

test("a whole echo goes before one that is glued to something", () => {
  const echo = echoOf("always");
  echo.written(Buffer.from("ab\n"));
  echo.written(Buffer.from("abc\n"));
  assert.equal(taken(echo, "abc"), "");
});

test("the part of a log line that is only ours is an echo; more of it once echoes have come", () => {
  const echo = echoOf("maybe");
  echo.written(Buffer.from("secret=4711\n"));
  const isTorn = (line: string) => echo.isTorn(Buffer.from(line), "log");
  assert.deepEqual(["secret", "4711", "sec11", "secret=4712", "see"].map(isTorn), [true, true, true, false, false]);
  assert.equal(taken(echo, "secret=4711"), "");
  echo.written(Buffer.from("secret=4711\n"));
  assert.deepEqual(["secret=4712", "secXet=4711", "see"].map(isTorn), [true, true, true]);
  assert.deepEqual(["ready", "nothing of it"].map(isTorn), [false, false]);
});

test("a torn echo is taken for no answer where echoes come; where they do not, an answer may have its command's words", () => {
  const echo = echoOf("maybe");
  const isTorn = () => echo.isTorn(Buffer.from("50"), "answer");
  const command = () => {
    const write = Buffer.from("speed=50\n");
    echo.written(write);
    return write;
  };
  const first = command();
  assert.ok(!isTorn());
  echo.answered(first);
  command();
  assert.equal(taken(echo, "speed=50"), "");
  assert.ok(!isTorn());
  // Switched off by a command, they stay away: that costs one answer at most.
  const last = command();
  assert.ok(isTorn());
  echo.answered(last);
  command();
  assert.ok(!isTorn());
});

test("an echo that must come is awaited, and told of once until it comes again", () => {
  const echo = echoOf("always");
  const command = () => {
    const write = Buffer.from("speed?\n");
    echo.written(write);
    return write;
  };
  const first = command();
  assert.ok(echo.isAwaited(first));
  assert.equal(echo.unanswered(first), "missing");
  assert.equal(echo.unanswered(command()), undefined);
  const third = command();
  while (taken(echo, "speed?") !== undefined);
  assert.ok(!echo.isAwaited(third));
  assert.equal(echo.answered(command()), "missing");
  const own = echoOf("always", true);
  const written = Buffer.from(">1 on\n");
  own.written(written);
  assert.ok(!own.isAwaited(written));
  assert.equal(own.answered(written), "missing");
});

test("where nothing else comes, that is told once for each opening", () => {
  const echo = echoOf("maybe");
  const command = Buffer.from("speed?\n");
  const play = () => {
    echo.written(command);
    taken(echo, "speed?");
    return echo.unanswered(command);
  };
  assert.deepEqual([play(), play()], ["alone", undefined]);
  echo.clear();
  assert.equal(play(), "alone");
  echo.clear();
  taken(echo, "40");
  assert.equal(play(), undefined);
});

test("an echo too long to be read is known by its first bytes", () => {
  const echo = echoOf("maybe");
  const line = `>7 ${"x".repeat(3000)}`;
  const head = Buffer.from(line.slice(0, 64));
  assert.ok(!echo.takeOverlong(head, 3004));
  echo.written(Buffer.from(`${line}\n`));
  assert.ok(!echo.takeOverlong(Buffer.from(`<7 ${"x".repeat(61)}`), 3004));
  assert.ok(!echo.takeOverlong(head, 2000));
  assert.ok(!echo.takeOverlong(Buffer.alloc(0), 3004));
  assert.ok(echo.takeOverlong(head, 3004));
  assert.ok(!echo.takeOverlong(head, 3004));
});

test("of endless lines that do not come back, the latest are known, and all costs little time", () => {
  const echo = echoOf("maybe");
  for (let id = 0; id < 20_000; id++) echo.written(Buffer.from(`>${id} ${"y".repeat(200)}\n`));
  const begun = process.cpuUsage();
  for (let count = 0; count < 2000; count++) {
    const line = Buffer.from(`>19999 ${"y".repeat(2000)}`);
    assert.equal(echo.take(line), undefined);
    echo.isTorn(line, "log");
  }
  const { user, system } = process.cpuUsage(begun);
  assert.ok(user + system < 5_000_000, `${(user + system) / 1e6} s of CPU`);
  assert.equal(taken(echo, `>0 ${"y".repeat(200)}`), undefined);
  assert.equal(taken(echo, `>19999 ${"y".repeat(200)}`), "");
});

test("what comes back as it was written leaves nothing, and what does not is left whole", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "1", " ", "\xff"), minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(fc.array(text, { maxLength: 8 }), text, (lines, other) => {
      const echo = echoOf("maybe");
      for (const line of lines) echo.written(Buffer.from(`${line}\n`, "latin1"));
      if (!lines.includes(other)) assert.equal(taken(echo, other), undefined);
      for (const line of lines) assert.equal(taken(echo, line), "");
      assert.equal(taken(echo, other), undefined);
    }),
  );
});
