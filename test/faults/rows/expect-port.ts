import assert from "node:assert/strict";
import type { Testbed } from "../testbed.ts";

/** IoT Hub's. */
const cutoffMs = 4000;

/** Throws where a command was begun after its request's cutoff. */
export function expectNothingStale({ traffic, executions }: Testbed): void {
  const arrivedAtMs = new Map<string, number>();
  for (const event of traffic) {
    if (event.kind === "request") arrivedAtMs.set(event.payload.toString("latin1"), event.atMs);
  }
  const stale = executions.filter(({ payload, atMs }) => atMs - (arrivedAtMs.get(payload) ?? atMs) >= cutoffMs);
  assert.equal(stale.length, 0, "commands were executed after their cutoff");
}

/** With it the log has every line; else what repeats is summed up. */
export const everyLine = { config: { log: { level: "debug" } } } as const;

/** Of a testbed with `everyLine`. Throws where the port was opened more often than at the start: that resets boards. */
export function expectOneOpening({ gateway }: Testbed): void {
  assert.match(gateway.log(), /log level debug/);
  const openings = gateway.log().match(/ is open, after /g) ?? [];
  assert.equal(openings.length, 1, `the port was opened ${openings.length} times`);
}

/** Throws where a response that says this reason took longer than anybody who refuses at once. */
export function expectFast({ traffic }: Testbed, reason: string): void {
  const arrivedAtMs = new Map<string, number>();
  for (const event of traffic) {
    if (event.kind === "request") arrivedAtMs.set(event.processId, event.atMs);
    if (event.kind !== "response" || !event.payload.includes(`"${reason}"`)) continue;
    const tookMs = event.atMs - (arrivedAtMs.get(event.processId) ?? 0);
    assert.ok(tookMs < fastMs, `${reason} took ${tookMs} ms`);
  }
}

/** Many times what it takes, and little to whoever waits. */
const fastMs = 500;
