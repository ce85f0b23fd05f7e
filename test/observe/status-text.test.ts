import assert from "node:assert/strict";
import { test } from "node:test";
import { Latencies } from "../../src/gateway/latencies.ts";
import { describeMcuIncident } from "../../src/observe/mcu-incident.ts";
import { type BoardStatus, statusText } from "../../src/observe/status-text.ts";

const fresh: BoardStatus = {
  name: "board",
  serial: { isUp: false, forMs: 999 },
  mcuIncident: undefined,
  settled: new Map(),
  p99Ms: undefined,
  lastError: undefined,
};

const minMs = 60_000;

const away = { isUp: false, forMs: 0 };

test("a service that has just been started", () => {
  assert.equal(
    statusText({ hub: away, boards: [fresh] }),
    "hub away for 0 s, serial line away for 0 s; 0 requests, 0 errors",
  );
});

test("a service with a history", () => {
  const hub = { isUp: true, forMs: 125 * minMs };
  const board: BoardStatus = {
    ...fresh,
    serial: { isUp: true, forMs: 12 * minMs + 59_999 },
    settled: new Map([
      ["ok", 1231],
      ["no_reply", 2],
      ["refused", 1],
    ]),
    p99Ms: 9.84,
    lastError: { reason: "no_reply", agoMs: 40_000 },
  };
  assert.equal(
    statusText({ hub, boards: [board] }),
    "hub up for 2 h 5 min, serial line up for 12 min; 1234 requests, 3 errors, p99 9.8 ms; last error no_reply 40 s ago",
  );
});

test("an MCU that does not serve is told beside its line", () => {
  assert.equal(
    statusText({ hub: away, boards: [{ ...fresh, mcuIncident: describeMcuIncident("away_answers_probes") }] }),
    "hub away for 0 s, serial line away for 0 s, mcu answers probes, but no command (away_answers_probes); 0 requests, 0 errors",
  );
  const quiet = ["unlinked", "handshake", "serving", "suspect"] as const;
  assert.deepEqual(
    quiet.map((state) => describeMcuIncident(state)),
    quiet.map(() => undefined),
  );
  assert.equal(describeMcuIncident("away"), "does not answer (away)");
  assert.equal(describeMcuIncident("incompatible"), "speaks another version of the line protocol (incompatible)");
});

test("one is not many, and days are counted", () => {
  const hub = { isUp: true, forMs: (3 * 24 + 4) * 60 * minMs };
  const board: BoardStatus = {
    ...fresh,
    settled: new Map([["serial_down", 1]]),
  };
  assert.equal(
    statusText({ hub, boards: [board] }),
    "hub up for 3 d 4 h, serial line away for 0 s; 1 request, 1 error",
  );
});

test("of several boards: how many serve, what is wrong with the others, and the sums", () => {
  const serves: BoardStatus = {
    ...fresh,
    name: "north",
    serial: { isUp: true, forMs: 60 * minMs },
    settled: new Map([
      ["ok", 10],
      ["no_reply", 1],
    ]),
    p99Ms: 12,
    lastError: { reason: "no_reply", agoMs: 5000 },
  };
  const unplugged: BoardStatus = { ...fresh, name: "south", serial: { isUp: false, forMs: 3000, why: "no_device" } };
  const silent: BoardStatus = {
    ...serves,
    name: "west",
    mcuIncident: "does not answer",
    settled: new Map([["mcu_stalled", 2]]),
    p99Ms: 20,
    lastError: { reason: "mcu_stalled", agoMs: 1000 },
  };
  assert.equal(
    statusText({ hub: { isUp: true, forMs: 60 * minMs }, boards: [serves, unplugged, silent] }),
    "hub up for 1 h 0 min, 1 of 3 boards serve, south: serial line away for 3 s (no_device), " +
      "west: serial line up for 1 h 0 min, mcu does not answer; " +
      "13 requests, 3 errors, p99 20.0 ms; last error mcu_stalled of west 1 s ago",
  );
});

test("a board that the hub does not take is told with the hub's word, and many of them within 4 KB", () => {
  const up = { isUp: true, forMs: 60 * minMs };
  const serves: BoardStatus = { ...fresh, name: "north", serial: up };
  const unbound: BoardStatus = { ...serves, name: "south", offlineBecause: "refused online -1" };
  assert.equal(
    statusText({ hub: up, boards: [serves, unbound] }),
    "hub up for 1 h 0 min, 1 of 2 boards serve, " +
      "south: serial line up for 1 h 0 min, not online (refused online -1); 0 requests, 0 errors",
  );
  const name = (index: number) => `${index}`.padStart(32, "x");
  const all = Array.from({ length: 98 }, (_, index) => ({
    ...unbound,
    name: name(index),
    mcuIncident: describeMcuIncident("away_answers_probes"),
  }));
  const text = statusText({ hub: up, boards: all });
  assert.match(text, /0 of 98 boards serve, x+0: .*, x+19: [^;]*, 78 more do not; 0 requests/);
  assert.ok(Buffer.byteLength(text) < 4000, `${Buffer.byteLength(text)} bytes`);
});

test("the 99th percentile is the one that sorting finds", () => {
  let seed = 1;
  const latencies = new Latencies();
  const all: number[] = [];
  for (let count = 1; count <= 1000; count += 1) {
    seed = (seed * 48_271) % 2_147_483_647;
    const ms = seed % 50;
    all.push(ms);
    latencies.add(ms);
    const sorted = [...all].sort((a, b) => a - b);
    assert.equal(latencies.p99Ms(), sorted[Math.ceil(0.99 * count) - 1], `${count}`);
  }
});

test("the 99th percentile is that of the latest 1000", () => {
  const latencies = new Latencies();
  assert.equal(latencies.p99Ms(), undefined);
  latencies.add(7);
  assert.equal(latencies.p99Ms(), 7);
  for (let i = 0; i < 999; i++) latencies.add(1000 + i);
  assert.equal(latencies.p99Ms(), 1988);
  for (let i = 1000; i >= 1; i--) latencies.add(i);
  assert.equal(latencies.p99Ms(), 990);
});
