/** What makes an MQTT connection a session with IoT Hub: who it is, what it subscribes, and what its messages mean. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { defaultSdkAppId, signCredentials } from "../../src/iot-hub/credentials.ts";
import { responseBytesMax } from "../../src/iot-hub/limits.ts";
import { openSession, type Session, type SessionEvent, type SessionOptions } from "../../src/iot-hub/session.ts";
import { rrpcTopics } from "../../src/iot-hub/topics.ts";
import type { Endpoint } from "../../src/mqtt/endpoint.ts";
import { type Broker, pem, startBroker } from "../mqtt/aedes-broker.ts";
import { connack, message, startScripted, thenScript } from "../mqtt/raw-broker.ts";
import { createEvents, type Events } from "../support/events.ts";
import { device, request, requestTopic } from "./device.ts";

interface Probe extends Events<SessionEvent> {
  readonly session: Session;
}

function openProbe(endpoint: Endpoint, overrides: Partial<SessionOptions> = {}): Probe {
  const { emit, ...events } = createEvents<SessionEvent>();
  const options: SessionOptions = {
    endpoint,
    identity: device,
    sdkAppId: defaultSdkAppId,
    ca: undefined,
    topics: rrpcTopics,
    boards: [{ board: "pump", ...device, subDevice: undefined }],
    qos: 0,
    keepaliveS: 120,
    pingIntervalMs: 25_000,
    connectTimeoutMs: 10_000,
    now: () => performance.now(),
    settled: () => Promise.resolve(),
    ...overrides,
  };
  return { session: openSession(options, emit), ...events };
}

async function broker(t: TestContext): Promise<Broker> {
  const started = await startBroker();
  t.after(() => started.close());
  return started;
}

function send(from: Broker, topic: string, payload: string, retain = false): Promise<void> {
  return new Promise((resolve) =>
    from.aedes.publish({ cmd: "publish", topic, payload, qos: 0, retain, dup: false }, () => resolve()),
  );
}

/** The next message that a client publishes. */
async function published(to: Broker): Promise<{ topic: string; payload: string }> {
  for (;;) {
    const [packet, client] = await once(to.aedes, "publish", { signal: AbortSignal.timeout(20_000) });
    if (client !== null) return { topic: packet.topic, payload: String(packet.payload) };
  }
}

async function up({ expect }: Probe, ...boards: readonly string[]): Promise<void> {
  await expect("up");
  for (const board of boards.length === 0 ? ["pump"] : boards) assert.equal((await expect("board_up")).board, board);
}

async function end({ session, expect }: Probe): Promise<void> {
  session.end();
  assert.equal((await expect("down")).cause.kind, "ended");
}

test("a request comes in and its response goes out", async (t) => {
  const hub = await broker(t);
  const probe = openProbe(hub.endpoint);
  await up(probe);
  void send(hub, requestTopic("41440"), "read \r\n\0 temperature");
  const { board, processId, payload } = await probe.expect("request");
  assert.deepEqual([board, processId, String(payload)], ["pump", "41440", "read \r\n\0 temperature"]);
  const response = published(hub);
  assert.equal(probe.session.publish("pump", "41440", Buffer.from("21.5"), 0), "sent");
  assert.deepEqual(await response, { topic: "$rrpc/txd/ABCDEFGH12/gateway01/41440", payload: "21.5" });
  const event = published(hub);
  assert.equal(probe.session.publishEvent("pump", "events/1", Buffer.from("alarm")), "sent");
  assert.deepEqual(await event, { topic: "events/1", payload: "alarm" });
  await end(probe);
});

test("CONNECT carries the device's signature, and another one for the next session", async (t) => {
  const hub = await broker(t);
  const seen: { id: string; username: string; password: string }[] = [];
  hub.aedes.authenticate = (client, username, password, done) => {
    seen.push({ id: client.id, username: username ?? "", password: String(password) });
    done(null, true);
  };
  for (let round = 0; round < 2; round += 1) {
    const probe = openProbe(hub.endpoint);
    await up(probe);
    await end(probe);
  }
  assert.equal(seen.length, 2);
  for (const { id, username, password } of seen) {
    const connId = username.split(";")[2] ?? "";
    assert.match(connId, /^[A-Za-z0-9]{5}$/);
    const expected = signCredentials(device, "12010126", connId, 2147483647);
    assert.deepEqual({ clientId: id, username, password }, expected);
  }
  assert.notEqual(seen[0]?.username, seen[1]?.username);
});

test("SUBSCRIBE holds the device's one filter", async (t) => {
  const hub = await broker(t);
  const subscribed = once(hub.aedes, "subscribe");
  const probe = openProbe(hub.endpoint, { qos: 1 });
  const [subscriptions] = await subscribed;
  await up(probe);
  assert.deepEqual(
    subscriptions.map(({ topic, qos }: { topic: string; qos: number }) => ({ topic, qos })),
    [{ topic: "$rrpc/rxd/ABCDEFGH12/gateway01/+", qos: 1 }],
  );
  await end(probe);
});

test("requests of several devices come on one session, each for its board, and so do the responses go", async (t) => {
  const hub = await broker(t);
  const boards = [
    { board: "pump", productId: "SUBPRODUCT", deviceName: "sub01", subDevice: undefined },
    { board: "valve", productId: "SUBPRODUCT", deviceName: "sub012", subDevice: undefined },
  ];
  const probe = openProbe(hub.endpoint, { boards });
  await up(probe, "pump", "valve");
  for (const { board, productId, deviceName } of boards) {
    void send(hub, `$rrpc/rxd/${productId}/${deviceName}/7`, "x");
    const request = await probe.expect("request");
    assert.deepEqual([request.board, request.processId], [board, "7"]);
    const response = published(hub);
    assert.equal(probe.session.publish(board, "7", Buffer.from(board), 0), "sent");
    assert.deepEqual(await response, { topic: `$rrpc/txd/${productId}/${deviceName}/7`, payload: board });
  }
  assert.equal(probe.session.publish("motor", "7", Buffer.from("x"), 0), "not_connected", "no board of the session");
  await end(probe);
});

test("what is longer than the hub takes is never sent: it would end the session of all boards", async (t) => {
  const hub = await broker(t);
  const probe = openProbe(hub.endpoint);
  await up(probe, "pump");
  const [longest, longer] = [Buffer.alloc(responseBytesMax), Buffer.alloc(responseBytesMax + 1)];
  assert.equal(probe.session.publish("pump", "7", longer, 0), "payload_too_long");
  assert.equal(probe.session.publishEvent("pump", "events", longer), "payload_too_long");
  const response = published(hub);
  assert.equal(probe.session.publish("pump", "7", longest, 0), "sent");
  assert.equal((await response).payload.length, responseBytesMax);
  await end(probe);
});

test("a retained request is not handed on, but named", async (t) => {
  const hub = await broker(t);
  await send(hub, requestTopic("7"), "open the door", true);
  const probe = openProbe(hub.endpoint);
  await up(probe);
  assert.deepEqual(await probe.next(), {
    kind: "dropped",
    board: "pump",
    name: "retained_request",
    detail: requestTopic("7"),
  });
  void send(hub, requestTopic("8"), "now");
  assert.equal((await probe.expect("request")).processId, "8");
  await end(probe);
});

test("a message on another device's topic is not handed on, but named", async (t) => {
  const topic = "$rrpc/rxd/ABCDEFGH12/gateway02/7";
  const endpoint = await startScripted(
    t,
    thenScript((type, _packet, socket) => {
      if (type === "subscribe") socket.write(message(topic, "not ours"));
    }),
  );
  const probe = openProbe(endpoint);
  await up(probe);
  assert.deepEqual(await probe.next(), { kind: "dropped", board: undefined, name: "foreign_topic", detail: topic });
  await end(probe);
});

test("a board that goes is answered for until it is gone, though the hub does not answer its UNSUBSCRIBE", async (t) => {
  const endpoint = await startScripted(
    t,
    thenScript((type, packet, socket) => {
      if (type === "subscribe") socket.write(request("7", "in time"));
      if (type === "publish" && packet.includes("/7")) socket.write(request("8", "late"));
    }),
  );
  const probe = openProbe(endpoint);
  await up(probe);
  await probe.expect("request");
  assert.equal(await probe.session.withdrawBoard("pump"), false);
  for (const processId of ["7", "8"]) {
    assert.equal(probe.session.publish("pump", processId, Buffer.from("done"), 0), "sent");
    if (processId === "7") assert.equal((await probe.expect("request")).processId, "8");
  }
  probe.session.removeBoard("pump");
  await end(probe);
});

test("a request that comes after the end was decided is not handed on, but named", async (t) => {
  const endpoint = await startScripted(
    t,
    thenScript((type, _packet, socket) => {
      if (type === "disconnect") socket.end(request("9", "too late"));
    }),
  );
  const probe = openProbe(endpoint);
  await up(probe);
  probe.session.end();
  assert.deepEqual(await probe.next(), {
    kind: "dropped",
    board: "pump",
    name: "session_over",
    detail: requestTopic("9"),
  });
  await probe.expect("down");
});

test("another topic pair", async (t) => {
  const hub = await broker(t);
  const probe = openProbe(hub.endpoint, { topics: { request: "$iotrrpc/down", response: "$iotrrpc/up" } });
  await up(probe);
  void send(hub, "$iotrrpc/down/ABCDEFGH12/gateway01/469", "x");
  assert.equal((await probe.expect("request")).processId, "469");
  const response = published(hub);
  probe.session.publish("pump", "469", Buffer.from("y"), 0);
  assert.equal((await response).topic, "$iotrrpc/up/ABCDEFGH12/gateway01/469");
  await end(probe);
});

test("a device with a certificate shows it to the server", async (t) => {
  const { endpoint, close } = await startBroker({ transport: "tls", clientCertificates: true });
  t.after(close);
  const auth = { kind: "certificate", cert: pem("client.pem"), key: pem("client.key") } as const;
  const probe = openProbe(endpoint, { ca: pem("ca.pem"), identity: { ...device, auth } });
  await up(probe);
  await end(probe);
});

test("no end of a session names the device's secret", async (t) => {
  const endpoint = await startScripted(t, (_type, _packet, socket) => socket.end(connack(4)));
  const { cause } = await openProbe(endpoint).expect("down");
  assert.equal(cause.kind, "refused_credentials");
  assert.doesNotMatch(JSON.stringify(cause), /MDEyMzQ1Njc4OWFiY2RlZg|hmac/);
});
