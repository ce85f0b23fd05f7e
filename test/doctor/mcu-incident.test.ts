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

const textOf = (board: BoardStatus) => statusText({ hub: up, boards: [board] });

for (const state of ["away", "away_answers_probes", "incompatible"] as const)
  test(`an MCU that is ${state} is found in the status that the gateway writes`, () => {
    const mcuIncident = describeMcuIncident(state);
    assert.ok(mcuIncident !== undefined);
    const { mcuIncident: found } = statusIn(`${textOf({ ...facts, mcuIncident })}\n`);
    assert.equal(found, state);
    assert.match(checkMcuIncident(state, 42).evidence, new RegExp(`the MCU ${mcuIncident.replace(/ \(.*/, "")}$`));
  });

test("nothing is found where the gateway says nothing of its MCU, and where there is no status", () => {
  const nothing = { mcuIncident: undefined, portIncident: undefined };
  assert.deepEqual(statusIn(textOf({ ...facts, mcuIncident: undefined })), nothing);
  assert.deepEqual(statusIn(""), nothing);
});

test("why the port is not open is found in the status, whatever is said of the MCU", () => {
  const serial = { isUp: false, forMs: 7_500_000, why: "device_cgroup" };
  for (const state of [undefined, "away"] as const) {
    const mcuIncident = state && describeMcuIncident(state);
    const found = statusIn(textOf({ ...facts, serial, mcuIncident }));
    assert.deepEqual(found, { mcuIncident: state, portIncident: "device_cgroup" });
  }
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
  const unseen = { mcuIncident: undefined, portIncident: undefined };
  assert.deepEqual(await readGatewayStatus({ configFile: "none", socket, unit: undefined }), unseen);
  assert.deepEqual(
    await readGatewayStatus({ configFile: "none", socket: join(folder.path, "none"), unit: undefined }),
    unseen,
  );
});
