/** How the monitor's lines read where there are several boards. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BoardDownReason } from "../../src/gateway/boundary.ts";
import { formatTrace } from "../../src/observe/format-trace.ts";
import { soleBoard } from "../../src/runtime/board-name.ts";

const time = "2026-01-01T12:34:56.789Z";

test("a line names its board; that of a sole board, and what belongs to none, is as it always was", () => {
  const line = (board: string | undefined) =>
    formatTrace({ time, ...(board !== undefined && { board }), kind: "line_in", head: "<7", byteCount: 5 });
  assert.equal(line("pump"), "12:34:56.789 from mcu pump: <7 (5 bytes)");
  assert.equal(line(soleBoard), "12:34:56.789 from mcu <7 (5 bytes)");
  assert.equal(formatTrace({ time, kind: "session", isUp: true }), "12:34:56.789 session  up");
  const online = (isUp: boolean, reason?: BoardDownReason) =>
    formatTrace({ time, board: "pump", kind: "online", isUp, ...(reason !== undefined && { reason }) });
  assert.equal(online(true), "12:34:56.789 hub      pump: online");
  const refused = { kind: "refused", operation: "bind", code: 803 } as const;
  assert.equal(online(false, refused), "12:34:56.789 hub      pump: offline: refused bind 803");
  assert.equal(online(false, { kind: "unbound" }), "12:34:56.789 hub      pump: offline: unbound");
  assert.equal(
    formatTrace({ time, board: "pump", kind: "gap", count: 9 }),
    "12:34:56.789 gap      pump: 9 that are not kept any more",
  );
});
