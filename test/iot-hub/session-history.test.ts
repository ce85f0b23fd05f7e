import assert from "node:assert/strict";
import { test } from "node:test";
import { type Advice, afterSession, type EndedSession, noHistory } from "../../src/iot-hub/session-history.ts";
import type { ConnectionEndKind } from "../../src/mqtt/connection-end.ts";
import { ended } from "../mqtt/ended.ts";

type End = readonly [kind: ConnectionEndKind, upForMs: number | undefined, idleForMs?: number, survivedMs?: number];

/** The kind of advice that each end in turn brought, and how often the session after the last one pings. */
function after(...ends: readonly End[]) {
  let history = noHistory(25_000);
  const advice: (Advice["kind"] | "none")[] = [];
  let text = "";
  for (const [kind, upForMs, forMs = 100, survivedMs = 200] of ends) {
    const session: EndedSession = { cause: ended(kind, "…"), upForMs, idle: { forMs, survivedMs } };
    const next = afterSession(history, session);
    history = next.history;
    advice.push(next.advice?.kind ?? "none");
    text = next.advice?.text ?? text;
  }
  return { advice, pingIntervalMs: history.pingIntervalMs, text };
}

test("the third close of a young session in a row is said, and so is each one after", () => {
  const kick: End = ["peer_closed", 6_000];
  assert.deepEqual(after(kick, kick, kick, kick).advice, ["none", "none", "kicked", "kicked"]);
});

test("a session that lived long begins the count anew, whatever ended it", () => {
  const kick: End = ["peer_closed", 6_000];
  const { advice } = after(kick, kick, ["peer_closed", 120_000], kick, kick, kick);
  assert.deepEqual(advice, ["none", "none", "none", "none", "none", "kicked"]);
});

test("attempts that never were up and broken connections neither count nor begin anew", () => {
  const kick: End = ["peer_closed", 6_000];
  const { advice } = after(kick, ["dns_failed", undefined], kick, ["connection_lost", 50], kick);
  assert.deepEqual(advice, ["none", "none", "none", "none", "kicked"]);
  const early: End = ["peer_closed", undefined];
  assert.deepEqual(after(early, early, early, early).advice, ["none", "none", "none", "none"]);
});

test("the advice of a kick names the count, the time and the remedy", () => {
  const { text } = after(["peer_closed", 6_000], ["peer_closed", 7_000], ["peer_closed", 5_432]);
  assert.match(text, /closed 3 healthy sessions in a row.* 5\.4 s.*same productId and deviceName.*stop one/);
});

for (const kind of ["peer_closed", "connection_lost"] as const) {
  test(`${kind} twice after the same silence is no kick: the hub is pinged twice as often`, () => {
    const idle: End = [kind, 21_000, 20_400, 3_000];
    const result = after(idle, idle);
    assert.deepEqual(result.advice, ["none", "idle"]);
    assert.equal(result.pingIntervalMs, 10_000);
    assert.match(result.text, /nothing had passed for 20 s: .*forgets.*pinged every 10 s.*hub\.pingIntervalS: 10/);
  });
}

test("sessions that lived long between their silences end idle as well", () => {
  const idle: End = ["peer_closed", 3_600_000, 20_400, 15_000];
  assert.deepEqual(after(idle, idle).advice, ["none", "idle"]);
});

test("pings that nobody answers are made more often until they are, down to 5 s", () => {
  const lost = (ms: number): End => ["keepalive_timeout", ms + 10_000, ms, 3_000];
  const result = after(lost(25_000), lost(25_000), lost(13_000), lost(13_000), lost(7_000), lost(7_000));
  assert.deepEqual(result.advice, ["none", "idle", "none", "idle", "none", "idle"]);
  assert.equal(result.pingIntervalMs, 5_000);
  assert.deepEqual(after(lost(5_000), lost(5_000), lost(5_000)).advice, ["none", "none", "none"]);
});

test("a silence that the session had outlived before is not what ended it", () => {
  const outage: End = ["keepalive_timeout", 600_000, 25_000, 25_100];
  const result = after(outage, outage, outage);
  assert.deepEqual(result.advice, ["none", "none", "none"]);
  assert.equal(result.pingIntervalMs, 25_000);
});

test("kicks after silences of many lengths are kicks, and so are those that more pings do not stop", () => {
  const kick = (ms: number): End => ["peer_closed", ms, ms, 0];
  assert.deepEqual(after(kick(5_100), kick(8_000), kick(13_000)).advice, ["none", "none", "kicked"]);
  // Another client that connects every 20 s: at first it looks the same.
  const busy: End = ["peer_closed", 20_000, 1_000, 10_000];
  const { advice } = after(kick(20_000), kick(20_000), busy, busy, busy);
  assert.deepEqual(advice, ["none", "idle", "none", "none", "kicked"]);
});
