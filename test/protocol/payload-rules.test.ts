import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { payloadRules, unusablePatterns } from "../../src/protocol/payload-rules.ts";

type Lists = { readonly allow?: readonly string[]; readonly deny?: readonly string[] };

/** What becomes of a payload, and the pattern that decided, from 1. */
function verdict({ allow, deny }: Lists, payload: string | Buffer): string {
  const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
  const judged = payloadRules({ allow, deny })?.judge(bytes) ?? { kind: "allowed", by: undefined };
  const by = "by" in judged && judged.by !== undefined ? ` by ${judged.by.list} ${judged.by.index + 1}` : "";
  return `${judged.kind}${by}`;
}

test("without a pattern there is nothing to ask", () => {
  assert.equal(payloadRules({ allow: undefined, deny: undefined }), undefined);
  assert.equal(payloadRules({ allow: undefined, deny: [] }), undefined);
});

test("a pattern matches the whole payload, and no part of it", () => {
  const allow = ["status", "led (on|off)"];
  assert.equal(verdict({ allow }, "status"), "allowed by allow 1");
  assert.equal(verdict({ allow }, "led off"), "allowed by allow 2");
  for (const other of ["", "status ", " status", "status\n", "\nstatus", "status\nreset", "led on;reset", "STATUS"])
    assert.equal(verdict({ allow }, other), "not_listed", JSON.stringify(other));
  for (const pattern of ["^status$", "(?m)^status$"])
    assert.equal(verdict({ allow: [pattern] }, "reset\nstatus"), "not_listed", pattern);
});

test("a dot is any character, also a line end, so that nothing hides behind one", () => {
  for (const payload of ["factory", "x\nfactory\ny", "x\r\0factory", "x\u2028factory"])
    assert.equal(verdict({ deny: [".*factory.*"] }, payload), "denied by deny 1", JSON.stringify(payload));
});

test("what is denied is so whatever is allowed; an empty list allows nothing", () => {
  const rules = { allow: ["set .*"], deny: ["x", "set unit .*"] };
  assert.equal(verdict(rules, "set unit 4"), "denied by deny 2");
  assert.equal(verdict(rules, "set a"), "allowed by allow 1");
  assert.equal(verdict({ deny: ["x"] }, "set unit 4"), "allowed");
  assert.equal(verdict({ allow: [] }, ""), "not_listed");
});

test("text is text, beyond ASCII too", () => {
  assert.equal(verdict({ allow: ["开灯 [0-9]+"] }, "开灯 12"), "allowed by allow 1");
  assert.equal(verdict({ allow: ["."] }, "😀"), "allowed by allow 1");
  assert.equal(verdict({ allow: ["(?i)größe"] }, "GRÖSSE"), "not_listed");
  assert.equal(verdict({ allow: ["(?i)größe"] }, "GRÖßE"), "allowed by allow 1");
});

test("bytes that are no UTF-8 are refused wherever there is a pattern: no other character stands for them", () => {
  for (const bytes of [[0xff], [0x61, 0xc3], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80]]) {
    assert.equal(verdict({ allow: [".*"] }, Buffer.from(bytes)), "no_text");
    assert.equal(verdict({ deny: ["x"] }, Buffer.from(bytes)), "no_text");
    assert.equal(verdict({}, Buffer.from(bytes)), "allowed");
  }
});

test("no payload holds a pattern up, however they are made for each other", () => {
  const patterns = ["(a+)+b", "(a|a)*b", "(a?){30}a{30}", "(.*)(.*)(.*)(.*)b", "(?:[a-z]+ ?){1,20}!"];
  const rules = payloadRules({ allow: patterns, deny: patterns });
  const began = performance.now();
  assert.equal(rules?.judge(Buffer.from("a".repeat(16_384))).kind, "not_listed");
  // Measured: 80 ms. Backtracking would take longer than there is time.
  assert.ok(performance.now() - began < 5000);
});

/** Patterns that mean the same to RE2 and to JavaScript. */
const pattern = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "", "^", "$", "\\b"),
    fc.tuple(tie("any"), tie("any")).map((parts) => parts.join("")),
    fc.tuple(tie("any"), tie("any")).map((parts) => `(?:${parts.join("|")})`),
    fc
      .tuple(tie("any"), fc.constantFrom("*", "+", "?", "{2}", "{0,2}", "*?"))
      .map(([one, times]) => `(?:${one})${times}`),
  ),
})).any as fc.Arbitrary<string>;

test("RE2 says of any pattern and any text what JavaScript says", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "\n", " "), maxLength: 8 });
  fc.assert(
    fc.property(pattern, text, (source, payload) => {
      const expected = new RegExp(`^(?:${source})$`, "s").test(payload) ? "allowed by allow 1" : "not_listed";
      assert.equal(verdict({ allow: [source] }, payload), expected);
    }),
    { numRuns: 3000 },
  );
});

test("patterns that cannot be used are all told, each by its index; a list may be only so large", () => {
  const why = (sources: readonly string[]) => unusablePatterns(sources).map(({ index, why }) => `${index}: ${why}`);
  assert.deepEqual(why(["ok", "(", "a{1000}", "(?=a)", "\\1"]), [
    "1: missing closing ): `(`",
    "2: one that is too large",
    "3: invalid or unsupported Perl syntax: `(?=`",
    "4: invalid escape sequence: `\\1`",
  ]);
  const large = "[a-z]{200}";
  assert.deepEqual(why(Array<string>(12).fill(large)), ["10: one with which the list is too large"]);
});
