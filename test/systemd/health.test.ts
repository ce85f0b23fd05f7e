import assert from "node:assert/strict";
import { test } from "node:test";
import { type HealthFacts, type HealthFault, healthFault } from "../../src/systemd/health.ts";

const idle: HealthFacts = {
  loopLagMs: 0,
  alarmOverdueMs: undefined,
  requestOverdueMs: undefined,
  sessionSilentMs: undefined,
  keepaliveMs: 120_000,
};

const healthy: readonly Partial<HealthFacts>[] = [
  {},
  { alarmOverdueMs: -3500, requestOverdueMs: -3500 },
  { loopLagMs: 1000, alarmOverdueMs: 1000, requestOverdueMs: 1000 },
  { sessionSilentMs: 200_000 },
];

const faulty: readonly [Partial<HealthFacts>, HealthFault["cause"]][] = [
  [{ loopLagMs: 1001 }, "loop_lagging"],
  [{ alarmOverdueMs: 1001 }, "alarm_overdue"],
  [{ requestOverdueMs: 1001 }, "request_overdue"],
  [{ sessionSilentMs: 200_001 }, "session_silent"],
  [{ sessionSilentMs: 120_000, keepaliveMs: 60_000 }, "session_silent"],
  [{ loopLagMs: 5000, alarmOverdueMs: 5000, requestOverdueMs: 5000 }, "loop_lagging"],
];

test("what is in time, or merely away, is healthy", () => {
  for (const facts of healthy) assert.equal(healthFault({ ...idle, ...facts }), undefined, JSON.stringify(facts));
});

test("each fault has its cause, and the figure that shows it", () => {
  for (const [facts, cause] of faulty) {
    const fault = healthFault({ ...idle, ...facts });
    assert.equal(fault?.cause, cause, JSON.stringify(facts));
    assert.match(fault?.text ?? "", /\d+ m?s/);
  }
});
