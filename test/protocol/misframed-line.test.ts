/** What looks like a reply behind something else: found, so that it can be told and is not shown. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { describeFront } from "../../src/protocol/describe-framing.ts";
import { misframedLineIn, promptOf } from "../../src/protocol/misframed-line.ts";
import { documentedDialect } from "./documented.ts";

const isKnown = (id: string) => id === "41440";

function found(text: string): string | undefined {
  const line = misframedLineIn(Buffer.from(text, "latin1"), isKnown);
  if (line === undefined) return undefined;
  return `${line.kind === "reply" ? line.id : line.kind} ${line.frontByteCount}`;
}

test("replies, refusals and hellos of the line protocol", () => {
  for (const [text, expected] of [
    ["uart:~$ <41440 ok", "41440 8"],
    ["uart:~$ <41440", "41440 8"],
    ["uart:~$ <41440*1234", "41440 8"],
    ["=> <41440 ok", "41440 3"],
    ["tank <7 <41440 ok", "41440 8"],
    // The id may be damaged: whatever it is, the line is not shown.
    ["uart:~$ <4144p ok", "4144p 8"],
    ["conn!41440 busy", "41440 4"],
    ["heater !off now", undefined],
    ["|41440 ok", "41440 0"],
    ["uart:~$ >41440 led on", "command 8"],
    ["uart:~$ >7 led on", undefined],
    ["41440 ok", "41440 0"],
    [">41440 on\x1b[m", "command 0"],
    ["41441 ok", undefined],
    ["<41440 ok\\", undefined],
    ["uart:~$ =rrpc/1 fw=a", "hello 8"],
    ["uart:~$ =rrpc/2", undefined],
    ["uart:~$ @alarm door=secret", "event 8"],
    ["I (5) conn@alarm door=secret", "event 10"],
    ["uart:~$ @alarm", "event 8"],
    ["uart:~$ @alarm <41440 ok", "41440 15"],
    ["41440 @alarm", "41440 0"],
    ["@alarm door", undefined],
    ["root@board:/# ls", undefined],
    ["5 V @ 3 A", undefined],
    ["[00:00:01.000] <inf> app: started", undefined],
    ["a < b", undefined],
    [`x<${"i".repeat(33)} ok`, undefined],
    ["", undefined],
  ] as const) {
    assert.equal(found(text), expected, text);
  }
});

test("answers of firmware with lines of its own, behind a prompt", () => {
  const seen = (name: string, text: string) => documentedDialect(name).misframedLine(Buffer.from(text), isKnown);
  assert.deepEqual(seen("modem", "> OK"), { kind: "reply", id: undefined, frontByteCount: 2 });
  assert.deepEqual(seen("modem", "uart:~$ +CSQ: 1"), { kind: "reply", id: undefined, frontByteCount: 8 });
  assert.deepEqual(seen("pump", "$ RSP 7,OK"), { kind: "reply", id: "7", frontByteCount: 2 });
  assert.deepEqual(seen("pump", "$ PUMP p 7F3A"), { kind: "hello", frontByteCount: 2 });
  for (const text of ["OK", " OK", "a long text, and no prompt: OK", "# motor is warm", ""]) {
    assert.equal(seen("modem", text), undefined, text);
  }
});

test("only what can hardly be a payload is shown as a prompt", () => {
  for (const prompt of ["> ", "$ ", "=> ", "uart:~$ ", "root@board:/# ", "mpy>", "(dbg) "]) {
    assert.equal(promptOf(Buffer.from(prompt)), prompt.startsWith("(dbg)") ? undefined : prompt);
  }
  for (const text of [
    "I (5123) wifi: conn",
    "<41439 secr",
    "two words> ",
    "secr> ",
    "SECR: ",
    `${"p".repeat(32)}> `,
    "\x1b[m> ",
    "a\n> ",
  ]) {
    assert.equal(promptOf(Buffer.from(text)), undefined, text);
    assert.doesNotMatch(describeFront(Buffer.from(text)).text, /secr|words|wifi/);
  }
});

test("64 KB of what begins like replies cost as little as any line", () => {
  const start = process.cpuUsage();
  for (const piece of ["<", "<7", "!7 ", `<${"i".repeat(33)}`, "=rrpc/1 "]) found(piece.repeat(65_536 / piece.length));
  const { user, system } = process.cpuUsage(start);
  assert.ok(user + system < 1_000_000, `${(user + system) / 1000} ms of CPU`);
});
