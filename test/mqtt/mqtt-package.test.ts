/**
 * What `src/mqtt` relies on in the package mqtt beyond its documentation: one test for each point, so that an upgrade that
 * changes one says which. The sockets are streams in memory: nothing here is about a network.
 */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { type TestContext, test } from "node:test";
import type { IClientOptions, MqttClient, Packet } from "mqtt";
import { openClient } from "../../src/mqtt/client.ts";
import { disarm } from "../../src/mqtt/packet-check.ts";
import { createWatch, type Watch } from "../support/watch.ts";
import { connack, request, suback } from "./raw-broker.ts";

/** A client over a stream in memory, and every piece that it has written. */
interface Bench {
  readonly client: MqttClient;
  readonly stream: Duplex;
  readonly written: Buffer[];
  readonly until: Watch["until"];
  /** The broker says this. */
  says(bytes: Buffer): void;
}

async function openBench(t: TestContext): Promise<Bench> {
  const watch = createWatch();
  const written: Buffer[] = [];
  const stream = new Duplex({
    read() {},
    write(bytes: Buffer, _encoding, done) {
      written.push(bytes);
      watch.changed();
      done();
    },
  });
  const client = openClient(stream as unknown as Socket, {
    endpoint: { transport: "tcp", host: "127.0.0.1", port: 1 },
    credentials: { clientId: "ABCDEFGH12device", username: "user", password: "password" },
    keepaliveS: 0,
  });
  t.after(() => stream.destroy());
  for (const event of ["packetreceive", "connect", "message", "close"] as const)
    client.on(event, () => setImmediate(watch.changed));
  await watch.until("CONNECT", () => written.length > 0);
  return { client, stream, written, until: watch.until, says: (bytes) => stream.push(bytes) };
}

async function openConnected(t: TestContext): Promise<Bench> {
  const bench = await openBench(t);
  bench.says(connack(0));
  await bench.until("the connection", () => bench.client.connected);
  bench.written.length = 0;
  return bench;
}

test("the client's stream is the socket that it was given", async (t) => {
  const { client, stream, written } = await openBench(t);
  assert.equal(client.stream, stream);
  assert.equal(written[0]?.readUInt8(0), 0x10); // CONNECT, without a wait for the socket's own "connect".
});

test("a packet is told before it is acted on, and one without a cmd is passed over", async (t) => {
  const { client, says, written, until } = await openConnected(t);
  const told: string[] = [];
  client.on("message", (_topic, payload) => told.push(`message ${payload}`));
  client.on("packetreceive", (packet: Packet) => {
    told.push(packet.cmd);
    if (packet.cmd === "publish" && packet.payload.toString() === "no") disarm(packet);
  });
  says(request("1", "no", 1, 7));
  says(request("2", "yes", 1, 8));
  await until("PUBACK", () => written.length > 0);
  assert.deepEqual(told, ["publish", "publish", "message yes"]);
  assert.deepEqual(Buffer.concat(written), Buffer.of(0x40, 2, 0, 8));
});

test("connected is true from CONNACK to the stream's end, and nothing is opened afterwards", async (t) => {
  const { client, stream, until } = await openConnected(t);
  let closeCount = 0;
  client.on("close", () => {
    closeCount += 1;
  });
  stream.destroy();
  await until("the end", () => closeCount > 0);
  assert.deepEqual([client.connected, client.reconnecting, closeCount], [false, false, 1]);
  assert.equal(client.stream, stream);
});

test("a publish at QoS 1 waits in a corked stream, and uncork sends it within the turn", async (t) => {
  const { client, written } = await openConnected(t);
  client.publish("t", "payload", { qos: 1 });
  assert.equal(written.length, 0);
  client.stream.uncork();
  assert.ok(Buffer.concat(written).includes("payload"));
});

test("what is written past the client at QoS 0 goes out within the turn", async (t) => {
  const { client, written } = await openConnected(t);
  client.stream.write(Buffer.from("piece"));
  assert.deepEqual(written.map(String), ["piece"]);
});

test("a SUBSCRIBE has an id at once, by which its SUBACK is known before its callback is called", async (t) => {
  const { client, says, written, until } = await openConnected(t);
  const told: string[] = [];
  client.on("packetreceive", (packet: Packet) => {
    if (packet.cmd === "suback") told.push(`suback ${packet.messageId === client.getLastMessageId()}`);
  });
  const answered = new Promise<void>((resolve) => {
    client.subscribe("t", { qos: 0 }, () => {
      told.push("callback");
      resolve();
    });
  });
  await until("SUBSCRIBE", () => written.length > 0);
  says(suback(Buffer.concat(written), 0));
  await answered;
  assert.deepEqual(told, ["suback true", "callback"]);
});

test("bytes that are no MQTT are an error event, not an exception", async (t) => {
  const { client, says, until } = await openConnected(t);
  const errors: Error[] = [];
  client.on("error", (error) => errors.push(error));
  says(Buffer.from([0x00, 0x00]));
  await until("the error", () => errors.length > 0 || client.stream.destroyed);
  assert.equal(errors.length, 1);
});

test("its options are still those that openClient sets", async (t) => {
  const { client } = await openBench(t);
  const options: IClientOptions = client.options;
  assert.deepEqual(
    [options.reconnectPeriod, options.resubscribe, options.queueQoSZero, options.reschedulePings, options.writeCache],
    [0, false, false, false, false],
  );
});
