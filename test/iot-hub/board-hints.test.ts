import assert from "node:assert/strict";
import { test } from "node:test";
import { type BoardDownReason, boardDownNamed, describeBoardDown } from "../../src/iot-hub/board-hints.ts";

const reasons: readonly BoardDownReason[] = [
  { kind: "no_answer", operation: "online" },
  { kind: "no_answer", operation: "bind" },
  { kind: "no_answer", operation: "subscribe" },
  { kind: "refused", operation: "online", code: -1 },
  { kind: "refused", operation: "bind", code: 803 },
  { kind: "not_permitted" },
  { kind: "not_a_gateway" },
  { kind: "unbound" },
  { kind: "absent" },
];

test("each reason why a board gets no requests is known by its name, and each name is another one", () => {
  const names = reasons.map((reason) => describeBoardDown(reason).name);
  assert.equal(new Set(names).size, names.length);
  assert.deepEqual(names.map(boardDownNamed), reasons);
  for (const name of ["", "refused", "refused of 3", "no_answer", "constructor"])
    assert.equal(boardDownNamed(name), undefined, name);
});
