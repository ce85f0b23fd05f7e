// The bench is right: a sound board passes, and a board with one quirk fails exactly the rules that it breaks.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { checkBoard, rules } from "../../../src/lab/bench/conformance/check-board.ts";
import { echoing, type Quirk, quirkyBoard } from "./quirky-board.ts";

/** As the gateway's defaults. */
const settings = { replyBytesMax: 2048, lineEnd: "lf", prompt: undefined, dataBits: 8 } as const;
const commands = { plain: "ping", count: "count", slow: "slow 150" };

async function failedRules(quirk: Quirk): Promise<string[]> {
  const { results } = await checkBoard(quirkyBoard(quirk), commands, settings);
  assert.equal(results.length, rules.length);
  return results.filter(({ verdict }) => verdict === "fail").map(({ id }) => id);
}

/** Each quirk, and the rules that it breaks; the first is the one that it is about. */
const broken: readonly (readonly [Quirk, readonly string[]])[] = [
  ["none", []],
  // A word of its own is no echo of ours.
  ["says pong", []],
  ["silent", ["answer"]],
  ["answers twice", ["once"]],
  ["cuts ids", ["ids"]],
  ["wants a payload", ["empty-payload"]],
  ["answers malformed lines", ["malformed"]],
  ["does not unescape", ["escapes"]],
  ["takes one byte too few", ["longest-line"]],
  ["breaks overlong lines up", ["overlong"]],
  ["reports no damage", ["damaged"]],
  ["believes damaged lines", ["damaged"]],
  ["holds one command", ["window"]],
  ["forgets", ["same-line"]],
  ["remembers one", ["memory"]],
  ["knows ids only", ["same-id"]],
  ["cannot cancel", ["cancel"]],
  ["answers unknown cancels", ["cancel-unknown"]],
  ["wants whole lines", ["pieces"]],
  ["new boot word with each hello", ["boot-word"]],
  ["same boot word at each start", ["boot-hello"]],
  ["hello with a bad value", ["probe"]],
  ["logs without checksums", ["checksum"]],
  ["keeps half lines", ["silence"]],
  ["reports openings", ["opening"]],
  ["does what an opening completes", ["opening"]],
  ["puts probes off", ["probe-order"]],
  ["answers a probe once", ["probe-order"]],
];

test("each quirk is found, and nothing else", { concurrency: true }, async (t) => {
  await Promise.all(
    broken.map(([quirk, expected]) =>
      t.test(quirk, async () => assert.deepEqual((await failedRules(quirk)).sort(), [...expected].sort())),
    ),
  );
});

test("what comes back of what was sent is nothing that the board says", async () => {
  const { results } = await checkBoard(echoing(quirkyBoard("none")), commands, settings);
  assert.deepEqual(
    results.filter(({ verdict }) => verdict !== "pass").map(({ id, note }) => `${id}: ${note}`),
    [],
  );
  assert.match(results.find(({ id }) => id === "framing")?.note ?? "", /^\d{2,} sent lines came back/);
});

test("a sound board on a line of seven data bits is sent nothing that does not fit, and passes", async () => {
  const { write, ...port } = quirkyBoard("none");
  const sevenBits = { ...port, write: (bytes: Buffer) => write(bytes.map((byte) => byte & 0x7f) as Buffer) };
  const { results } = await checkBoard(sevenBits, commands, { ...settings, dataBits: 7 });
  assert.deepEqual(
    results.filter(({ verdict }) => verdict !== "pass").map(({ id, note }) => `${id}: ${note}`),
    [],
  );
});

test("TX connected to RX is reported as such", async () => {
  const { results } = await checkBoard(echoing(quirkyBoard("none"), true), commands, settings);
  const failed = results.filter(({ verdict }) => verdict === "fail");
  assert.deepEqual(
    failed.map(({ id }) => id),
    ["answer"],
  );
  assert.match(failed[0]?.note ?? "", /: what is sent comes back, and nothing else answers: is TX connected to RX\?$/);
  for (const { id, verdict } of results) if (verdict === "pass") assert.ok(["format", "framing"].includes(id), id);
});

test("what a board does not claim is not tested", async () => {
  const { hello, results } = await checkBoard(quirkyBoard("minimal"), commands, settings);
  assert.equal(hello, undefined);
  const verdicts = new Map(results.map(({ id, verdict }) => [id, verdict]));
  assert.deepEqual(
    ["answer", "ids", "garbage", "unexpected-output"].map((id) => verdicts.get(id)),
    ["pass", "pass", "pass", "pass"],
  );
  for (const { id, claim } of rules) if (claim !== undefined) assert.equal(verdicts.get(id), "not_claimed", id);
});

test("what cannot be seen gets no verdict", async () => {
  const { results } = await checkBoard(quirkyBoard("none"), { plain: "ping", count: "ping", slow: "ping" }, settings);
  const verdicts = new Map(results.map(({ id, verdict, note }) => [id, `${verdict} ${note}`]));
  for (const id of ["same-line"])
    assert.match(verdicts.get(id) ?? "", /^not_judged "\w+" is not answered with the next number each time/);
  for (const id of ["cancel", "same-line-at-work"])
    assert.match(verdicts.get(id) ?? "", /^not_judged "\w[^"]*" does not take as long as it says/);
});

test("every rule names a heading of the protocol's document", () => {
  const document = readFileSync(new URL("../../../docs/line-protocol.md", import.meta.url), "utf8");
  for (const { section } of rules) assert.ok(document.includes(`\n## ${section}\n`), section);
  assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length);
});
