/** `rrpc-gateway status`: from what the daemon knows, through the health socket, to the screen. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readStatus } from "../../src/observe/read-status.ts";
import { type AllFacts, type BoardFacts, toStatus } from "../../src/observe/status.ts";
import { statusScreen } from "../../src/observe/status-screen.ts";

const minMs = 60_000;
const about = { version: "1.2.3", nodeVersion: "v20.19.2", upMs: 3 * 24 * 60 * minMs };

const well: BoardFacts = {
  name: "pump",
  serial: { isUp: true, forMs: 12 * minMs },
  released: undefined,
  mcuIncident: undefined,
  offlineBecause: undefined,
  settled: new Map([["ok", 5000]]),
  lastHour: new Map([["ok", 1200]]),
  hello: "pump-fw 1.4, window 4",
  p99Ms: 9.84,
  lastError: undefined,
};

const facts = (...boards: readonly BoardFacts[]): AllFacts => ({ hub: { isUp: true, forMs: 125 * minMs }, boards });

function screenOf(all: AllFacts, isHealthy = true): string {
  const doctor = (board?: string) => `doctor of ${board ?? "all"}`;
  const options = { isHealthy, text: "the alarm is overdue", doctor };
  return statusScreen(toStatus(all, about), options).join("\n");
}

test("a gateway whose boards serve is told in a few lines, and there is nothing to look at next", () => {
  assert.equal(
    screenOf(facts(well)),
    [
      "rrpc-gateway 1.2.3 on Node.js 20.19.2, up for 3 d 0 h",
      "",
      "hub   up for 2 h 5 min",
      "pump  serves, serial line up for 12 min",
      "      pump-fw 1.4, window 4",
      "      1200 requests in the last hour, 0 errors, p99 9.8 ms",
    ].join("\n"),
  );
});

test("what is wrong comes with what it means, and with the command that says more", () => {
  const away: BoardFacts = {
    ...well,
    name: "valve",
    serial: { isUp: false, forMs: 5 * minMs, why: "no_device" },
    hello: undefined,
    lastHour: new Map([
      ["ok", 3],
      ["serial_down", 7],
      ["no_reply", 1],
      ["of_a_later_version", 2],
    ]),
    p99Ms: undefined,
    lastError: { reason: "serial_down", agoMs: 40_000 },
  };
  const screen = screenOf(facts(well, away));
  assert.match(screen, /^valve {2}serial line away for 5 min \(no_device\)$/m);
  assert.match(screen, /^ {7}13 requests in the last hour, 10 errors, last error serial_down 40 s ago$/m);
  assert.match(
    screen,
    /Errors of the last hour\n {2}7 {2}valve {2}serial_down {9}the serial port is not open; executed: no\n {2}2 {2}valve {2}of_a_later_version\n {2}1 {2}valve {2}no_reply .*executed: unknown\n/,
  );
  assert.match(screen, /Look next\n {2}doctor of valve$/);
});

test("the board of a file with serial alone needs no name, and one that is released needs nobody", () => {
  const sole = { ...well, name: "board", mcuIncident: "does not answer (away)" };
  const screen = screenOf(facts(sole));
  assert.match(screen, /^board {2}its MCU does not answer \(away\); serial line up for 12 min$/m);
  assert.match(screen, /Look next\n {2}doctor of all$/);
  const released = { ...well, released: { who: "avrdude of user pi", forMs: 2 * minMs } };
  assert.match(screenOf(facts(released)), /^pump {2}released for 2 min to avrdude of user pi$/m);
  assert.doesNotMatch(screenOf(facts(released)), /Look next/);
  const offline = { ...well, offlineBecause: "refused online -1" };
  assert.match(
    screenOf(facts(offline)),
    /^pump {2}the hub sends it no requests \(refused online -1\); serial line up/m,
  );
});

test("an unhealthy gateway says so first, and why", () => {
  assert.match(screenOf(facts(well), false), /^rrpc-gateway 1\.2\.3 .*: UNHEALTHY: the alarm is overdue\n/);
});

test("what is up has no reason for being away", () => {
  const wasAway = { isUp: true, forMs: 1, why: "closed" } as const;
  const { hub, boards } = toStatus({ ...facts({ ...well, serial: wasAway }), hub: wasAway }, about);
  assert.deepEqual(
    [hub, boards[0]?.serial],
    [
      { isUp: true, forMs: 1 },
      { isUp: true, forMs: 1 },
    ],
  );
});

test("what one process writes another one reads", () => {
  const status = toStatus(facts(well, { ...well, name: "valve", lastError: { reason: "no_reply", agoMs: 1 } }), about);
  assert.deepEqual(readStatus(JSON.parse(JSON.stringify(status))), status);
});

test("whoever stands in the gateway's place makes no terminal dance, and ends nothing", () => {
  const hostile = "\u001b[2J\u202e\n";
  const status = toStatus(
    facts({ ...well, name: hostile, hello: hostile, lastHour: new Map([[hostile, 1]]), offlineBecause: hostile }),
    { ...about, version: hostile },
  );
  const read = readStatus(status) ?? assert.fail("it is a status");
  const screen = statusScreen(read, { isHealthy: true, text: "", doctor: () => "doctor" });
  for (const line of screen) assert.doesNotMatch(line, /[\p{C}]/u);
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      readStatus(value);
      readStatus({ hub: { isUp: true }, boards: [value] });
      readStatus({ hub: value, boards: [] });
    }),
  );
  assert.equal(readStatus({ hub: { isUp: true }, boards: [{}] }), undefined);
});
