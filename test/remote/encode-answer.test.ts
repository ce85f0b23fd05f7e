import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { RemoteResult } from "../../src/remote/answer.ts";
import { encodeAnswer } from "../../src/remote/encode-answer.ts";
import { hold } from "../support/schema.ts";
import { remoteResponse } from "./answer-schema.ts";

const time = new Date(0).toISOString();
const event = (text: string) => ({ time, kind: "status", text }) as const;
const finding = (subject: string) => ({ id: "i", code: "c", state: "ok", subject });

test("what fits is whole", () => {
  const result: RemoteResult = { operation: "dump", events: [event("a"), event("b")] };
  assert.deepEqual(JSON.parse(encodeAnswer(result, 1000).toString()), { remote: 1, ...result });
});

test("of a trace the latest stay, of findings and boards the first", () => {
  const texts = Array.from({ length: 100 }, (_, index) => `${index}`);
  const dump = JSON.parse(encodeAnswer({ operation: "dump", events: texts.map(event) }, 1000).toString());
  assert.equal(dump.events.at(-1).text, "99");
  assert.equal(dump.events.length + dump.leftOut.events, 100);
  const done = { state: "done", tookMs: 1, agoMs: 0, result: "examined", status: "ok" } as const;
  const doctor = { operation: "doctor", ...done, findings: texts.map(finding) } as const;
  const report = JSON.parse(encodeAnswer(doctor, 1000).toString());
  assert.equal(report.findings[0].subject, "0");
  assert.equal(report.findings.length + report.leftOut.findings, 100);
});

test("whatever the texts are: valid, of the schema, within the size, and nearly full", () => {
  const texts = fc.array(fc.string({ unit: "binary", maxLength: 300 }), { maxLength: 80 });
  fc.assert(
    fc.property(texts, fc.integer({ min: 2000, max: 16_000 }), fc.boolean(), (all, bytesMax, isDump) => {
      const done = { state: "done", tookMs: 1, agoMs: 0, result: "examined", status: "ok" } as const;
      const result: RemoteResult = isDump
        ? { operation: "dump", events: all.map(event) }
        : { operation: "doctor", ...done, findings: all.map(finding) };
      const bytes = encodeAnswer(result, bytesMax);
      assert.ok(bytes.length <= bytesMax);
      const answer = JSON.parse(bytes.toString());
      hold(remoteResponse, answer);
      // Six bytes for each character at most, and what stands around a text.
      if (answer.leftOut !== undefined)
        assert.ok(bytes.length > bytesMax - 300 * 6 - 100, `${bytes.length} of ${bytesMax}`);
    }),
  );
});
