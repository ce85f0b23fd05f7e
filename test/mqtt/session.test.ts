import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import type { PublishPacket } from "aedes";
import { signCredentials } from "../../src/iot-hub/credentials.ts";
import type { Transport } from "../../src/mqtt/endpoint.ts";
import { type Broker, type BrokerOptions, pem, startBroker } from "./aedes-broker.ts";
import { device, openProbe, requestTopic } from "./probe.ts";

async function broker(t: TestContext, options?: BrokerOptions): Promise<Broker> {
  const started = await startBroker(options);
  t.after(() => started.close());
  return started;
}

function ask(to: Broker, processId: string, payload: string, overrides: Partial<PublishPacket> = {}): void {
  const packet: PublishPacket = {
    cmd: "publish",
    topic: requestTopic(processId),
    payload,
    qos: 0,
    retain: false,
    dup: false,
    ...overrides,
  };
  to.aedes.publish(packet, () => {});
}

/** The next message that a client publishes. */
async function published(from: Broker): Promise<{ topic: string; payload: string; qos: number }> {
  for (;;) {
    const [packet, client] = await once(from.aedes, "publish", { signal: AbortSignal.timeout(20_000) });
    if (client !== null) return { topic: packet.topic, payload: String(packet.payload), qos: packet.qos };
  }
}

for (const transport of ["tcp", "tls", "ws", "wss"] satisfies Transport[]) {
  for (const qos of [0, 1] as const) {
    test(`a request comes in and its response goes out: ${transport}, QoS ${qos}`, async (t) => {
      const hub = await broker(t, { transport });
      const probe = openProbe(hub.endpoint, { qos, ca: pem("ca.pem") });
      const up = await probe.expect("up");
      assert.ok(up.roundTripMs > 0 && up.roundTripMs < 10_000);
      ask(hub, "41440", "read \r\n\0 temperature", { qos });
      const request = await probe.expect("request");
      assert.equal(request.processId, "41440");
      assert.equal(request.payload.toString("latin1"), "read \r\n\0 temperature");
      const response = published(hub);
      assert.equal(probe.session.publish("41440", Buffer.from("21.5")), "sent");
      assert.deepEqual(await response, { topic: "$rrpc/txd/ABCDEFGH12/gateway01/41440", payload: "21.5", qos });
      probe.session.end();
      assert.equal((await probe.expect("down")).cause.kind, "ended");
    });
  }
}

test("CONNECT carries the device's signature, and another one for the next session", async (t) => {
  const hub = await broker(t);
  const seen: { id: string; username: string; password: string }[] = [];
  hub.aedes.authenticate = (client, username, password, done) => {
    seen.push({ id: client.id, username: username ?? "", password: String(password) });
    done(null, true);
  };
  for (let round = 0; round < 2; round += 1) {
    const probe = openProbe(hub.endpoint);
    await probe.expect("up");
    probe.session.end();
    await probe.expect("down");
  }
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
  await probe.expect("up");
  assert.deepEqual(
    subscriptions.map(({ topic, qos }: { topic: string; qos: number }) => ({ topic, qos })),
    [{ topic: "$rrpc/rxd/ABCDEFGH12/gateway01/+", qos: 1 }],
  );
  probe.session.end();
  await probe.expect("down");
});

test("a retained request is not handed on, but named", async (t) => {
  const hub = await broker(t);
  const stored = new Promise<void>((resolve) =>
    hub.aedes.publish(
      { cmd: "publish", topic: requestTopic("7"), payload: "open the door", qos: 0, retain: true, dup: false },
      () => resolve(),
    ),
  );
  await stored;
  const probe = openProbe(hub.endpoint);
  const seen = [await probe.next(), await probe.next()].map((event) => event.kind).sort();
  assert.deepEqual(seen, ["dropped", "up"]);
  const dropped = probe.events.find((event) => event.kind === "dropped");
  assert.deepEqual(dropped, { kind: "dropped", name: "retained_request", topic: requestTopic("7") });
  ask(hub, "8", "now");
  assert.equal((await probe.expect("request")).processId, "8");
  probe.session.end();
  await probe.expect("down");
});

test("another topic pair", async (t) => {
  const hub = await broker(t);
  const probe = openProbe(hub.endpoint, { topics: { request: "$iotrrpc/down", response: "$iotrrpc/up" } });
  await probe.expect("up");
  ask(hub, "", "x", { topic: "$iotrrpc/down/ABCDEFGH12/gateway01/469" });
  assert.equal((await probe.expect("request")).processId, "469");
  const response = published(hub);
  probe.session.publish("469", Buffer.from("y"));
  assert.equal((await response).topic, "$iotrrpc/up/ABCDEFGH12/gateway01/469");
  probe.session.end();
  await probe.expect("down");
});

test("nothing is published before the session is up or after its end, and nothing is kept", async (t) => {
  const hub = await broker(t);
  const responses: string[] = [];
  hub.aedes.on("publish", (packet, client) => {
    if (client !== null) responses.push(String(packet.payload));
  });
  const probe = openProbe(hub.endpoint);
  assert.equal(probe.session.publish("1", Buffer.from("too early")), "not_connected");
  await probe.expect("up");
  const first = published(hub);
  assert.equal(probe.session.publish("2", Buffer.from("in time")), "sent");
  await first;
  probe.session.end();
  assert.equal(probe.session.publish("3", Buffer.from("too late")), "not_connected");
  await probe.expect("down");
  assert.equal(probe.session.publish("4", Buffer.from("far too late")), "not_connected");

  const second = openProbe(hub.endpoint);
  await second.expect("up");
  const own = published(hub);
  second.session.publish("5", Buffer.from("of the next session"));
  await own;
  second.session.end();
  await second.expect("down");
  assert.deepEqual(responses, ["in time", "of the next session"]);
});

test("what was published before end() arrives, and so does DISCONNECT", async (t) => {
  for (const qos of [0, 1] as const) {
    const hub = await broker(t);
    const probe = openProbe(hub.endpoint, { qos });
    await probe.expect("up");
    const last = published(hub);
    const gone = once(hub.aedes, "clientDisconnect");
    probe.session.publish("9", Buffer.from("the last word"));
    probe.session.end();
    probe.session.end();
    assert.equal((await last).payload, "the last word");
    const [client] = await gone;
    assert.equal(client._disconnected, true, "a DISCONNECT was received");
    await probe.expect("down");
    assert.equal(probe.events.filter((event) => event.kind === "down").length, 1);
  }
});

test("the second session with one identity ends the first", async (t) => {
  const hub = await broker(t);
  const first = openProbe(hub.endpoint);
  await first.expect("up");
  const second = openProbe(hub.endpoint);
  await second.expect("up");
  assert.equal((await first.expect("down")).cause.kind, "peer_closed");
  second.session.end();
  await second.expect("down");
});

test("a thousand requests at once come in order and are all answered", async (t) => {
  const hub = await broker(t);
  const probe = openProbe(hub.endpoint);
  await probe.expect("up");
  let answered = 0;
  const all = new Promise<void>((resolve) =>
    hub.aedes.on("publish", (_packet, client) => {
      if (client !== null) answered += 1;
      if (answered === 1000) resolve();
    }),
  );
  for (let index = 0; index < 1000; index += 1) ask(hub, String(index), "x".repeat(50));
  for (let index = 0; index < 1000; index += 1) assert.equal((await probe.expect("request")).processId, String(index));
  // In one turn, as when a queue is refused.
  for (let index = 0; index < 1000; index += 1) {
    assert.equal(probe.session.publish(String(index), Buffer.alloc(300, "e")), "sent");
  }
  await all;
  probe.session.end();
  await probe.expect("down");
});
