/** What the oracle of the random worlds lets a gateway know of the MCU. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Acquaintance } from "./acquaintance.ts";
import { Commands } from "./commands.ts";

const saying = (line: string, start: number) => ({ line, start, isChecked: line.includes("*") });

test("a hello without the checksums of before tells of a restart, and the next one may answer the probe", () => {
  const acquaintance = new Acquaintance();
  acquaintance.probeWritten(0);
  acquaintance.read(saying("=rrpc/1 window=1 dedup=0 crc=1*9C3A", 0), 10);
  acquaintance.probeWritten(9000);
  const first = acquaintance.read(saying("=rrpc/1 window=1 dedup=0", 1), 9100);
  const second = acquaintance.read(saying("=rrpc/1 window=1 dedup=0", 2), 9200);
  assert.deepEqual([first?.isRestart, second?.isRestart], [true, false]);
});

test("of probes that are open when the first hello comes nobody knows whether a start has lost them; of later ones one does", () => {
  const acquaintance = new Acquaintance();
  const hello = saying("=rrpc/1 window=1 dedup=1 boot=1", 0);
  acquaintance.probeWritten(6000);
  acquaintance.probeWritten(6001);
  acquaintance.read(hello, 6002);
  const second = acquaintance.read(hello, 9000);
  acquaintance.probeWritten(12_000);
  const third = acquaintance.read(hello, 12_010);
  assert.deepEqual([second?.isFalse, third?.isFalse], [false, true]);
});

test("who wants checksums is known from then on, and cannot be known to have restarted unheard", () => {
  const acquaintance = new Acquaintance();
  acquaintance.read(saying("!- crc*9EED", 3), 10);
  assert.equal(acquaintance.knownStart, 3);
});

test("a command that is done again after a restart that nobody can know of is not held against the next one", () => {
  const commands = new Commands();
  commands.asked("a", "1", 3500);
  commands.written("a", 0);
  assert.equal(commands.executed("a", 0), undefined);
  assert.equal(commands.executed("a", 1), undefined);
  commands.asked("a", "1", 20_000);
  commands.written("a", 1);
  assert.equal(commands.executed("a", 1), undefined);
  assert.match(commands.executed("a", 1) ?? "", /executed 3 times and asked 2 times/);
});
