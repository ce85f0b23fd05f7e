// How devices connect besides mqtt.js over TCP: CONNECT packets byte for byte as Tencent's own SDKs make them, TLS by the
// device's secret, WebSocket.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { WebSocket } from "ws";
import type { Hub } from "../../../src/lab/hub/hub.ts";
import { certify } from "./certificate.ts";
import { connected, device, requestFilter, tryConnect, watchedHub, within } from "./support.ts";

/** The C SDK over bare TCP: keepalive 240, HMAC-SHA1, the largest `long` as expiry. */
const cOverTcp = bytes(
  "\x10\x8a\x01\x00\x04MQTT\x04\xc2\x00\xf0\x00\x13ABCDEFGH12gateway01\x006",
  "ABCDEFGH12gateway01;21010406;a1B2c;9223372036854775807",
  "\x00124197258ddbfa79d2ab963ff210f14a11d217767;hmacsha1",
);

/** The C SDK over TLS: its secret was the key of the handshake, and there is no password. */
const cOverPsk = bytes(
  "\x10W\x00\x04MQTT\x04\x82\x00\xf0\x00\x13ABCDEFGH12gateway01\x006",
  "ABCDEFGH12gateway01;21010406;a1B2c;9223372036854775807",
);

/** The Python SDK: MQTT 3.1, keepalive 60, and milliseconds where the expiry's seconds belong. */
const python = bytes(
  "\x10\x86\x01\x00\x06MQIsdp\x03\xc2\x00<\x00\x13ABCDEFGH12gateway01\x000",
  "ABCDEFGH12gateway01;21010406;aB1cD;1767225600000",
  "\x001cc73a07f4f84189b1bc8f0e8cb466128c0e3dfe2;hmacsha1",
);

/** The Java SDK: keepalive 240, HMAC-SHA256, the largest `int` as expiry. */
const java = bytes(
  "\x10\x9b\x01\x00\x04MQTT\x04\xc2\x00\xf0\x00\x13ABCDEFGH12gateway01\x00-",
  "ABCDEFGH12gateway01;12010126;Zz9Yy;2147483647",
  "\x00Kdb56c90e761cb0a5fa81362e7fbcf5e1c0d0160f7e9ca76b9c7f4367e7b036b1;hmacsha256",
);

const accepted = Buffer.of(0x20, 2, 0, 0);
const wrongPassword = Buffer.of(0x20, 2, 0, 4);

/** A packet as text: what is not printable is escaped. */
function bytes(...parts: readonly string[]): Buffer {
  return Buffer.from(parts.join(""), "latin1");
}

/** A PUBLISH at QoS 0. */
function publish(topic: string, payload: string): Buffer {
  const header = Buffer.of(0x30, 2 + topic.length + payload.length, 0, topic.length);
  return Buffer.concat([header, Buffer.from(topic + payload)]);
}

async function answerTo(socket: Socket, packet: Buffer): Promise<Buffer> {
  const answer = once(socket, "data");
  socket.write(packet);
  const [data] = await within("answer", answer);
  return data as Buffer;
}

for (const [name, packet] of [
  ["C", cOverTcp],
  ["Python", python],
  ["Java", java],
] as const) {
  test(`the CONNECT of Tencent's ${name} SDK is accepted, and its first SUBSCRIBE`, async (t) => {
    const hub = await watchedHub(t);
    const socket = connect(hub.mqttPort, "127.0.0.1");
    t.after(() => socket.destroy());
    assert.deepEqual(await answerTo(socket, packet), accepted);
    const filter = "$rrpc/rxd/ABCDEFGH12/gateway01/+";
    const subscribe = [Buffer.of(0x82, filter.length + 5, 0, 1, 0, filter.length), Buffer.from(`${filter}\0`)];
    assert.deepEqual(await answerTo(socket, Buffer.concat(subscribe)), Buffer.of(0x90, 3, 0, 1, 0));
    const answer = once(socket, "data");
    const call = hub.call(device, "ping", { processId: "7" });
    const [request] = (await within("request", answer)) as [Buffer];
    assert.ok(request.includes("$rrpc/rxd/ABCDEFGH12/gateway01/7ping"));
    socket.write(publish("$rrpc/txd/ABCDEFGH12/gateway01/7", "pong"));
    const result = await call;
    assert.equal(result.kind === "answered" && result.payload.toString(), "pong");
  });

  test(`with one character changed, the password of the ${name} SDK is wrong`, async (t) => {
    const hub = await watchedHub(t);
    const socket = connect(hub.mqttPort, "127.0.0.1");
    t.after(() => socket.destroy());
    const changed = Buffer.from(packet);
    const at = packet.indexOf(";hmacsha") - 1;
    changed[at] = changed[at] === 0x30 ? 0x31 : 0x30;
    assert.deepEqual(await answerTo(socket, changed), wrongPassword);
  });
}

/** As the C SDK: TLS 1.2, the two suites, the client identifier and the decoded secret. */
function overPsk(hub: Hub, port: number | undefined, identity: string, psk: Buffer): Socket {
  assert.ok(port !== undefined && hub.pskPort !== undefined);
  return connectTls({
    host: "127.0.0.1",
    port,
    ciphers: "PSK-AES128-CBC-SHA:PSK-AES256-CBC-SHA",
    maxVersion: "TLSv1.2",
    pskCallback: () => ({ identity, psk }),
    checkServerIdentity: () => undefined,
  });
}

const secret = Buffer.from(device.deviceSecret, "base64");
const identity = "ABCDEFGH12gateway01";

test("the C SDK over TLS shows its secret by the handshake; so it may where there is a certificate", async (t) => {
  const { key, cert } = certify("simulated hub");
  const hub = await watchedHub(t, { pskPort: 0, tls: { key, cert } });
  for (const port of [hub.pskPort, hub.tlsPort]) {
    const socket = overPsk(hub, port, identity, secret);
    t.after(() => socket.destroy());
    assert.deepEqual(await answerTo(socket, cOverPsk), accepted);
    assert.match(String((socket as TLSSocket).getCipher().name), /^PSK-AES(128|256)-CBC-SHA$/);
  }
});

test("a handshake with another secret or of an unknown device ends, and is told", async (t) => {
  const hub = await watchedHub(t, { pskPort: 0 });
  for (const [name, psk] of [
    [identity, Buffer.from("another secret")],
    ["ABCDEFGH12nobody", secret],
  ] as const) {
    const socket = overPsk(hub, hub.pskPort, name, psk);
    const [error] = await within("error", once(socket, "error"));
    assert.match(String(error), /alert|mac|psk|identity/i);
    assert.match((await hub.next("no_handshake")).reason, /./);
  }
  assert.equal(hub.counts().connected, 0);
});

test("a handshake is for its own device: another's CONNECT needs more, and without one there is a password", async (t) => {
  const hub = await watchedHub(t, { pskPort: 0 });
  const socket = overPsk(hub, hub.pskPort, "ABCDEFGH12gateway02", secret);
  t.after(() => socket.destroy());
  assert.deepEqual(await answerTo(socket, cOverPsk), wrongPassword);
  assert.match((await hub.next("refused")).reason, /the handshake was another device's/);
  const bare = connect(hub.mqttPort, "127.0.0.1");
  t.after(() => bare.destroy());
  assert.deepEqual(await answerTo(bare, cOverPsk), wrongPassword);
});

test("MQTT travels in WebSocket frames too, over TLS or not", async (t) => {
  const { key, cert } = certify("simulated hub");
  const hub = await watchedHub(t, { wsPort: 0, wssPort: 0, tls: { key, cert } });
  for (const [protocol, port] of [
    ["ws", hub.wsPort],
    ["wss", hub.wssPort],
  ] as const) {
    const client = await connected(hub, { protocol, port: port ?? 0, path: "/mqtt", ca: cert });
    client.on("message", (topic, payload) => client.publish(topic.replace("/rxd/", "/txd/"), payload));
    await client.subscribeAsync(requestFilter);
    assert.equal((await hub.call(device, "ping")).kind, "answered");
    assert.equal(await tryConnect(hub, { protocol, port: port ?? 0, ca: cert, password: "wrong" }), 4);
    await client.endAsync();
  }
  const plain = await fetch(`http://127.0.0.1:${hub.wsPort}/mqtt`);
  assert.equal(plain.status, 426);
});

test("a WebSocket without MQTT's subprotocol is closed", async (t) => {
  const hub = await watchedHub(t, { wsPort: 0 });
  const socket = new WebSocket(`ws://127.0.0.1:${hub.wsPort}/`);
  const [code] = await within("close", once(socket, "close"));
  assert.equal(code, 1002);
});
