/** What `--filter` lets through, and what it takes for a filter. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readFilter } from "../../src/observe/filter.ts";
import type { TraceEvent } from "../../src/observe/trace-event.ts";

const time = "2026-01-01T00:00:00.000Z";

/** One of each, by a name for it. */
const events: Readonly<Record<string, TraceEvent>> = {
  "request 1": { time, kind: "request", processId: "1", byteCount: 2 },
  "response 1": { time, kind: "response", processId: "1", byteCount: 2 },
  "command 1": { time, kind: "line_out", head: ">1", byteCount: 6 },
  "reply 1": { time, kind: "line_in", head: "<1", byteCount: 5 },
  "reply 2": { time, kind: "line_in", head: "<2", byteCount: 5 },
  "event 1": { time, kind: "line_in", head: "@1", byteCount: 5 },
  "other line": { time, kind: "line_in", byteCount: 5 },
  session: { time, kind: "session", isUp: true },
  link: { time, kind: "link", isUp: false },
  "error 1": {
    time,
    kind: "report",
    level: "warn",
    text: "",
    report: { kind: "dropped", name: "late_reply", processId: "1" },
  },
  hello: { time, kind: "report", level: "info", text: "", report: { kind: "mcu_hello", text: "" } },
  status: { time, kind: "status", text: "hub up for 2 s" },
  lost: { time, kind: "lost", count: 7 },
  "pump's request 1": { time, board: "pump", kind: "request", processId: "1", byteCount: 2 },
  "fan's request 1": { time, board: "fan", kind: "request", processId: "1", byteCount: 2 },
  "fan offline": { time, board: "fan", kind: "online", isUp: false, reason: { kind: "unbound" } },
  "fan's link": { time, board: "fan", kind: "link", isUp: true },
};

function shown(filter: string): string[] {
  const accepts = readFilter(filter);
  assert.ok(accepts, filter);
  return Object.keys(events).filter((name) => events[name] !== undefined && accepts(events[name]));
}

for (const [filter, expected] of [
  ["line", ["command 1", "reply 1", "reply 2", "event 1", "other line", "lost"]],
  ["line_out", ["command 1", "lost"]],
  [
    "id=1",
    ["request 1", "response 1", "command 1", "reply 1", "error 1", "lost", "pump's request 1", "fan's request 1"],
  ],
  ["line,id=2", ["reply 2", "lost"]],
  ["line_in, id=1, id=2", ["reply 1", "reply 2", "lost"]],
  ["session,link", ["session", "link", "lost", "fan's link"]],
  ["board=fan,link", ["link", "lost", "fan's link"]],
  ["online", ["lost", "fan offline"]],
  ["board=fan, board=pump, request, id=1", ["request 1", "lost", "pump's request 1", "fan's request 1"]],
  ["status", ["status", "lost"]],
  ["error", ["error 1", "lost"]],
  ["report", ["error 1", "hello", "lost"]],
] as const)
  test(`--filter ${filter}`, () => assert.deepEqual(shown(filter), expected));

for (const filter of ["", "requests", "line,", "id=", "id=,line", "board=", "line;session"])
  test(`no filter: "${filter}"`, () => assert.equal(readFilter(filter), undefined));
