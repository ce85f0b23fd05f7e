/** What doctor makes of the running gateway's own word on its MCU. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { checkMcuIncident } from "../../src/doctor/checks/mcu-incident.ts";
import { readGatewayStatus, statusIn } from "../../src/doctor/facts/status.ts";
import { describeMcuIncident } from "../../src/observe/mcu-incident.ts";
import { type BoardStatus, statusText } from "../../src/observe/status-text.ts";
import { temporaryFolder } from "../config/folder.ts";

const up = { isUp: true, forMs: 7_500_000 };
const facts = { name: "board", serial: up, settled: new Map([["ok", 3] as const]), p99Ms: 9.8, lastError: undefined };

const nothing = { mcuIncident: undefined, portIncident: undefined, released: undefined, offlineBecause: undefined };

const textOf = (board: BoardStatus) => statusText({ hub: up, boards: [board] });

for (const state of ["away", "away_answers_probes", "incompatible"] as const)
  test(`an MCU that is ${state} is found in the status that the gateway writes`, () => {
    const mcuIncident = describeMcuIncident(state);
    assert.ok(mcuIncident !== undefined);
    const found = statusIn(`${textOf({ ...facts, mcuIncident })}\n`).of("board");
    assert.equal(found?.mcuIncident, state);
    assert.match(checkMcuIncident(state, 42).evidence, new RegExp(`the MCU ${mcuIncident.replace(/ \(.*/, "")}$`));
  });

test("nothing is found where the gateway says nothing of its MCU, and where there is no status", () => {
  assert.deepEqual(statusIn(textOf({ ...facts, mcuIncident: undefined })).of("board"), nothing);
  assert.deepEqual(statusIn("").of("board"), nothing);
});

test("why the port is not open is found in the status, whatever is said of the MCU", () => {
  const serial = { isUp: false, forMs: 7_500_000, why: "device_cgroup" };
  for (const state of [undefined, "away"] as const) {
    const mcuIncident = state && describeMcuIncident(state);
    const found = statusIn(textOf({ ...facts, serial, mcuIncident })).of("board");
    assert.deepEqual(found, { ...nothing, mcuIncident: state, portIncident: "device_cgroup" });
  }
});

test("a port that is released is nobody's fault", () => {
  const released = { who: "rrpc-gateway (process 4711) of user pi", forMs: 120_000 };
  const found = statusIn(textOf({ ...facts, mcuIncident: undefined, released })).of("board");
  assert.deepEqual(found, { ...nothing, released: released.who });
});

/** A board that is well, by another name. */
const named = (name: string, more: Partial<BoardStatus> = {}): BoardStatus => ({
  ...facts,
  mcuIncident: undefined,
  name,
  ...more,
});

test("of several boards each one's own word is found: no neighbour's, and nothing of one that serves", () => {
  const away = describeMcuIncident("away_answers_probes");
  const unplugged = { isUp: false, forMs: 7_500_000, why: "no_device" };
  const status = statusIn(
    statusText({
      hub: up,
      boards: [
        named("pump"),
        named("fan-2", { serial: unplugged, offlineBecause: "refused online -1" }),
        named("serial_line", { mcuIncident: away }),
        named("valve", { mcuIncident: away, offlineBecause: "unbound" }),
      ],
    }),
  );
  assert.equal(status.isSessionUp, true);
  assert.deepEqual(status.of("pump"), nothing);
  assert.deepEqual(status.of("fan-2"), {
    ...nothing,
    portIncident: "no_device",
    offlineBecause: { kind: "refused", operation: "online", code: -1 },
  });
  assert.deepEqual(status.of("serial_line"), { ...nothing, mcuIncident: "away_answers_probes" });
  assert.deepEqual(status.of("valve"), {
    ...nothing,
    mcuIncident: "away_answers_probes",
    offlineBecause: { kind: "unbound" },
  });
});

test("of boards that are only counted nothing is known; nor that they serve", () => {
  const mcuIncident = describeMcuIncident("away");
  const boards = Array.from({ length: 32 }, (_, index) => named(`b${index}`, { mcuIncident }));
  const status = statusIn(statusText({ hub: { ...up, isUp: false }, boards }));
  assert.equal(status.isSessionUp, false);
  assert.deepEqual(status.of("b0"), { ...nothing, mcuIncident: "away" });
  assert.deepEqual(status.of("b19"), { ...nothing, mcuIncident: "away" });
  assert.equal(status.of("b31"), undefined);
});

test("an MCU that answers probes and no command is told as such, with what helps", () => {
  const { id, code, state, evidence, help } = checkMcuIncident("away_answers_probes", 42);
  assert.deepEqual([id, code, state], ["mcu.hello", "away_answers_probes", "fault"]);
  assert.equal(evidence, "our own gateway (process 42) says: the MCU answers probes, but no command");
  assert.match(help ?? "", /restart the MCU.*log/);
});

test("a gateway that does not answer at its monitor's socket is not waited for", { timeout: 20_000 }, async (t) => {
  const folder = temporaryFolder();
  t.after(folder.remove);
  const socket = join(folder.path, "socket");
  const server = createServer((stream) => t.after(() => stream.destroy())).listen(socket);
  t.after(() => server.close());
  await once(server, "listening");
  assert.equal(await readGatewayStatus({ configFile: "none", socket, unit: undefined }), undefined);
  assert.equal(
    await readGatewayStatus({ configFile: "none", socket: join(folder.path, "none"), unit: undefined }),
    undefined,
  );
});
