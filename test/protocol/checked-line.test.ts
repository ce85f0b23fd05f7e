/** A line inside a damaged one: found by its checksum, at once, and never taken for another. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checksum, crc16, eachStartOfCrc16 } from "../../src/protocol/crc16.ts";
import { checkedLineIn, readMcuLine } from "../../src/protocol/mcu-line.ts";

const checked = (line: string) => `${line}*${checksum(Buffer.from(line, "latin1"))}`;

function inside(text: string, crc = true): string | undefined {
  const bytes = Buffer.from(text, "latin1");
  const part = checkedLineIn(bytes, crc);
  return part && bytes.toString("latin1", part.start, part.end);
}

test("the line from which on the checksum is right", () => {
  const reply = checked("<41440 ok");
  assert.equal(reply, "<41440 ok*297C");
  for (const front of ["I (5123) wifi: conn", "<41439 half", "> ", "\0", "a<b c<d ", "<7 ok*602E\x0b", ""]) {
    assert.equal(inside(front + reply), reply, front);
  }
  assert.equal(inside(`conn${reply}  `), reply);
  assert.equal(inside(`conn${checked("!41440 busy")}`), checked("!41440 busy"));
  assert.equal(inside(`conn${checked("@door open")}`), checked("@door open"));
});

test("nothing where the last checksum is not right, is no checksum, or belongs to no line", () => {
  for (const text of [
    "conn<41440 ok*297D",
    "conn<41440 ok*297c",
    "conn<41440 ok",
    "<41440 ok*297C and more",
    "conn<41440 ok*297C*297C",
    `conn${checked("#41440 ok")}`,
    `conn${checked("< ok")}`,
    `conn${checked("=what")}`,
    "*297C",
    "",
  ]) {
    assert.equal(inside(text), undefined, text);
  }
});

test("without checksums only a hello that switches them on", () => {
  const hello = checked("=rrpc/1 window=2 crc=1");
  assert.equal(inside(`uart:~$ ${hello}`, false), hello);
  assert.equal(inside(`uart:~$ ${checked("=rrpc/1 window=2")}`, false), undefined);
  assert.equal(inside("conn<41440 ok*297C", false), undefined);
});

test("where two lines would be right, none is taken", () => {
  // The front is chosen so that the register is 0 behind it.
  let front = "";
  for (let number = 0; crc16(Buffer.from(front)) !== 0 || front === ""; number++) front = `<8 ${number} `;
  const twice = `conn${front}<7 ok`;
  const text = `${twice}*${checksum(Buffer.from("<7 ok"))}`;
  assert.equal(checksum(Buffer.from(`${front}<7 ok`)), checksum(Buffer.from("<7 ok")));
  assert.equal(inside(text), undefined);
  // Whole lines are read from their beginning, whatever is in them.
  const whole = readMcuLine(Buffer.from(text.slice("conn".length)), true);
  assert.equal(whole.kind, "reply");
});

test("every start that trying each would find, in one pass", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(40), (bytes, index) => {
      const crc = crc16(bytes.subarray(index));
      const found: number[] = [];
      eachStartOfCrc16(bytes, crc, (start) => found.push(start));
      const tried = [...bytes.keys()].filter((start) => crc16(bytes.subarray(start)) === crc).reverse();
      assert.deepEqual(found, tried);
    }),
    { numRuns: 2000 },
  );
});

test("64 KB of sigils cost as little as any line", () => {
  const lines = ["<7 ".repeat(21_000), "\0".repeat(65_000), "<".repeat(65_000), `${"<7 a".repeat(16_000)}*0000`];
  const start = process.cpuUsage();
  for (const line of lines) inside(`${line}*0000`);
  const { user, system } = process.cpuUsage(start);
  assert.ok(user + system < 1_000_000, `${(user + system) / 1000} ms of CPU`);
});

test("a damaged line says what came and what is right", () => {
  const wrong = (text: string) => {
    const line = readMcuLine(Buffer.from(text), true);
    return line.kind === "damaged" ? line.checksum : line.kind;
  };
  assert.deepEqual(wrong("<41440 ok*297c"), { came: "*297c", right: "*297C" });
  assert.deepEqual(wrong("<41440 ok*297D"), { came: "*297D", right: "*297C" });
  assert.deepEqual(wrong("uart:~$ <41440 ok*297c"), { came: "*297c", right: "*297C" });
  assert.equal(wrong("<41440 ok"), undefined);
  assert.equal(wrong("<1"), undefined);
});
