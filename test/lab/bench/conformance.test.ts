// The bench is right: a sound board passes, and a board with one quirk fails exactly the rules that it breaks.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { checkBoard, rules } from "../../../src/lab/bench/conformance/check-board.ts";
import { echoing, type Quirk, quirkyBoard } from "./quirky-board.ts";

const commands = { plain: "ping", count: "count", slow: "slow 150" };

async function failedRules(quirk: Quirk): Promise<string[]> {
  const { results } = await checkBoard(quirkyBoard(quirk), commands);
  assert.equal(results.length, rules.length + 1);
  return results.filter(({ verdict }) => verdict === "fail").map(({ id }) => id);
}

/** Each quirk, and the rules that it breaks; the first is the one that it is about. */
const broken: readonly (readonly [Quirk, readonly string[]])[] = [
  ["none", []],
  ["silent", ["answer"]],
  ["answers twice", ["answer", "unknown-sigils", "malformed", "overlong", "garbage", "same-id", "same-line-at-work"]],
  ["cuts ids", ["ids"]],
  ["wants a payload", ["empty-payload"]],
  ["answers malformed lines", ["malformed"]],
  ["does not unescape", ["escapes"]],
  ["takes one byte too few", ["longest-line", "window"]],
  ["breaks overlong lines up", ["overlong", "garbage"]],
  ["reports no damage", ["damaged"]],
  ["believes damaged lines", ["damaged"]],
  ["holds one command", ["window"]],
  ["forgets", ["same-line", "memory"]],
  ["remembers one", ["memory"]],
  ["knows ids only", ["same-id"]],
  ["cannot cancel", ["cancel"]],
  ["answers unknown cancels", ["cancel-unknown"]],
  ["wants whole lines", ["pieces"]],
  ["new boot word with each hello", ["boot-word", "unexpected-output"]],
  ["same boot word at each start", ["boot-hello"]],
  ["hello with a bad value", ["probe"]],
  ["logs without checksums", ["unexpected-output"]],
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

test("every rule can fail", () => {
  const found = new Set(broken.flatMap(([, ids]) => ids));
  // A board that stops at empty lines, or knows no bare probe, fails the handshake, and with it nearly every rule.
  const unseen = ["line-ends", "bare-probe"];
  assert.deepEqual(
    rules.map(({ id }) => id).filter((id) => !found.has(id)),
    unseen,
  );
});

test("what comes back of what was sent is nothing that the board says", async () => {
  const { results } = await checkBoard(echoing(quirkyBoard("none")), commands);
  assert.deepEqual(
    results.filter(({ verdict }) => verdict !== "pass").map(({ id, note }) => `${id}: ${note}`),
    [],
  );
  assert.match(results.at(-1)?.note ?? "", /^\d{2,} sent lines came back/);
});

test("TX connected to RX is reported as such", async () => {
  const { results } = await checkBoard(echoing(quirkyBoard("none"), true), commands);
  const [first, ...others] = results;
  assert.deepEqual(
    [first?.id, first?.verdict, first?.note],
    ["answer", "fail", "what is sent comes back, and nothing else answers: is TX connected to RX?"],
  );
  for (const { id, verdict } of others) assert.notEqual(verdict, "pass", id);
});

test("what a board does not claim is not tested", async () => {
  const { hello, results } = await checkBoard(quirkyBoard("minimal"), commands);
  assert.equal(hello, undefined);
  const verdicts = new Map(results.map(({ id, verdict }) => [id, verdict]));
  assert.deepEqual(
    ["answer", "ids", "garbage", "unexpected-output"].map((id) => verdicts.get(id)),
    ["pass", "pass", "pass", "pass"],
  );
  for (const { id, claim } of rules) if (claim !== undefined) assert.equal(verdicts.get(id), "not_claimed", id);
});

test("what cannot be seen gets no verdict", async () => {
  const { results } = await checkBoard(quirkyBoard("none"), { plain: "ping", count: "ping", slow: "ping" });
  const verdicts = new Map(results.map(({ id, verdict, note }) => [id, `${verdict} ${note}`]));
  for (const id of ["same-line", "memory"]) assert.match(verdicts.get(id) ?? "", /^not_judged the --count command is/);
  for (const id of ["cancel", "same-line-at-work"])
    assert.match(verdicts.get(id) ?? "", /^not_judged the --slow command does/);
});

test("every rule names a heading of the protocol's document", () => {
  const document = readFileSync(new URL("../../../docs/line-protocol.md", import.meta.url), "utf8");
  for (const { section } of rules) assert.ok(document.includes(`\n## ${section}\n`), section);
  assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length);
});
