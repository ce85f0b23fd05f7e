import assert from "node:assert/strict";
import { test } from "node:test";
import {
  answering,
  clientId,
  connected,
  device,
  message,
  neighbour,
  neighbourConnect,
  requestFilter,
  watchedHub,
} from "./support.ts";

test("a call is answered with the reply that carries its processId", async (t) => {
  const hub = await watchedHub(t);
  await answering(hub, (payload) => `${payload}!`);
  const result = await hub.call(device, "ping");
  assert.ok(result.kind === "answered");
  assert.equal(result.payload.toString(), "ping!");
  assert.match(result.processId, /^\d{1,5}$/);
  const { arrivedMs, publishedMs, endedMs } = result.times;
  assert.ok(arrivedMs <= publishedMs && publishedMs <= endedMs);
  assert.equal((await hub.next("request")).processId, result.processId);
  assert.deepEqual(await hub.next("call"), { kind: "call", clientId, result });
});

test("many calls at once get each its own reply", async (t) => {
  const hub = await watchedHub(t);
  await answering(hub, (payload) => payload);
  const payloads = Array.from({ length: 200 }, (_, index) => `call ${index}`);
  const results = await Promise.all(payloads.map((payload) => hub.call(device, payload)));
  assert.deepEqual(
    results.map((result) => result.kind === "answered" && result.payload.toString()),
    payloads,
  );
  assert.equal(new Set(results.map((result) => result.processId)).size, 200);
});

test("IoT Explorer's topics carry calls the same way", async (t) => {
  const hub = await watchedHub(t);
  const client = await connected(hub);
  client.on("message", (topic, payload) => client.publish(topic.replace("/down/", "/up/"), payload));
  await client.subscribeAsync("$iotrrpc/down/ABCDEFGH12/gateway01/+");
  await hub.next("subscribed");
  assert.equal((await hub.call(device, "ping")).kind, "answered");
});

test("a request goes out at the QoS it is asked for", async (t) => {
  const hub = await watchedHub(t);
  const client = await connected(hub);
  await client.subscribeAsync(requestFilter, { qos: 1 });
  await hub.next("subscribed");
  for (const qos of [0, 1] as const) {
    const arrived = message(client);
    const call = hub.call(device, "ping", { qos, processId: "469" });
    const request = await arrived;
    assert.deepEqual([request.topic, request.qos], ["$rrpc/rxd/ABCDEFGH12/gateway01/469", qos]);
    client.publish("$rrpc/txd/ABCDEFGH12/gateway01/469", "pong", { qos });
    assert.equal((await call).kind, "answered");
  }
});

test("a second reply, a late one and one to nothing reach nobody and are told apart", async (t) => {
  const hub = await watchedHub(t, { cutoffMs: 50 });
  const client = await answering(hub, (payload) => (payload === "silence" ? undefined : payload));
  const answered = await hub.call(device, "ping");
  const silent = await hub.call(device, "silence");
  assert.ok(silent.kind === "failed" && silent.code === "FailedOperation.RRPCTimeout");
  assert.ok(silent.times.endedMs - silent.times.publishedMs >= 49);

  client.publish(`$rrpc/txd/ABCDEFGH12/gateway01/${answered.processId}`, "again");
  client.publish(`$rrpc/txd/ABCDEFGH12/gateway01/${silent.processId}`, "too late");
  client.publish("$rrpc/txd/ABCDEFGH12/gateway01/not-an-id", "to nobody");
  const second = await hub.next("second_reply");
  const late = await hub.next("late_reply");
  const unknown = await hub.next("unknown_reply");
  assert.deepEqual([second.processId, String(second.payload)], [answered.processId, "again"]);
  assert.deepEqual([late.processId, String(late.payload)], [silent.processId, "too late"]);
  assert.deepEqual([unknown.processId, String(unknown.payload)], ["not-an-id", "to nobody"]);
  assert.equal(hub.counts().call, 2);
});

test("a device cannot answer another device's call", async (t) => {
  const hub = await watchedHub(t, { cutoffMs: 300 });
  await answering(hub, () => undefined);
  const other = await connected(hub, neighbourConnect);
  const call = hub.call(device, "ping");
  const { processId } = await hub.next("request");
  other.publish(`$rrpc/txd/ABCDEFGH12/gateway02/${processId}`, "mine");
  assert.equal((await hub.next("unknown_reply")).clientId, "ABCDEFGH12gateway02");
  assert.equal((await call).kind, "failed");
});

test("calls that cannot reach a device fail at once, each with its code", async (t) => {
  const hub = await watchedHub(t, { cutoffMs: 60_000 });
  const code = async (name: typeof device, payload: string | Buffer) => {
    const result = await hub.call(name, payload);
    return result.kind === "failed" ? result.code : result.kind;
  };
  assert.equal(await code(device, "ping"), "FailedOperation.DeviceOffline");
  const client = await connected(hub);
  assert.equal(await code(device, "ping"), "FailedOperation.DeviceNoSubscription");
  await client.subscribeAsync(requestFilter);
  await hub.next("subscribed");
  assert.equal(await code(neighbour, "ping"), "FailedOperation.DeviceOffline");
  assert.equal(await code({ ...device, deviceName: "nobody" }, "ping"), "ResourceNotFound.DeviceNotExist");
  assert.equal(await code(device, Buffer.alloc(16 * 1024 + 1)), "InvalidParameterValue.PayloadOverLimit");
  await client.unsubscribeAsync(requestFilter);
  await hub.next("unsubscribed");
  assert.equal(await code(device, "ping"), "FailedOperation.DeviceNoSubscription");
  await client.endAsync();
  await hub.next("disconnected");
  assert.equal(await code(device, "ping"), "FailedOperation.DeviceOffline");
});

test("a chosen processId is taken once at a time", async (t) => {
  const hub = await watchedHub(t);
  const client = await answering(hub, () => undefined);
  const call = hub.call(device, "first", { processId: "41440" });
  await assert.rejects(hub.call(device, "second", { processId: "41440" }), /41440/);
  client.publish("$rrpc/txd/ABCDEFGH12/gateway01/41440", "pong");
  assert.equal((await call).kind, "answered");
});

test("the hub can send a request that nobody has called", async (t) => {
  const hub = await watchedHub(t);
  const client = await answering(hub, (payload) => payload);
  const arrived = message(client);
  hub.publishRaw("$rrpc/rxd/ABCDEFGH12/gateway01/12 34", Buffer.of(0, 10, 255));
  const { topic, payload } = await arrived;
  assert.deepEqual([topic, payload], ["$rrpc/rxd/ABCDEFGH12/gateway01/12 34", Buffer.of(0, 10, 255)]);
  assert.equal((await hub.next("unknown_reply")).processId, "12 34");
});

test("closing the hub ends the open calls", async (t) => {
  const hub = await watchedHub(t, { cutoffMs: 60_000 });
  await answering(hub, () => undefined);
  const call = hub.call(device, "ping");
  await hub.next("request");
  await hub.close();
  const result = await call;
  assert.ok(result.kind === "failed" && result.code === "InternalError");
});
