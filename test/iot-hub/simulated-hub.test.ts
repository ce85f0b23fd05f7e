/** Sub-devices on a session with the simulated hub, over real sockets: the two share no code. */

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { defaultSdkAppId } from "../../src/iot-hub/credentials.ts";
import { openSession, type Session, type SessionEvent } from "../../src/iot-hub/session.ts";
import type { BoardOptions } from "../../src/iot-hub/sub-device.ts";
import { rrpcTopics } from "../../src/iot-hub/topics.ts";
import type { HubEvent } from "../../src/lab/hub/events.ts";
import { type Hub, type HubOptions, startHub } from "../../src/lab/hub/hub.ts";
import { createEvents, type Events } from "../support/events.ts";
import { untilSeen } from "../support/watch.ts";
import { device } from "./device.ts";

const secret = "MDEyMzQ1Njc4OWFiY2RlZg==";
const sub = (deviceName: string) => ({ productId: "SUBPRODUCT", deviceName });

interface World extends Events<SessionEvent> {
  readonly hub: Hub;
  readonly session: Session;
  /** What the hub has seen, by kind. */
  readonly seen: readonly HubEvent[];
}

interface Setting {
  readonly bound?: readonly string[];
  readonly unbound?: readonly string[];
  readonly boards: readonly BoardOptions[];
  readonly hub?: Partial<HubOptions>;
  readonly settled?: (board: string) => Promise<void>;
}

const own: BoardOptions = { board: "own", ...device, subDevice: undefined };
const board = (deviceName: string, options: Partial<BoardOptions["subDevice"] & object> = {}): BoardOptions => ({
  board: deviceName,
  ...sub(deviceName),
  subDevice: { secret: undefined, isPresent: true, ...options },
});

async function begin(
  t: TestContext,
  { bound = [], unbound = [], boards, hub: options, settled }: Setting,
): Promise<World> {
  const seen: HubEvent[] = [];
  const { productId, deviceName } = device;
  const gateway = { productId, deviceName, deviceSecret: secret };
  const hub = await startHub({
    devices: [gateway],
    subDevices: [
      ...bound.map((name) => ({ ...sub(name), deviceSecret: secret, boundTo: gateway })),
      ...unbound.map((name) => ({ ...sub(name), deviceSecret: secret })),
    ],
    observe: (event) => seen.push(event),
    ...options,
  });
  t.after(() => hub.close());
  const { emit, ...events } = createEvents<SessionEvent>();
  const session = openSession(
    {
      endpoint: { transport: "tcp", host: "127.0.0.1", port: hub.mqttPort },
      identity: device,
      sdkAppId: defaultSdkAppId,
      ca: undefined,
      topics: rrpcTopics,
      boards,
      qos: 0,
      keepaliveS: 120,
      pingIntervalMs: 25_000,
      connectTimeoutMs: 10_000,
      now: () => performance.now(),
      settled: settled ?? (() => Promise.resolve()),
    },
    emit,
  );
  return { hub, session, seen, ...events };
}

/** A call that the board answers with `reply`. */
async function answered({ hub, session, expect }: World, name: string, reply: string): Promise<void> {
  const call = hub.call(name === "own" ? device : sub(name), "read");
  const request = await expect("request");
  assert.equal(request.board, name);
  assert.equal(session.publish(name, request.processId, Buffer.from(reply), performance.now()), "sent");
  const result = await call;
  assert.deepEqual(result.kind === "answered" ? String(result.payload) : result, reply);
}

async function end({ session, down }: World): Promise<void> {
  session.end();
  assert.equal((await down()).cause.kind, "ended");
}

test("the boards come up behind the session, and each answers for its own device", async (t) => {
  const world = await begin(t, { bound: ["pump", "valve"], boards: [own, board("pump"), board("valve")] });
  await world.expect("up");
  for (const name of ["own", "pump", "valve"]) assert.equal((await world.expect("board_up")).board, name);
  for (const name of ["valve", "own", "pump"]) await answered(world, name, `from ${name}`);
  await end(world);
});

test("a board that goes offline answers first what has come for it", async (t) => {
  let settle = () => {};
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const world = await begin(t, { bound: ["pump"], boards: [board("pump")], settled: () => settled });
  const { hub, session, expect } = world;
  await expect("up");
  await expect("board_up");
  const call = hub.call(sub("pump"), "read");
  const { processId } = await expect("request");
  session.setPresence("pump", false);
  await untilSeen("the UNSUBSCRIBE", () => world.seen.some(({ kind }) => kind === "unsubscribed"));
  assert.equal(session.publish("pump", processId, Buffer.from("in time"), performance.now()), "sent");
  const result = await call;
  assert.equal(result.kind === "answered" && String(result.payload), "in time");
  assert.ok(hub.console.isOnline(sub("pump")));
  settle();
  assert.deepEqual((await expect("board_down")).reason, { kind: "absent" });
  await untilSeen("the report", () => !hub.console.isOnline(sub("pump")));
  await end(world);
});
