/** What a board sends before and after its lines is named byte by byte, and does not change the other verdicts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkBoard } from "../../../src/lab/bench/conformance/check-board.ts";
import { createCrWatch, stripExtraBytes } from "../../../src/lab/bench/conformance/extra-bytes.ts";
import { surrounded } from "../../../src/lab/mcu/around.ts";
import { quirkyBoard } from "./quirky-board.ts";

test("bytes before and after a line", () => {
  for (const [came, line, ...extraBytes] of [
    ["<b1 ok", "<b1 ok"],
    ["<b1 ok  ", "<b1 ok  "],
    ["<b1 ok\r", "<b1 ok", '1 byte ("\\x0D") after a line'],
    ["\0<b1 ok", "<b1 ok", '1 byte ("\\x00") before a line'],
    ["\xff\xef\xbb\xbf\t <b1 ok", "<b1 ok", '6 bytes ("\\xFF\\xEF\\xBB\\xBF\\x09 ") before a line'],
    [
      "\x1b[0;32m<b1 ok\x1b[0m\r",
      "<b1 ok",
      '7 bytes ("\\x1B[0;32m") before a line',
      '5 bytes ("\\x1B[0m\\x0D") after a line',
    ],
    // A log line may contain anything.
    ["\x1b[33mW (7) low\x1b[0m", "\x1b[33mW (7) low\x1b[0m"],
    ["\r", ""],
  ]) {
    assert.deepEqual(stripExtraBytes(came ?? ""), { line, text: "", extraBytes }, JSON.stringify(came));
  }
  // Text in front: the line is found all the same, and is told with what helps; once told, it is known.
  const where = "before a reply, a refusal or a hello, which the gateway does not find there";
  const prompt = `8 bytes ("uart:~$ ") ${where}: serial.prompt: "uart:~$ " takes it off`;
  assert.deepEqual(stripExtraBytes("uart:~$ <b1 ok"), { line: "<b1 ok", text: "uart:~$ ", extraBytes: [prompt] });
  assert.deepEqual(stripExtraBytes("uart:~$ <7 ok", "", "uart:~$ "), {
    line: "<7 ok",
    text: "uart:~$ ",
    extraBytes: [],
  });
  assert.deepEqual(stripExtraBytes("uart:~$ <7 ok", "uart:~$ "), { line: "<7 ok", text: "", extraBytes: [] });
  const log = `2 bytes ("I ") ${where}: begin each line with an LF, or say crc=1`;
  assert.deepEqual(stripExtraBytes("I =rrpc/1"), { line: "=rrpc/1", text: "I ", extraBytes: [log] });
  const endsInCr = (...pieces: readonly string[]) => pieces.map(createCrWatch()).at(-1);
  assert.deepEqual([endsInCr("ab\rcd\r"), endsInCr("ab\rc"), endsInCr("\xf8\r\xe0\r")], [true, false, false]);
  // In pieces, each line counts once; an LF ends the suspicion.
  assert.deepEqual(
    [endsInCr("a", "b", "\rc", "d\r"), endsInCr("ab\r", "\r"), endsInCr("ab\r\n", "cd\ref\r")],
    [true, false, false],
  );
  // 100 KB of what it looks for.
  const start = process.cpuUsage();
  for (const piece of ["\x1b[0", "\x1b[m", " ", "\0", "<b1", "a\x1b["])
    stripExtraBytes(piece.repeat(100_000 / piece.length));
  const { user, system } = process.cpuUsage(start);
  assert.ok(user + system < 2_000_000, `${(user + system) / 1000} ms of CPU`);
});

test("a board with colours fails one rule, framing, which names the bytes", async () => {
  const board = quirkyBoard("none");
  const around = { head: "\x1b[0;32m", tail: "\x1b[0m", end: "\n", prompt: "" };
  const { results } = await checkBoard(
    {
      ...board,
      read: (onBytes, onFailed) =>
        board.read((bytes) => {
          const lines = bytes.toString("latin1").split("\n").slice(0, -1);
          for (const line of lines) onBytes(Buffer.from(line === "" ? "\n" : surrounded(line, around), "latin1"));
        }, onFailed),
    },
    { plain: "ping", count: "count", slow: "slow 150" },
    { replyBytesMax: 2048, lineEnd: "lf", prompt: undefined, dataBits: 8 },
  );
  const failed = results.filter(({ verdict }) => verdict === "fail");
  assert.deepEqual(
    failed.map(({ id }) => id),
    ["framing"],
  );
  assert.match(failed[0]?.note ?? "", /7 bytes \("\\x1B\[0;32m"\) before a line; 4 bytes .* after a line/);
});
