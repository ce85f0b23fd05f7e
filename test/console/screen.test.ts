/** What the console shows of what happens. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConsoleMessage } from "../../src/console/board.ts";
import { readEntry } from "../../src/console/entry.ts";
import { Screen } from "../../src/console/screen.ts";
import { contentsOf, type TraceEvent } from "../../src/observe/trace-event.ts";

const time = "2026-11-29T12:00:00.125Z";

function shown(...messages: readonly ConsoleMessage[]): string[] {
  const screen = new Screen();
  return messages.flatMap((message) => screen.lineOf(message, time)?.text ?? []);
}

const lineIn = (text: string, head?: string): TraceEvent => ({
  time,
  kind: "line_in",
  byteCount: text.length,
  ...(head !== undefined && { head }),
  contents: { text },
});

const settled = (processId: string, outcome: "ok" | "no_reply", source?: "local"): TraceEvent => ({
  time,
  kind: "report",
  level: outcome === "ok" ? "debug" : "warn",
  text: `request ${processId}: ${outcome}`,
  report: {
    kind: "settled",
    processId,
    outcome,
    ...(source !== undefined && { source }),
    totalMs: 5,
    queueMs: 0,
    wireMs: 1,
    leftMs: 3000,
  },
});

test("a call is its line, the reply, and the answer with id and time; its settlement is not told twice, another's is", () => {
  assert.deepEqual(
    shown(
      { time, kind: "request", processId: "7", source: "local", byteCount: 2, contents: { text: "on" } },
      { time, kind: "line_out", byteCount: 8, head: ">7", contents: { text: ">7 on*AB12\n" } },
      lineIn("<7 ok", "<7"),
      { time, kind: "answer", ref: 0, processId: "7", payload: { text: "o\\k\n" }, ms: 8.25 },
      settled("7", "ok", "local"),
      settled("8", "ok"),
      settled("9", "no_reply"),
    ),
    [
      "12:00:00.125 ->       >7 on*AB12",
      "12:00:00.125 <-       <7 ok",
      "12:00:00.125 answer   7, 8.3 ms: o\\\\k\\x0A",
      "12:00:00.125 answer   request 8: ok",
      "12:00:00.125 error    request 9: no_reply",
    ],
  );
});

test("an answer has the time at which it came, and what of its time was spent in the queue is told", () => {
  const waited = settled("7", "ok", "local") as TraceEvent & { readonly kind: "report" };
  const report = { ...waited.report, queueMs: 2395 } as typeof waited.report;
  assert.deepEqual(
    shown(
      { time: "2026-11-29T11:59:59.001Z", kind: "answer", ref: 0, processId: "7", payload: { text: "ok" }, ms: 2397 },
      { ...waited, report },
    ),
    ["11:59:59.001 answer   7, 2397.0 ms: ok", "12:00:00.125 info     7: 2395.0 ms of it queued"],
  );
});

test("an error is told with its code, whose it is, and whether the command may have been carried out", () => {
  const error = { source: "mcu", code: "rejected", reason: "refused", executed: "no", message: "busy" };
  const [mcu] = shown({
    time,
    kind: "answer",
    ref: 1,
    processId: "7",
    payload: { text: JSON.stringify({ error }) },
    ms: 3,
  });
  assert.match(mcu ?? "", /error {4}7, 3\.0 ms: rejected \/ refused \(the MCU's\): busy\. It was not carried out\.$/);
  const [lost] = shown({ kind: "unanswered", ref: 1, executed: "unknown", text: "the gateway is gone" });
  assert.match(lost ?? "", /error {4}no answer: the gateway is gone\. It may have been carried out\.$/);
});

test("what a hostile MCU says is text: in lines, answers, hellos and reports", () => {
  const evil = "\x1b]0;mine\x07\x1b[2J\u202e\u009b31m\r";
  const bytes = Buffer.concat([Buffer.from("<7 "), Buffer.from([0xff, 0x1b, 0x5b, 0x41])]);
  const lines = shown(
    lineIn(`<7 ${evil}`, "<7"),
    lineIn(evil),
    { time, kind: "line_in", byteCount: bytes.length, contents: { base64: bytes.toString("base64") } },
    { time, kind: "answer", ref: 0, processId: "7", payload: { text: evil }, ms: 1 },
    { time, kind: "answer", ref: 0, processId: "7", payload: { base64: bytes.toString("base64") }, ms: 1 },
    {
      time,
      kind: "answer",
      ref: 0,
      processId: "7",
      payload: {
        text: JSON.stringify({ error: { source: "mcu", code: evil, reason: evil, executed: "no", message: evil } }),
      },
      ms: 1,
    },
    { time, kind: "probed", ref: 0, result: { kind: "answered", hello: evil, ms: 1 } },
    { kind: "note", text: evil },
  );
  assert.equal(lines.length, 8);
  for (const line of lines) assert.doesNotMatch(line, /[\p{C}\p{Zl}\p{Zp}]/u, line);
  assert.match(lines[2] ?? "", /<7 \\xFF\\x1B\[A$/);
});

test("an answer can be typed as it is shown, whatever its bytes", () => {
  const texts = ["ok", "a\\b", "\n\r\0\x7f", "é 温度", "\u202e\u0085\u{e0001}\ufeff\u2028"].map((text) =>
    Buffer.from(text),
  );
  for (const bytes of [...texts, Buffer.from([0xff, 0x80, 0x41, 0x5c, 0x00])]) {
    const [line = ""] = shown({ time, kind: "answer", ref: 0, processId: "7", payload: contentsOf(bytes), ms: 1 });
    const [, typed = ""] = /ms: (.*)$/.exec(line) ?? [];
    assert.deepEqual(readEntry(typed), { kind: "payload", bytes }, typed);
  }
});

test("drops are told by their names; what the lines show already is not told again", () => {
  const report = (kind: object, level: "info" | "warn" | "debug", text: string) =>
    ({ time, kind: "report", level, text, report: kind }) as TraceEvent;
  assert.deepEqual(
    shown(
      report({ kind: "dropped", name: "late_reply", processId: "7" }, "warn", "dropped late_reply of request 7"),
      report({ kind: "mcu_log", text: "boot" }, "info", "mcu says: boot"),
      report({ kind: "command_resent", processId: "7" }, "debug", "request 7: sent again"),
      { time, kind: "probed", ref: 0, result: { kind: "not_sent", why: "released" } },
      { time, kind: "probed", ref: 0, result: { kind: "unanswered", waitedMs: 1000 } },
      { time, kind: "probed", ref: 0, result: { kind: "answered", hello: "rrpc/1", ms: 3 } },
      { time, kind: "probed", ref: 0, result: { kind: "answered", hello: "rrpc/1" } },
    ),
    [
      "12:00:00.125 warn     dropped late_reply of request 7",
      "12:00:00.125 debug    request 7: sent again",
      "12:00:00.125 error    no probe was sent: somebody else has the port",
      "12:00:00.125 error    no hello within 1000.0 ms",
      "12:00:00.125 hello    3.0 ms: rrpc/1",
      "12:00:00.125 hello    time unknown: rrpc/1",
    ],
  );
});
