import assert from "node:assert/strict";
import type { Field } from "../field.ts";

/** IoT Hub's. */
const cutoffMs = 4000;

/** Throws where a command was begun after its request's cutoff. */
export function expectNothingStale({ sights, deeds }: Field): void {
  const arrivedAtMs = new Map<string, number>();
  for (const sight of sights) {
    if (sight.kind === "request") arrivedAtMs.set(sight.payload.toString("latin1"), sight.atMs);
  }
  const stale = deeds.filter(({ payload, atMs }) => atMs - (arrivedAtMs.get(payload) ?? atMs) >= cutoffMs);
  assert.equal(stale.length, 0, "commands were executed after their cutoff");
}

/** With it the log has every line; else what repeats is summed up. */
export const everyLine = { config: { log: { level: "debug" } } } as const;

/** Of a field with `everyLine`. Throws where the port was opened more often than at the start: that resets boards. */
export function expectOneOpening({ gateway }: Field): void {
  assert.match(gateway.log(), /log level debug/);
  const openings = gateway.log().match(/ is open, after /g) ?? [];
  assert.equal(openings.length, 1, `the port was opened ${openings.length} times`);
}

/** Throws where a response that says this reason took longer than anybody who refuses at once. */
export function expectFast({ sights }: Field, reason: string): void {
  const arrivedAtMs = new Map<string, number>();
  for (const sight of sights) {
    if (sight.kind === "request") arrivedAtMs.set(sight.processId, sight.atMs);
    if (sight.kind !== "response" || !sight.payload.includes(`"${reason}"`)) continue;
    const tookMs = sight.atMs - (arrivedAtMs.get(sight.processId) ?? 0);
    assert.ok(tookMs < fastMs, `${reason} took ${tookMs} ms`);
  }
}

/** Many times what it takes, and little to whoever waits. */
const fastMs = 500;
