import assert from "node:assert/strict";
import { test } from "node:test";
import { reasons } from "../../src/core/outcome.ts";
import { dropNames } from "../../src/core/report.ts";
import { Coverage } from "./coverage.ts";
import { tellShrunk } from "./shrinker.ts";
import { World } from "./world.ts";

/** So many that everything which can happen does; `npm run search` plays more. */
const worldCount = 800;

/** What the correlator never sees: the adapters report these. */
const outsideNames = [
  "stale_bytes",
  "retained_request",
  "foreign_topic",
  "unknown_device",
  "unknown_hub_message",
  "malformed_hub_message",
  "session_over",
  "unsent_response",
  "unheard_answer",
  "unsent_operation",
];
/** The worlds' MCUs put nothing in front of their lines: transcripts show it. */
const misframedNames = ["misframed_reply", "misframed_hello", "misframed_event"];
/** More ids than a world has: other tests show it. */
const rareNames = ["forgotten_id"];

test(`${worldCount} random worlds break no promise, and everything that can happen has happened`, () => {
  const coverage = new Coverage();
  for (let seed = 1; seed <= worldCount; seed++) {
    const world = new World(seed, { coverage });
    world.run();
    if (world.oracle.violations.length > 0) assert.fail(tellShrunk(seed));
  }
  const outcomes = Object.keys(reasons).map((reason) => `settled ${reason}`);
  const drops = dropNames
    .filter((name) => ![...outsideNames, ...misframedNames, ...rareNames].includes(name))
    .map((name) => `dropped ${name}`);
  const told = ["told late_reply", "told mcu_restarted"];
  const missing = [...outcomes, ...drops, ...told].filter((name) => coverage.count(name) === 0);
  assert.deepEqual(missing, [], "outcomes and drops that no world has shown");
  assert.ok(coverage.writtenShare >= 0.4, `only ${coverage.writtenShare} of the requests reach the wire`);
});
