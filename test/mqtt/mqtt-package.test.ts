/**
 * What `src/mqtt/client.ts` relies on in the package mqtt beyond its documentation: one test for each point that the file
 * marks "undocumented", so that an upgrade that changes one says which. The sockets are streams in memory: nothing here is about a
 * network.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { type TestContext, test } from "node:test";
import { type Client, openClient } from "../../src/mqtt/client.ts";
import { createWatch, type Watch } from "../support/watch.ts";
import { connack, message, suback, unsuback } from "./raw-broker.ts";

/** A client over a stream in memory, and every piece that it has written. */
interface Bench {
  readonly client: Client;
  readonly stream: Duplex;
  readonly written: Buffer[];
  /** Everything that the client has told, in order. */
  readonly told: string[];
  readonly until: Watch["until"];
  /** The broker says this. */
  says(bytes: Buffer): void;
}

interface BenchOptions {
  /** A payload that is passed over. */
  readonly refuses?: string;
  readonly keepaliveS?: number;
}

async function openBench(t: TestContext, { refuses, keepaliveS = 0 }: BenchOptions = {}): Promise<Bench> {
  const watch = createWatch();
  const written: Buffer[] = [];
  const told: string[] = [];
  const tell = (text: string) => {
    told.push(text);
    setImmediate(watch.changed);
  };
  const stream = new Duplex({
    read() {},
    write(bytes: Buffer, _encoding, done) {
      written.push(bytes);
      watch.changed();
      done();
    },
  });
  const client = openClient(
    stream as unknown as Socket,
    {
      endpoint: { transport: "tcp", host: "127.0.0.1", port: 1 },
      login: { clientId: "client", username: "user", password: "password" },
      keepaliveS,
      packetLimits: { bytesMax: 1000, msMax: 30_000 },
    },
    {
      onPacket(packet) {
        tell(packet.cmd === "suback" ? `suback ${packet.messageId}` : packet.cmd);
        return !(packet.cmd === "publish" && packet.payload.toString() === refuses);
      },
      onConnected: () => tell("connected"),
      onMessage: (topic, payload, isRetained) => tell(`message ${topic} ${payload} ${isRetained}`),
      onError: (error) => tell(`error ${error.kind}${error.kind === "reason" ? ` ${error.code}` : ""}`),
      onClosed: () => tell("closed"),
    },
  );
  t.after(() => stream.destroy());
  await watch.until("CONNECT", () => written.length > 0);
  return { client, stream, written, told, until: watch.until, says: (bytes) => stream.push(bytes) };
}

async function openConnected(t: TestContext, options: BenchOptions = {}): Promise<Bench> {
  const bench = await openBench(t, options);
  bench.says(connack(0));
  await bench.until("the connection", () => bench.told.includes("connected"));
  bench.written.length = 0;
  bench.told.length = 0;
  return bench;
}

test("the client's stream is the socket that it was given: CONNECT is in it, without a wait for the socket's own connect", async (t) => {
  const { written } = await openBench(t);
  assert.equal(written[0]?.readUInt8(0), 0x10);
});

test("a chunk is seen before mqtt.js sees it: a packet that is announced too long is told though none is complete", async (t) => {
  const { says, told, until } = await openConnected(t);
  says(Buffer.from([0xd0, 0, 0x30, 0xff, 0x7f]));
  await until("both", () => told.length === 2);
  assert.deepEqual(told, ["error protocol", "pingresp"]);
});

test("a packet is told before it is acted on, and one that is refused is passed over", async (t) => {
  const { says, told, written, until } = await openConnected(t, { refuses: "no" });
  says(message("in/1", "no", 1, 7));
  says(message("in/2", "yes", 1, 8));
  await until("PUBACK", () => written.length > 0);
  assert.deepEqual(told, ["publish", "publish", "message in/2 yes false"]);
  assert.deepEqual(Buffer.concat(written), Buffer.of(0x40, 2, 0, 8));
});

test("it is writable from CONNACK to the stream's end, and nothing is opened afterwards", async (t) => {
  const { client, stream, says, told, written, until } = await openBench(t);
  assert.equal(client.isWritable, false);
  says(connack(0));
  await until("the connection", () => told.includes("connected"));
  assert.equal(client.isWritable, true);
  stream.destroy();
  await until("the end", () => told.includes("closed"));
  assert.equal(client.isWritable, false);
  const writtenCount = written.length;
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([told.filter((text) => text === "closed").length, written.length], [1, writtenCount]);
});

test("a publish at QoS 1 goes out within the turn, and its PUBACK is told", async (t) => {
  const { client, written, says, until } = await openConnected(t);
  let acknowledgedCount = 0;
  client.publish("t", Buffer.from("payload"), () => {
    acknowledgedCount += 1;
  });
  const packet = Buffer.concat(written);
  assert.ok(packet.includes("payload"));
  // The identifier stands behind the topic "t".
  says(Buffer.from([0x40, 2, ...packet.subarray(5, 7)]));
  await until("PUBACK", () => acknowledgedCount === 1);
});

test("what is written past the client goes out within the turn", async (t) => {
  const { client, written } = await openConnected(t);
  client.write(Buffer.from("piece"));
  assert.deepEqual(written.map(String), ["piece"]);
});

test("each SUBSCRIBE has an identifier of its own at once, by which its SUBACK is known", async (t) => {
  const { client, says, told, written, until } = await openConnected(t);
  const ids = [client.subscribe("a/+", 0), client.subscribe("b/+", 1)];
  await until("two SUBSCRIBEs", () => Buffer.concat(written).includes("b/+"));
  const sent = Buffer.concat(written);
  const second = sent.indexOf("b/+") - 6;
  assert.deepEqual(ids, [sent.readUInt16BE(2), sent.readUInt16BE(second + 2)]);
  assert.notEqual(ids[0], ids[1]);
  says(suback(sent, 0));
  says(suback(sent.subarray(second), 0));
  await until("both SUBACKs", () => told.length === 2);
  assert.deepEqual(
    told,
    ids.map((id) => `suback ${id}`),
  );
});

test("an UNSUBACK is an agreement, and the end of the connection is none", async (t) => {
  const { client, says, stream, written, until } = await openConnected(t);
  const answers: boolean[] = [];
  client.unsubscribe("a/+", (isAgreed) => answers.push(isAgreed));
  await until("UNSUBSCRIBE", () => written.length > 0);
  says(unsuback(Buffer.concat(written)));
  await until("the agreement", () => answers.length === 1);
  client.unsubscribe("b/+", (isAgreed) => answers.push(isAgreed));
  stream.destroy();
  await until("the end", () => answers.length === 2);
  assert.deepEqual(answers, [true, false]);
});

test("a ping is a PINGREQ at once", async (t) => {
  const { client, written, until } = await openConnected(t);
  client.ping();
  await until("PINGREQ", () => written.length > 0);
  assert.deepEqual(Buffer.concat(written), Buffer.of(0xc0, 0));
});

test("bytes that are no MQTT are an error, not an exception", async (t) => {
  const { says, told, until } = await openConnected(t);
  says(Buffer.from([0x00, 0x00]));
  await until("the error", () => told.length > 0);
  assert.equal(told[0], "error protocol");
});

test("a CONNACK that refuses is an error with its code", async (t) => {
  const { says, told, until } = await openBench(t);
  says(connack(5));
  await until("the error", () => told.some((text) => text.startsWith("error")));
  assert.deepEqual(
    told.filter((text) => text.startsWith("error")),
    ["error reason 5"],
  );
});

test("a second CONNACK is an error with a code as well", async (t) => {
  const { says, told, until } = await openConnected(t);
  says(connack(0));
  await until("the error", () => told.some((text) => text.startsWith("error")));
  assert.match(told.find((text) => text.startsWith("error")) ?? "", /^error reason \d+$/);
});

test("a ping of the keepalive that nobody answers is told by the words that are looked for", async (t) => {
  const { told, until } = await openConnected(t, { keepaliveS: 1 });
  await until("the error", () => told.some((text) => text.startsWith("error")));
  assert.equal(told[0], "error no_pingresp");
});

test("an error of the stream is told with the stream's own error, also one without a code", async (t) => {
  const { stream, told, until } = await openConnected(t);
  stream.destroy(new Error("Unexpected server response: 404"));
  await until("the end", () => told.includes("closed"));
  assert.equal(told[0], "error socket");
});

test("the package is imported in the one file that says what is relied on", () => {
  const text = readFileSync(new URL("../../src/mqtt/client.ts", import.meta.url), "utf8");
  // One more of them needs a test more here.
  assert.equal(text.match(/Undocumented/g)?.length, 8);
});
