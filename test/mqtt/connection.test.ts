import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import type { PublishPacket } from "aedes";
import type { Transport } from "../../src/mqtt/endpoint.ts";
import { type Broker, type BrokerOptions, pem, startBroker } from "./aedes-broker.ts";
import { openProbe } from "./probe.ts";

async function broker(t: TestContext, options?: BrokerOptions): Promise<Broker> {
  const started = await startBroker(options);
  t.after(() => started.close());
  return started;
}

/** The broker sends this to whoever has subscribed the topic. */
function send(from: Broker, topic: string, payload: string, overrides: Partial<PublishPacket> = {}): Promise<void> {
  return new Promise((resolve) =>
    from.aedes.publish({ cmd: "publish", topic, payload, qos: 0, retain: false, dup: false, ...overrides }, () =>
      resolve(),
    ),
  );
}

/** The next message that a client publishes. */
async function published(to: Broker): Promise<{ topic: string; payload: string; qos: number }> {
  for (;;) {
    const [packet, client] = await once(to.aedes, "publish", { signal: AbortSignal.timeout(20_000) });
    if (client !== null) return { topic: packet.topic, payload: String(packet.payload), qos: packet.qos };
  }
}

for (const transport of ["tcp", "tls", "ws", "wss"] satisfies Transport[]) {
  for (const qos of [0, 1] as const) {
    test(`a message comes in and another one goes out: ${transport}, QoS ${qos}`, async (t) => {
      const server = await broker(t, { transport });
      const probe = openProbe(server.endpoint, { qos, ca: pem("ca.pem") });
      const up = await probe.expect("up");
      assert.ok(up.roundTripMs > 0 && up.roundTripMs < 10_000);
      void send(server, "in/41440", "read \r\n\0 temperature", { qos });
      const message = await probe.expect("message");
      assert.deepEqual([message.topic, message.arrival], ["in/41440", "live"]);
      assert.equal(message.payload.toString("latin1"), "read \r\n\0 temperature");
      const answer = published(server);
      assert.equal(probe.connection.publish("out/41440", Buffer.from("21.5")), "sent");
      assert.deepEqual(await answer, { topic: "out/41440", payload: "21.5", qos });
      probe.connection.end();
      assert.equal((await probe.expect("down")).cause.kind, "ended");
    });
  }
}

test("several filters are subscribed, one a packet, and it is up when all are granted", async (t) => {
  const server = await broker(t);
  const subscribed: string[][] = [];
  server.aedes.on("subscribe", (subscriptions) => subscribed.push(subscriptions.map(({ topic }) => topic)));
  const filters = ["a/+", "b/+", "c/#"];
  const probe = openProbe(server.endpoint, { filters });
  await probe.expect("up");
  assert.deepEqual(
    subscribed,
    filters.map((filter) => [filter]),
  );
  for (const topic of ["a/1", "b/2", "c/3/4"]) {
    void send(server, topic, "x");
    assert.equal((await probe.expect("message")).topic, topic);
  }
  const unsubscribed: string[] = [];
  server.aedes.on("unsubscribe", (topics) => unsubscribed.push(...topics));
  assert.equal(await probe.connection.unsubscribe(), true);
  assert.deepEqual(unsubscribed, filters);
  probe.connection.end();
  await probe.expect("down");
});

test("a message that the broker had kept is told as that", async (t) => {
  const server = await broker(t);
  await send(server, "in/7", "open the door", { retain: true });
  const probe = openProbe(server.endpoint);
  await probe.expect("up");
  const { topic, arrival } = await probe.expect("message");
  assert.deepEqual([topic, arrival], ["in/7", "retained"]);
  probe.connection.end();
  await probe.expect("down");
});

test("nothing is published before the connection is up or after its end, and nothing is kept", async (t) => {
  const server = await broker(t);
  const arrived: string[] = [];
  server.aedes.on("publish", (packet, client) => {
    if (client !== null) arrived.push(String(packet.payload));
  });
  const probe = openProbe(server.endpoint);
  assert.equal(probe.connection.publish("out/1", Buffer.from("too early")), "not_connected");
  await probe.expect("up");
  const first = published(server);
  assert.equal(probe.connection.publish("out/2", Buffer.from("in time")), "sent");
  await first;
  probe.connection.end();
  assert.equal(probe.connection.publish("out/3", Buffer.from("too late")), "not_connected");
  await probe.expect("down");
  assert.equal(probe.connection.publish("out/4", Buffer.from("far too late")), "not_connected");

  const second = openProbe(server.endpoint);
  await second.expect("up");
  const own = published(server);
  second.connection.publish("out/5", Buffer.from("of the next connection"));
  await own;
  second.connection.end();
  await second.expect("down");
  assert.deepEqual(arrived, ["in time", "of the next connection"]);
});

test("what was published before end() arrives, and so does DISCONNECT", async (t) => {
  for (const qos of [0, 1] as const) {
    const server = await broker(t);
    const probe = openProbe(server.endpoint, { qos });
    await probe.expect("up");
    const last = published(server);
    const gone = once(server.aedes, "clientDisconnect");
    probe.connection.publish("out/9", Buffer.from("the last word"));
    probe.connection.end();
    probe.connection.end();
    assert.equal((await last).payload, "the last word");
    const [client] = await gone;
    assert.equal(client._disconnected, true, "a DISCONNECT was received");
    await probe.expect("down");
    assert.equal(probe.events.filter((event) => event.kind === "down").length, 1);
  }
});

test("the second connection with one client identifier ends the first", async (t) => {
  const server = await broker(t);
  const first = openProbe(server.endpoint);
  await first.expect("up");
  const second = openProbe(server.endpoint);
  await second.expect("up");
  assert.equal((await first.expect("down")).cause.kind, "peer_closed");
  second.connection.end();
  await second.expect("down");
});

test("a thousand messages at once come in order, and as many go out", async (t) => {
  const server = await broker(t);
  const probe = openProbe(server.endpoint);
  await probe.expect("up");
  let arrived = 0;
  const all = new Promise<void>((resolve) =>
    server.aedes.on("publish", (_packet, client) => {
      if (client !== null) arrived += 1;
      if (arrived === 1000) resolve();
    }),
  );
  for (let index = 0; index < 1000; index += 1) void send(server, `in/${index}`, "x".repeat(50));
  for (let index = 0; index < 1000; index += 1) assert.equal((await probe.expect("message")).topic, `in/${index}`);
  // In one turn, as when a queue is refused.
  for (let index = 0; index < 1000; index += 1) {
    assert.equal(probe.connection.publish(`out/${index}`, Buffer.alloc(300, "e")), "sent");
  }
  await all;
  probe.connection.end();
  await probe.expect("down");
});
