import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import type { IClientPublishOptions } from "mqtt";
import { startHub } from "../../../src/lab/hub/hub.ts";
import {
  clientId,
  closed,
  connected,
  device,
  message,
  neighbourConnect,
  requestFilter,
  tryConnect,
  watchedHub,
} from "./support.ts";

const replyTopic = "$rrpc/txd/ABCDEFGH12/gateway01/1";

test("what a CONNECT may not be is answered with its CONNACK code", async (t) => {
  const hub = await watchedHub(t);
  assert.equal(await tryConnect(hub, { protocolVersion: 5 }), 1);
  assert.equal(await tryConnect(hub, { clientId: "ABCDEFGH12gateway09" }), 2);
  assert.equal(await tryConnect(hub, { password: `${"0".repeat(64)};hmacsha256` }), 4);
  assert.equal(await tryConnect(hub, { keepalive: 10 }), 5);
  assert.equal(await tryConnect(hub, { clean: false }), 5);
  const will = { topic: replyTopic, payload: Buffer.from("gone"), qos: 0, retain: false } as const;
  assert.equal(await tryConnect(hub, { will }), 5);
  const { reason, ...first } = await hub.next("refused");
  assert.deepEqual(first, { kind: "refused", clientId, returnCode: 1 });
  assert.match(reason, /MQTT 3\.1 or 3\.1\.1/);
  assert.equal(hub.counts().refused, 6);
  assert.equal(hub.counts().connected, 0);
});

test("MQTT 3.1 is spoken as well, with identifiers longer than it allows", async (t) => {
  const deviceName = "n".repeat(48);
  const hub = await watchedHub(t, { devices: [device, { ...device, deviceName }] });
  await connected(hub, { protocolVersion: 3, protocolId: "MQIsdp" });
  const longest = `ABCDEFGH12${deviceName};12010126;Zz9Yy;9223372036854775807`;
  const hex = createHmac("sha1", "0123456789abcdef").update(longest).digest("hex");
  const long = { clientId: `ABCDEFGH12${deviceName}`, username: longest, password: `${hex};hmacsha1` };
  const client = await connected(hub, { ...long, protocolVersion: 3, protocolId: "MQIsdp" });
  await client.subscribeAsync(`$rrpc/rxd/ABCDEFGH12/${deviceName}/+`);
});

test("a signature that has expired is refused by the hub's own clock", async (t) => {
  let nowMs = 1_767_225_600_000;
  const hub = await watchedHub(t, { now: () => nowMs });
  const username = "ABCDEFGH12gateway01;12010126;a1B2c;1767225600";
  const password = "28c19fcb5d4bb05773a0a345c78e41bfe9fdf974;hmacsha1";
  await connected(hub, { username, password });
  nowMs += 1;
  assert.equal(await tryConnect(hub, { username, password }), 4);
});

test("a device that is refused by order is let in again when the order ends", async (t) => {
  const hub = await watchedHub(t);
  hub.refuse(device, 3);
  assert.equal(await tryConnect(hub), 3);
  hub.refuse(device, undefined);
  await connected(hub);
});

test("one CONNECT in the interval, where there is one", async (t) => {
  const hub = await watchedHub(t, { connectIntervalMs: 60_000 });
  assert.equal(await tryConnect(hub, { password: "wrong" }), 4);
  assert.equal(await tryConnect(hub), 3);
  await connected(hub, neighbourConnect);
});

test("the older of two sessions with one identity is kicked", async (t) => {
  const hub = await watchedHub(t);
  const older = await connected(hub);
  const newer = await connected(hub);
  await closed(older);
  assert.equal((await hub.next("kicked")).clientId, clientId);
  await hub.next("disconnected");
  await newer.subscribeAsync(requestFilter);
  assert.deepEqual([newer.connected, hub.counts().connected, hub.counts().disconnected], [true, 2, 1]);
});

test("sessions that kick each other in a row leave exactly one", async (t) => {
  const hub = await watchedHub(t);
  await Promise.all(Array.from({ length: 10 }, () => tryConnect(hub)));
  for (let ended = 0; ended < 9; ended += 1) await hub.next("disconnected");
  assert.equal(hub.counts().connected, 10);
  hub.kick(device);
  await hub.next("disconnected");
  assert.equal((await hub.call(device, "ping")).kind, "failed");
  assert.equal(hub.counts().kicked, 10);
});

test("the hub kicks on demand", async (t) => {
  const hub = await watchedHub(t);
  const client = await connected(hub);
  hub.kick(device);
  await closed(client);
  await hub.next("kicked");
  await hub.next("disconnected");
  hub.kick(device);
  assert.equal(hub.counts().kicked, 1);
});

for (const filter of [
  "$rrpc/rxd/ABCDEFGH12/gateway02/+",
  "$rrpc/rxd/ABCDEFGH12/+/+",
  "$rrpc/rxd/ABCDEFGH12/gateway01/#",
  "$rrpc/txd/ABCDEFGH12/gateway01/+",
  "$SYS/#",
  "#",
]) {
  test(`a subscription to ${filter} gets SUBACK 128, and the session lives`, async (t) => {
    const hub = await watchedHub(t);
    const client = await connected(hub);
    await assert.rejects(client.subscribeAsync(filter));
    assert.equal((await hub.next("denied")).filter, filter);
    assert.equal((await client.subscribeAsync(requestFilter))[0]?.qos, 0);
  });
}

test("a subscription at QoS 2 gets SUBACK 128", async (t) => {
  const client = await connected(await watchedHub(t));
  await assert.rejects(client.subscribeAsync(requestFilter, { qos: 2 }));
  assert.equal((await client.subscribeAsync(requestFilter, { qos: 1 }))[0]?.qos, 1);
});

test("two filters in one SUBSCRIBE end the connection", async (t) => {
  const hub = await watchedHub(t);
  const client = await connected(hub);
  client.subscribe([requestFilter, "$sys/operation/result/ABCDEFGH12/gateway01"]);
  await closed(client);
  assert.match((await hub.next("violation")).reason, /more than one filter/);
});

const forbidden: readonly (readonly [string, string, Buffer, IClientPublishOptions])[] = [
  ["to another device's replies", "$rrpc/txd/ABCDEFGH12/gateway02/1", Buffer.from("x"), {}],
  ["to its own requests", "$rrpc/rxd/ABCDEFGH12/gateway01/1", Buffer.from("x"), {}],
  ["without a processId", "$rrpc/txd/ABCDEFGH12/gateway01/", Buffer.from("x"), {}],
  ["below a processId", `${replyTopic}/2`, Buffer.from("x"), {}],
  ["to $SYS/", "$SYS/new", Buffer.from("x"), {}],
  ["at QoS 2", replyTopic, Buffer.from("x"), { qos: 2 }],
  ["to be retained", replyTopic, Buffer.from("x"), { retain: true }],
  ["of 16 KB and a byte", replyTopic, Buffer.alloc(16 * 1024 + 1), {}],
  ["on a topic of 256 bytes", replyTopic.padEnd(256, "1"), Buffer.from("x"), {}],
];

for (const [what, topic, payload, options] of forbidden) {
  test(`a publish ${what} ends the connection and arrives nowhere`, async (t) => {
    const hub = await watchedHub(t);
    const client = await connected(hub);
    // At QoS 2 the promise never settles, and with the connection it may reject: the end is what counts.
    client.publish(topic, payload, options, () => undefined);
    await closed(client);
    await hub.next("violation");
    await hub.next("disconnected");
    assert.deepEqual([hub.counts().unknown_reply, hub.counts().published], [0, 0]);
  });
}

test("16 KB are not too much", async (t) => {
  const hub = await watchedHub(t);
  const client = await connected(hub);
  await client.publishAsync(replyTopic, Buffer.alloc(16 * 1024), { qos: 1 });
  const { kind, processId, payload } = await hub.next("unknown_reply");
  assert.deepEqual([kind, processId, payload.length], ["unknown_reply", "1", 16 * 1024]);
});

test("a device is told the time", async (t) => {
  const hub = await watchedHub(t, { now: () => 1_767_225_600_123 });
  const client = await connected(hub);
  const told = message(client);
  await client.subscribeAsync("$sys/operation/result/ABCDEFGH12/gateway01");
  client.publish("$sys/operation/ABCDEFGH12/gateway01", '{"type":"get","resource":["time"]}');
  assert.deepEqual(JSON.parse(String((await told).payload)), {
    type: "get",
    time: 1_767_225_600,
    ntptime1: 1_767_225_600_123,
    ntptime2: 1_767_225_600_123,
  });
});

test("a device that cannot be one is not registered", async () => {
  await assert.rejects(startHub({ devices: [{ ...device, productId: "SHORT" }] }), /product id/);
  await assert.rejects(startHub({ devices: [{ ...device, deviceSecret: "%%%" }] }), /base64/);
});
