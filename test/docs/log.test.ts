/** The table of log lines in docs/operations.md has the words that the gateway logs. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { Report } from "../../src/core/report.ts";
import { describeReport } from "../../src/gateway/reports/catalogue.ts";
import { root, rowsOf } from "../support/documents.ts";
import { readProject, withoutComments } from "../tidy/source.ts";

const lines = rowsOf("docs/operations.md", "log").map(([line = ""]) => line);

const times = { totalMs: 3400, queueMs: undefined, wireMs: undefined, leftMs: 100 };
const away = { unansweredCount: 2, answersProbes: false };

/** The rows that tell of a report, each with a report that is logged so. */
const reported: { readonly [line: string]: Report } = {
  "mcu: …": { kind: "mcu_hello", text: "rrpc/1 window 2" },
  "mcu says … that may be an answer: not shown": { kind: "mcu_log_hidden", byteCount: 7 },
  "mcu: taken off a line: …": {
    kind: "bytes_skipped",
    skips: [{ name: "control_bytes", where: "end", byteCount: 1 }],
    around: ["\\r"],
  },
  "… if its lines end so, set serial.lineEnd: …": { kind: "other_line_end", ours: "lf", byteCount: 64 },
  "the reply to … has …": { kind: "dropped", name: "misframed_reply", processId: "7", detail: "text in front of it" },
  "mcu is away: …": { kind: "mcu_away", ...away },
  "mcu answers again after …": { kind: "mcu_back", awayMs: 5000, rung: "probe" },
  "mcu has restarted, …": { kind: "mcu_restarted", inFlightCount: 1 },
  "what is written to the serial port comes back…": { kind: "echo", finding: "heard" },
  "what is sent comes back, and nobody else answers…": { kind: "echo", finding: "alone" },
  "… has not come back…": { kind: "echo", finding: "missing" },
  "nothing is sent to the mcu for …": { kind: "writes_held", reason: "first_opening", forMs: 4000, processId: "" },
  "request …: …": { kind: "settled", processId: "7", outcome: "no_reply", ...times },
  "dropped …": { kind: "dropped", name: "late_reply", processId: "7" },
};

/** Whether a line of the table, with `…` for what differs, is the whole of `text`. */
function isLine(line: string, text: string): boolean {
  const parts = line.split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".+")}$`).test(text);
}

for (const [line, report] of Object.entries(reported))
  test(`a report is logged as the table says: ${line}`, () => {
    assert.ok(lines.includes(line), "the table has it");
    const { text } = describeReport(report);
    assert.ok(isLine(line, text), text);
  });

test("every other line of the table is the code's own words", () => {
  const code = readProject(join(root, "src"))
    .map(({ text }) => withoutComments(text))
    .join("\n");
  const others = lines.filter((line) => reported[line] === undefined);
  assert.ok(others.length > 5);
  for (const line of others) {
    const words = line
      .split("…")
      .map((part) => part.trim())
      .filter((part) => part !== "");
    for (const part of words) assert.ok(code.includes(part), `no code says ${part}`);
    // A short piece stands somewhere in the code by chance.
    assert.ok(
      words.some((part) => part.length >= 10),
      `${line} has a part that is long enough to be looked for`,
    );
  }
});

test("a line that differs from what is logged is noticed", () => {
  assert.ok(isLine("request …: …", "request 7: no_reply after 3400.0 ms"));
  for (const wrong of ["requests …: …", "Request …: …", "request …: ok…", "request …: no_reply"])
    assert.ok(!isLine(wrong, "request 7: no_reply after 3400.0 ms"), wrong);
});
