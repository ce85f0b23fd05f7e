import assert from "node:assert/strict";
import { test } from "node:test";
import { reasons } from "../../src/core/outcome.ts";
import { dropNames } from "../../src/core/report.ts";
import { World } from "./world.ts";

/**
 * Random worlds against the promises. `WORLDS=n` plays more of them, `WORLD_SEED=n` begins with another seed;
 * a world that fails is named by its seed, and `WORLDS=1 WORLD_SEED=n` plays it alone.
 */
const worldCount = Number(process.env["WORLDS"] ?? 800);
const firstSeed = Number(process.env["WORLD_SEED"] ?? 1);

/** What the correlator never sees: the adapters report these. */
const outsideNames = ["stale_bytes", "retained_request", "foreign_topic", "session_over", "unsent_response"];
/** More ids than a world has: other tests show it. */
const rareNames = ["forgotten_id"];

test(`${worldCount} random worlds break no promise, and everything that can happen has happened`, () => {
  const seen = new Set<string>();
  for (let seed = firstSeed; seed < firstSeed + worldCount; seed++) {
    const world = new World(seed, worldCount === 1);
    world.run();
    const { violations } = world.judge;
    const story = worldCount === 1 ? `\n${world.timeline.join("\n")}` : "";
    assert.deepEqual(violations, [], `world ${seed}: WORLDS=1 WORLD_SEED=${seed} shows it${story}`);
    for (const name of world.judge.seen) seen.add(name);
  }
  if (worldCount < 500) return;
  const expected = [...Object.keys(reasons), ...dropNames].filter(
    (name) => !outsideNames.includes(name) && !rareNames.includes(name),
  );
  const missing = expected.filter((name) => !seen.has(name));
  assert.deepEqual(missing, [], "outcomes and drops that no world has shown");
});
