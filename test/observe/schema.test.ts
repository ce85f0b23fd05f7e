/** docs/schemas says what monitor, dump and health send. UPDATE_DOCS=1 writes the files. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import type { Observation } from "../../src/gateway/boundary.ts";
import { healthAddress } from "../../src/observe/health-socket.ts";
import { jsonLine } from "../../src/observe/socket-protocol.ts";
import { type TraceEvent, toTraceEvent } from "../../src/observe/trace-event.ts";
import { everyReport } from "../gateway/every-report.ts";
import { hold, holdSchemaFile } from "../support/schema.ts";
import { offlineReasons } from "./metrics/observations.ts";
import { health, monitorMessage, monitorOrder, schemas } from "./monitor-schema.ts";
import { openWorld } from "./world.ts";

for (const [file, schema] of Object.entries(schemas))
  test(`docs/schemas/${file} is what the tests hold`, () => holdSchemaFile(file, schema));

const linesOf = (lines: string) => lines.split("\n").filter((line) => line !== "");

test("every trace event that there can be is of the schema, and each kind of the schema occurs", () => {
  const bytes = Buffer.from("<7 on");
  const observations: readonly Observation[] = [
    { kind: "request", board: "board", processId: "7", payload: bytes },
    { kind: "response", board: "board", processId: "7", payload: Buffer.from([0xff, 0]) },
    { kind: "request", board: "board", processId: "Lk3f9x0", payload: bytes, source: "local" },
    { kind: "line_out", board: "board", bytes },
    { kind: "line_in", board: "board", bytes },
    { kind: "session", isUp: true },
    { kind: "link", board: "board", isUp: false },
    { kind: "online", board: "pump", isUp: true },
    ...offlineReasons.map((reason) => ({ kind: "online", board: "pump", isUp: false, reason }) as const),
    { kind: "report", board: undefined, report: { kind: "dropped", name: "foreign_topic" } },
    ...everyReport.map((report) => ({ kind: "report", board: "board", report }) as const),
  ];
  const time = new Date(0).toISOString();
  const events: readonly TraceEvent[] = [
    ...observations.flatMap((one) =>
      [true, false].map((withContents) => toTraceEvent(one, { time, withContents, hasHeads: withContents })),
    ),
    { time, kind: "status", text: "hub up" },
    { time, kind: "lost", count: 1 },
    { time, kind: "gap", count: 2 },
    { time, board: "pump", kind: "gap", count: 2 },
  ];
  for (const event of events) hold(monitorMessage, event);
  const kinds = new Set<string>([
    ...events.map(({ kind }) => kind),
    "refused",
    "answer",
    "probed",
    "released",
    "release_over",
  ]);
  assert.deepEqual(kinds, new Set(monitorMessage.options.map(({ shape }) => shape.kind.value)));
});

test("an event that is not of the schema is objected to", () => {
  const right = { kind: "link", time: new Date(0).toISOString(), board: "board", isUp: true };
  hold(monitorMessage, right);
  for (const wrong of [
    { ...right, isUp: "up" },
    { ...right, board: undefined },
    { ...right, kind: "cable" },
    { ...right, colour: "red" },
    { ...right, time: "yesterday" },
  ])
    assert.throws(() => hold(monitorMessage, wrong), JSON.stringify(wrong));
});

test("what monitor, dump and health really send is of the schema", async (t) => {
  const { config, socket, call, start, until, mcu } = await openWorld(t);
  const monitor = start("monitor", "--json", "--payloads", "--config", config);
  await until("the state of things", () => /"status"/.test(monitor.stdout()));
  await call("open sesame", "77");
  await mcu.control({ kind: "reset" });
  await until("the restart", () => /"mcu_restarted"/.test(monitor.stdout()));
  const dump = start("dump", "--json", "--config", config);
  assert.equal(await dump.ended, 0);
  for (const output of [monitor.stdout(), dump.stdout()]) {
    const lines = linesOf(output);
    assert.ok(lines.length > 5);
    for (const line of lines) hold(monitorMessage, JSON.parse(line));
  }
  for (const order of [
    { want: "watch", withContents: true },
    { want: "dump", board: "pump" },
    { want: "call", version: 1, board: "pump", payload: { text: "on" }, ref: 7 },
    { want: "probe", board: "pump", ref: 8 },
    { want: "release", forMs: 600_000 },
  ] as const)
    hold(monitorOrder, order);
  assert.equal((await answerAt(socket, jsonLine({ want: "dump" }))).length > 5, true);
  const [refusal] = await answerAt(socket, '{"want":"everything"}\n');
  assert.equal((refusal as { readonly kind: string }).kind, "refused");
  hold(monitorMessage, refusal);
  const place = healthAddress(config);
  if (place !== undefined) hold(health, (await answerAt(place, ""))[0]);
});

/** All that is said to a client, line by line, until the end. */
async function answerAt(path: string, order: string): Promise<readonly unknown[]> {
  const client = connect(path).setEncoding("utf8");
  let text = "";
  client.on("data", (piece: string) => {
    text += piece;
  });
  client.write(order);
  await once(client, "end");
  client.destroy();
  return linesOf(text).map((line) => JSON.parse(line) as unknown);
}
