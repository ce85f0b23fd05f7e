import assert from "node:assert/strict";
import { test } from "node:test";
import { reasons } from "../../src/core/outcome.ts";
import { dropNames } from "../../src/core/report.ts";
import { Coverage } from "./coverage.ts";
import { type Kind, usualKinds } from "./kinds.ts";
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
  const told = ["told late_reply", "told mcu_restarted", "local written"];
  const probed = ["answered", "unanswered", "at once", "without time", "when no other came", "asked meanwhile"].map(
    (how) => `probed ${how}`,
  );
  const missing = [...outcomes, ...drops, ...told, ...probed].filter((name) => coverage.count(name) === 0);
  assert.deepEqual(missing, [], "outcomes and drops that no world has shown");
  assert.ok(coverage.writtenShare >= 0.4, `only ${coverage.writtenShare} of the requests reach the wire`);
});

/** Worlds in which the oracle, or the gateway, was once wrong. */
const foundSeeds: readonly (readonly [seed: number, kinds?: ReadonlySet<Kind>])[] = [
  // A request of a session that is over comes again with its id, and only the second one is written: its reply is late.
  [995_131],
  [1301, new Set(["released"])],
  // One that was not allowed, and was missed in a sleep, comes again when a reload allows it: it is remembered as not allowed.
  [1_003_670],
  // One that was answered in time comes again after the cutoff: the reply to its second execution is late.
  [1_100_241],
  // Two probes are open when the first hello of all comes: the answer to the second may be a start's.
  [58_984_204],
  // The hub sends the id of a request from this machine, and both are read when their deadlines are over.
  [70_007_055],
  // What is remembered for longer than it need be, since a reload has made the cutoff shorter, is answered again, and then forgotten.
  [80_000_229],
  // The MCU gives the id of a command whose reply was lost to an answer that is another's: nobody can tell it from a late one.
  [80_032_270],
  // Firmware that has no checksums takes the one of a command for a part of its payload, and gives it back.
  [80_087_190],
  // A request comes again that was missed in a sleep, while another is in flight under its id and the gateway stops.
  [80_111_989],
];

test("worlds that a search has found break no promise any more", () => {
  for (const [seed, kinds = usualKinds] of foundSeeds) {
    const world = new World(seed, { coverage: new Coverage(), kinds });
    world.run();
    assert.deepEqual(world.oracle.violations, [], `seed ${seed}`);
  }
});
