import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { visibleJson } from "../../src/runtime/text.ts";

test("JSON for a terminal steers none, and says the same", () => {
  assert.equal(visibleJson("a\u007f\u009b\u202e\u{e0001}\n"), '"a\\u007f\\u009b\\u202e\\udb40\\udc01\\n"');
  assert.equal(visibleJson({ a: "ö" }, 2), '{\n  "a": "ö"\n}');
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.constantFrom(undefined, 2), (text, indent) => {
      const json = visibleJson([text], indent);
      assert.deepEqual(JSON.parse(json), [text]);
      assert.doesNotMatch(json.replaceAll("\n", ""), /[\p{C}\p{Zl}\p{Zp}]/u);
    }),
  );
});
