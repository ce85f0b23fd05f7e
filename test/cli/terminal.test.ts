import assert from "node:assert/strict";
import { test } from "node:test";
import { asciiText, isUtf8, terminalAt, writeAsciiToTerminals } from "../../src/cli/terminal.ts";

test("the locale is what the first variable says that is set", () => {
  const cases: readonly (readonly [NodeJS.ProcessEnv, boolean])[] = [
    [{}, false],
    [{ LANG: "C" }, false],
    [{ LANG: "POSIX", LC_CTYPE: "" }, false],
    [{ LANG: "C.UTF-8" }, true],
    [{ LANG: "de_DE.utf8" }, true],
    [{ LANG: "C", LC_CTYPE: "en_US.UTF-8" }, true],
    [{ LANG: "en_US.UTF-8", LC_ALL: "C" }, false],
    [{ LANG: "zh_CN.GB18030" }, false],
  ];
  for (const [env, expected] of cases) assert.equal(isUtf8(env), expected, JSON.stringify(env));
});

test("colours and movement are for terminals that have them", () => {
  const at = (stream: object, env: NodeJS.ProcessEnv) => {
    const { canMove, colours } = terminalAt(stream, env);
    return [canMove, colours];
  };
  assert.deepEqual(at({ isTTY: true }, { TERM: "xterm" }), [true, true]);
  assert.deepEqual(at({ isTTY: true }, { TERM: "xterm", NO_COLOR: "1" }), [true, false]);
  assert.deepEqual(at({ isTTY: true }, { TERM: "dumb" }), [false, false]);
  assert.deepEqual(at({}, { TERM: "xterm" }), [false, false]);
  assert.equal(terminalAt({}, {}).columns(), 80);
  assert.equal(terminalAt({ isTTY: true, columns: 0 }, {}).columns(), 80);
  assert.equal(terminalAt({ isTTY: true, columns: 42 }, {}).columns(), 42);
});

test("ASCII has one character for each symbol of ours, and escapes for what others say", () => {
  const symbols = "─━│┃▶◀▲▼❯•·✓✔✕✗×–▁▂▃▄▅▆▇█";
  assert.match(asciiText(symbols), /^[!-~]+$/);
  assert.equal(asciiText(symbols).length, symbols.length);
  assert.equal(asciiText("date -s …, 10 µF, é, 😀\t\x1b[0m"), "date -s ..., 10 uF, \\u00e9, \\ud83d\\ude00\t\x1b[0m");
});

test("only terminals of another locale get ASCII: a pipe gets data", () => {
  const stream = (isTTY: boolean) => {
    const written: unknown[] = [];
    return { isTTY, written, write: (chunk: unknown) => written.push(chunk) > 0 };
  };
  const written = (isTTY: boolean, env: NodeJS.ProcessEnv) => {
    const one = stream(isTTY);
    writeAsciiToTerminals([one as unknown as NodeJS.WriteStream], env);
    one.write("é");
    return one.written;
  };
  assert.deepEqual(written(true, { LANG: "C" }), ["\\u00e9"]);
  assert.deepEqual(written(true, { LANG: "C.UTF-8" }), ["é"]);
  assert.deepEqual(written(false, { LANG: "C" }), ["é"]);
});
