/**
 * What some seeds draw, aspect by aspect. A seed that is written down somewhere names a world only for as long as it draws
 * the same: one more fault, kind or option takes a seed of its own (`aspects.ts`) and changes no other line here. A change
 * that is meant is written anew by `UPDATE_DRAWS=1`.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { SeededRandom } from "../support/seeded-random.ts";
import { Coverage } from "./coverage.ts";
import { defaultOptions } from "./default-options.ts";
import { drawFirmware } from "./firmware.ts";
import { usualKinds } from "./kinds.ts";
import { drawOptions, drawScenario } from "./scenario.ts";
import { World } from "./world.ts";

const file = join(import.meta.dirname, "draws.json");

const seeds = [1, 2, 3, 4711, 46_000_001];

/** By aspect: what is drawn, or its digest where that is long. What is configured by default is not drawn. */
function drawsOf(seed: number): Record<string, unknown> {
  const random = () => new SeededRandom(seed);
  const { kinds, speech, ...scenario } = drawScenario(random(), seed, usualKinds);
  const { dialect, wireFormat, ...options } = drawOptions(random(), { kinds, speech, ...scenario }, seed);
  const { fates, ...firmware } = drawFirmware(random(), speech, usualKinds);
  const drawn = Object.entries(options).filter(([name, value]) => value !== Object(defaultOptions)[name]);
  const { schedule } = new World(seed, { coverage: new Coverage() });
  return {
    ...named("scenario", { ...scenario, speech: speech.name }),
    ...named("options", { ...Object.fromEntries(drawn), baudRate: wireFormat.baudRate }),
    ...named("firmware", { ...firmware, fates: digestOf(fates) }),
    ...named("schedule", digestsByKind(schedule)),
  };
}

function named(aspect: string, drawn: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(drawn).map(([name, value]) => [`${aspect}: ${name}`, value]));
}

function digestsByKind(schedule: World["schedule"]): Record<string, string> {
  const kinds = [...new Set(schedule.map(({ kind }) => kind))];
  return Object.fromEntries(
    kinds.map((one) => [one, digestOf(schedule.flatMap(({ at, kind, seed }) => (kind === one ? [at, seed] : [])))]),
  );
}

function digestOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 8);
}

test("a few seeds draw what they have always drawn", () => {
  const draws = JSON.parse(JSON.stringify(Object.fromEntries(seeds.map((seed) => [seed, drawsOf(seed)]))));
  if (process.env["UPDATE_DRAWS"] === "1") writeFileSync(file, `${JSON.stringify(draws, undefined, 2)}\n`);
  else assert.deepEqual(draws, JSON.parse(readFileSync(file, "utf8")));
});
