/**
 * The parsers against whatever bytes may come, guided by what of them has run. `FUZZ_SECONDS=n` gives each so many
 * seconds, `FUZZ_SEED=n` plays a run again, `FUZZ_KEEP=1` adds to the corpus what reached something new.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fuzz } from "./fuzzer.ts";
import { planted } from "./planted.ts";
import { targets } from "./targets.ts";

const forMs = Number(process.env["FUZZ_SECONDS"] ?? 1) * 1000;
const seed = Number(process.env["FUZZ_SEED"] ?? Date.now());

for (const target of targets) {
  test(`any bytes to ${target.name}`, (t) => {
    const folder = join(import.meta.dirname, "corpus", target.name);
    const kept = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
    const { runCount, fresh } = fuzz(target, { seed, kept, forMs, runsMax: Number.POSITIVE_INFINITY });
    t.diagnostic(`seed ${seed}: ${runCount} inputs, ${fresh.length} of them reached something new`);
    if (process.env["FUZZ_KEEP"] === "1") for (const input of fresh) writeFileSync(join(folder, nameOf(input)), input);
    assert.ok(kept.length > 0, "there is a corpus");
    assert.ok(runCount > 0, "there was time to try something");
  });
}

function nameOf(input: Buffer): string {
  return createHash("sha256").update(input).digest("hex").slice(0, 12);
}

test("the fuzzer finds a fault behind three bytes in a row, of which blind luck would try millions", () => {
  const options = { seed: 1, kept: [], forMs: Number.POSITIVE_INFINITY, runsMax: 200_000 };
  assert.throws(() => fuzz(planted, options), /planted fails on .*fuz/);
});
