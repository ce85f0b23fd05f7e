import assert from "node:assert/strict";
import { test } from "node:test";
import { AnsweredRequests } from "../../src/core/answered.ts";

const traits = { wasReplied: true, keepsId: false };
const answered = (response: string) => ({ kind: "answered", response: Buffer.from(response) }) as const;
const unknown = { kind: "unknown" } as const;

/** More than are remembered: every place is used again. */
const manyMax = 3000;

test("of requests with one id each is answered again with its own response, while others come and go", () => {
  const requests = new AnsweredRequests(4000);
  for (let n = 0; n < manyMax; n++) {
    const id = n % 3 === 0 ? "same" : `id${n}`;
    const memory = requests.remember(id, Buffer.from(`ask ${n}`), Buffer.from(`answer ${n}`), traits, n);
    assert.equal(memory, n < 1024 ? "remembered" : "oldest_forgotten");
    assert.deepEqual(requests.find(id, Buffer.from(`ask ${n}`), n), answered(`answer ${n}`));
    if (n >= 300) {
      const before = n - 300;
      const itsId = before % 3 === 0 ? "same" : `id${before}`;
      assert.deepEqual(requests.find(itsId, Buffer.from(`ask ${before}`), n), answered(`answer ${before}`));
    }
    if (n >= 1024) {
      const forgotten = n - 1024;
      const itsId = forgotten % 3 === 0 ? "same" : `id${forgotten}`;
      assert.deepEqual(requests.find(itsId, Buffer.from(`ask ${forgotten}`), n), unknown);
    }
  }
});

test("what the cutoff is over for is forgotten, and its id is free", () => {
  const requests = new AnsweredRequests(1000);
  requests.remember("7", Buffer.from("a"), Buffer.from("A"), { wasReplied: true, keepsId: true }, 0);
  requests.remember("7", Buffer.from("b"), Buffer.from("B"), traits, 10);
  assert.deepEqual(requests.find("7", Buffer.from("c"), 999), { kind: "taken" });
  assert.deepEqual(requests.find("7", Buffer.from("c"), 1000), unknown);
  assert.deepEqual(requests.find("7", Buffer.from("b"), 1000), answered("B"));
  assert.deepEqual(requests.find("7", Buffer.from("b"), 1010), unknown);
  assert.equal(requests.replied("7", 1010), undefined);
});

test("of more than 2 MiB only the latest are kept: the others' ids are taken", () => {
  const requests = new AnsweredRequests(4000);
  const large = Buffer.alloc(16 * 1024, "x");
  for (let n = 0; n < 200; n++) requests.remember(String(n), Buffer.from(`ask ${n}`), large, traits, n);
  assert.deepEqual(requests.find("0", Buffer.from("ask 0"), 200), { kind: "taken" });
  assert.equal(requests.find("199", Buffer.from("ask 199"), 200).kind, "answered");
  assert.equal(requests.find("100", Buffer.from("ask 100"), 200).kind, "answered");
});
