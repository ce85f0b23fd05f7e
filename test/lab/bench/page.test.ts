// The report: nothing from the board becomes markup, nothing is loaded from elsewhere.
import assert from "node:assert/strict";
import { test } from "node:test";
import { figuresOf } from "../../../src/lab/bench/load/figures.ts";
import type { LoadPlan } from "../../../src/lab/bench/load/plan.ts";
import type { RequestRecord } from "../../../src/lab/bench/load/record.ts";
import { html, ticks } from "../../../src/lab/bench/report/html.ts";
import { resultPage } from "../../../src/lab/bench/report/page.ts";
import { type BenchResult, deviations } from "../../../src/lab/bench/report/result.ts";
import { lineText, ms, percent } from "../../../src/lab/bench/report/text.ts";

const split = { queueMs: 1, wireMs: 2, mcuMs: 3, gatewayMs: 4 };
const records = Array.from({ length: 2000 }, (_, index): RequestRecord => {
  const outcome = index === 7 ? "<b>aborted</b> / x" : "ok";
  return { index, processId: String(index), payloadBytes: 4, startMs: index, totalMs: 10, outcome, split };
});

const plan: LoadPlan = {
  requests: 2000,
  durationMs: 1000,
  pace: { kind: "rate", perSecond: 20 },
  sizesBytes: [4],
  plain: "ping",
};

function result(): BenchResult {
  const fw = "<script>alert(1)</script>";
  const rule = { id: "answer", name: "A & B", section: "Lines", note: '"note"' };
  return {
    environment: {
      startedAt: new Date(0),
      specimen: { board: "pump </style>", serialNumber: "0042", operator: "<b>Ada</b>" },
      adapter: undefined,
      replyBytesMax: 2048,
      version: "1.2.3",
      node: "v20",
      machine: "linux",
      port: "/dev/<tty>",
      format: "115200 8N1",
      commands: { plain: "ping", count: "count", slow: "wait 400" },
      cutoffMs: 4000,
    },
    conformance: {
      hello: { window: 1, lineBytesMax: 256, crc: false, dedup: 0, cancel: false, boot: "<i>", fw, problems: [] },
      abilities: { echoes: true, counts: true, slowMs: 400 },
      results: [
        { ...rule, verdict: "fail", exchanged: [{ direction: "received", line: "<7 <img src=x>\x1b[31m" }] },
        { ...rule, verdict: "not_claimed", exchanged: [] },
      ],
    },
    load: {
      result: {
        plan,
        records,
        gatewayCounts: new Map([["<u>", 1]]),
        strayReplies: 1,
        lostEvents: 2,
        readyAfterMs: 5,
        echoes: true,
      },
      figures: figuresOf(records, 4000),
    },
    against: undefined,
  };
}

test("what a board says is text on the page", () => {
  const page = resultPage(result());
  for (const markup of ["<script", "<img", "<b>", "<u>", "<i>", "/dev/<tty>", "\x1b"])
    assert.ok(!page.includes(markup), markup);
  // On each printed page too: what a person has typed ends neither the string nor the style.
  assert.match(page, /@top-left \{ content: "Bench report: pump \\3c \/style\\3e {2}S\/N 0042, 1970-01-01 00:00 UTC";/);
  assert.match(page, /@top-right \{ content: "FAIL";/);
  assert.ok(page.includes("&lt;script&gt;alert(1)&lt;/script&gt;"));
  assert.ok(page.includes("◀ &lt;7 &lt;img src=x&gt;\\x1B[31m"));
});

test("the page is self-contained, and every element that it opens it closes", () => {
  const page = resultPage(result());
  assert.doesNotMatch(page, /<[^>]*\b(src|href|srcset)=|https?:|@import|url\(/);
  const open: string[] = [];
  for (const [, end, name = "", self] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*?(\/?)>/g)) {
    if (self === "/" || ["meta", "rect", "line"].includes(name)) {
      // An element without content, or one of SVG's that has its title in it.
      if (self !== "/" && name !== "meta") end === "/" ? assert.equal(open.pop(), name) : open.push(name);
    } else if (end === "/") assert.equal(open.pop(), name);
    else open.push(name);
  }
  assert.deepEqual(open, []);
});

test("many requests make a page that still opens", () => {
  const many = result();
  assert.ok(resultPage(many).length < 1_000_000);
  const none = figuresOf([], 4000);
  const load = { result: { ...many.load?.result, records: [] }, figures: none } as unknown;
  assert.match(resultPage({ ...many, load: load as NonNullable<BenchResult["load"]> }), /0 of 0 answered/);
});

test("each deviation is named", () => {
  assert.deepEqual(deviations(result()), [
    "rules of the line protocol that failed: 1 (answer)",
    "requests not answered: 1 of 2000",
    "unexpected replies at the hub: 1",
    "events of the gateway that the bench missed: 2; lower the rate or the concurrency",
  ]);
  assert.deepEqual(deviations({ ...result(), conformance: undefined, load: undefined, against: undefined }), []);
});

test("figures and lines as text", () => {
  assert.deepEqual([0.123, 12.34, 123.4, undefined].map(ms), ["0.12", "12.3", "123", "–"]);
  assert.deepEqual([1, 0.99999, 0.5, 0].map(percent), ["100 %", "99.99 %", "50.0 %", "0.0 %"]);
  assert.equal(lineText("a\x1b\nb", 10), "a\\x1B␊b");
  assert.equal(lineText("x".repeat(20), 10), `${"x".repeat(9)}…`);
  assert.equal(html`<p>${"a<b"}${html`<i>`}${[1, false, undefined, "&"]}</p>`.markup, "<p>a&lt;b<i>1&amp;</p>");
  assert.deepEqual(ticks(10, 4), [0, 5, 10]);
});
