import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  type EventTime,
  type GatewayEvent,
  type GatewayReport,
  watchGateway,
} from "../../../src/lab/harness/monitor-client.ts";
import type { TraceEvent } from "../../../src/observe/trace-event.ts";

function socketPath(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-monitor-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, "monitor");
}

const line = (value: object) => `${JSON.stringify(value)}\n`;
const lost = (count: number) => ({ kind: "lost", count });

/** A monitor that answers each order as told. */
async function monitorAt(t: TestContext, path: string, answer: (want: string, socket: Socket) => void): Promise<void> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.setEncoding("utf8").once("data", (order: string) => answer(JSON.parse(order).want, socket));
  });
  server.listen(path);
  await once(server, "listening");
  t.after(() => server.close());
}

test("a client connects as soon as there is a monitor, reads what happened before, and misses nothing from then on", async (t) => {
  const path = socketPath(t);
  const seen: string[] = [];
  let check = () => {};
  const client = watchGateway(
    path,
    (event: GatewayEvent, time: EventTime) => seen.push(`${time} ${event.kind === "lost" ? event.count : event.kind}`),
    () => check(),
  );
  t.after(client.close);
  let watcher: Socket | undefined;
  await monitorAt(t, path, (want, socket) => {
    if (want === "dump") return socket.end(line(lost(1)) + line(lost(2)));
    watcher = socket;
    return socket.write(line(lost(3)));
  });
  await new Promise<void>((resolve) => {
    check = () => client.isReady() && resolve();
  });
  assert.deepEqual(seen, ["live 3", "past 1", "past 2"]);
  // A line in two pieces, then the end.
  watcher?.write(line(lost(4)).slice(0, 5));
  watcher?.end(line(lost(4)).slice(5));
  await client.ended;
  assert.equal(seen.at(-1), "live 4");
});

test("a client that is closed stops trying", async (t) => {
  const path = socketPath(t);
  const client = watchGateway(
    path,
    () => assert.fail("an event"),
    () => assert.fail("a change"),
  );
  client.close();
  await client.ended;
  let orderCount = 0;
  await monitorAt(t, path, () => {
    orderCount += 1;
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(orderCount, 0);
});

/** Of a union of both, by their kinds. */
type OfKind<Union, Kind> = Extract<Union, { readonly kind: Kind }>;
type WrittenReport = OfKind<TraceEvent, "report">["report"];
type LineOrLost = Exclude<GatewayEvent["kind"], "report">;

test("what the lab reads is what the gateway writes", () => {
  // These lines compile only if it is so; the lab has types of its own, because it shares no code with the gateway.
  const events: (event: OfKind<TraceEvent, LineOrLost>) => GatewayEvent = (event) => event;
  const reports: (report: OfKind<WrittenReport, GatewayReport["kind"]>) => GatewayReport = (report) => report;
  const unknownEvents: Exclude<GatewayEvent["kind"], TraceEvent["kind"]>[] = [];
  const unknownReports: Exclude<GatewayReport["kind"], WrittenReport["kind"]>[] = [];
  const noNames: never[] = [...unknownEvents, ...unknownReports];
  assert.deepEqual([events.length, reports.length, noNames], [1, 1, []]);
});
