// Gateways and their sub-devices: topology, operations with their codes, permissions, and what the hub says unasked.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { type TestContext, test } from "node:test";
import type { MqttClient } from "mqtt";
import { bindSignatureProblem } from "../../../src/lab/hub/bind-signature.ts";
import type { HubOptions } from "../../../src/lab/hub/hub.ts";
import {
  clientId,
  closed,
  connected,
  device,
  message,
  neighbour,
  neighbourConnect,
  requestFilter,
  tryConnect,
  type WatchedHub,
  watchedHub,
  within,
} from "./support.ts";

const secret = device.deviceSecret;
const pump = { productId: "SUBPRODUCT", deviceName: "sub01", deviceSecret: secret };
const valve = { ...pump, deviceName: "sub02" };
const unbound = { ...pump, deviceName: "sub03" };
const others = { ...pump, deviceName: "sub04" };
const subDevices = [
  { ...pump, boundTo: device },
  { ...valve, boundTo: device },
  unbound,
  { ...others, boundTo: neighbour },
];
const operationTopic = "$gateway/operation/ABCDEFGH12/gateway01";
const resultTopic = "$gateway/operation/result/ABCDEFGH12/gateway01";
const requestsOf = (name: string) => `$rrpc/rxd/SUBPRODUCT/${name}/+`;
const named = (name: string) => ({ product_id: "SUBPRODUCT", device_name: name });

interface Gateway {
  readonly hub: WatchedHub;
  readonly client: MqttClient;
  /** Sends a message and returns what comes back on the result topic. */
  ask(message: object): Promise<unknown>;
  /** The results of an operation by sub-device. */
  codes(type: string, ...names: string[]): Promise<unknown>;
}

async function gateway(t: TestContext, options: Partial<HubOptions> = {}): Promise<Gateway> {
  const hub = await watchedHub(t, { subDevices, ...options });
  const client = await connected(hub);
  await client.subscribeAsync(resultTopic, { qos: 1 });
  async function ask(request: object): Promise<unknown> {
    const answer = message(client);
    client.publish(operationTopic, JSON.stringify(request));
    const { topic, payload, qos } = await answer;
    assert.deepEqual([topic, qos], [resultTopic, 1]);
    return JSON.parse(payload.toString());
  }
  return {
    hub,
    client,
    ask,
    async codes(type, ...names) {
      const answer = (await ask({ type, payload: { devices: names.map(named) } })) as {
        type: string;
        payload: { devices: { result: number; device_name: string }[] };
      };
      assert.equal(answer.type, type);
      return answer.payload.devices.map((one) => `${one.device_name} ${one.result}`);
    },
  };
}

const denied = (client: MqttClient, filter: string) =>
  assert.rejects(client.subscribeAsync(filter), /Unspecified error/);

function signed(
  name: string,
  { timestamp = 1_767_225_600, method = "sha256", key = secret as string | Buffer } = {},
): object {
  const text = `SUBPRODUCT${name};121213;${timestamp}`;
  const signature = createHmac(method, key).update(text).digest("base64");
  return { ...named(name), signature, random: 121213, timestamp, signmethod: `hmac${method}`, authtype: "psk" };
}

test("the signature vectors of a bind: the key is the secret as text", () => {
  const fields = { random: 121213, timestamp: 1_767_225_600, authtype: "psk" };
  const nowMs = 1_767_225_600_000;
  const sha1 = { ...fields, signmethod: "hmacsha1", signature: "H54l/8AebBxIgXjrBpZxa+wIOVw=" };
  const sha256 = { ...fields, signmethod: "hmacsha256", signature: "lfrEzeiFSN1NRXQEbTfrCO3snb7Ofg7KfdGDrK+J2ho=" };
  assert.equal(bindSignatureProblem(pump, sha1, nowMs), undefined);
  assert.equal(bindSignatureProblem(pump, sha256, nowMs), undefined);
  assert.equal(bindSignatureProblem(pump, { ...sha256, signmethod: "hmacsha1" }, nowMs), 803);
  assert.equal(bindSignatureProblem(pump, { ...sha256, signmethod: "hmacmd5" }, nowMs), 804);
  assert.equal(bindSignatureProblem(pump, { ...sha256, authtype: "none" }, nowMs), 801);
  assert.equal(bindSignatureProblem(pump, { ...sha256, random: "121213" }, nowMs), 801);
  assert.equal(bindSignatureProblem(pump, sha256, nowMs + 301_000), 805);
});

test("a sub-device that has been reported online is called in its gateway's session", async (t) => {
  const { hub, client, codes } = await gateway(t);
  assert.deepEqual(await hub.call(pump, "ping"), { kind: "failed", code: "FailedOperation.DeviceOffline" });
  await denied(client, requestsOf("sub01"));
  assert.deepEqual(await codes("online", "sub01"), ["sub01 0"]);
  assert.equal(hub.console.isOnline(pump), true);
  assert.deepEqual(await hub.call(pump, "ping"), { kind: "failed", code: "FailedOperation.DeviceNoSubscription" });
  await client.subscribeAsync(requestsOf("sub01"));
  await denied(client, requestsOf("sub02"));
  client.on("message", (topic, payload) => client.publish(topic.replace("rxd", "txd"), `pong ${payload}`));
  const result = await hub.call(pump, "ping");
  assert.equal(result.kind === "answered" && result.payload.toString(), "pong ping");
  const { clientId: called } = await hub.next("request");
  assert.equal(called, "SUBPRODUCTsub01");
});

test("equal processIDs of two devices in one session never cross", async (t) => {
  const { hub, client, codes } = await gateway(t);
  await codes("online", "sub01", "sub02");
  for (const filter of [requestsOf("sub01"), requestsOf("sub02"), requestFilter]) await client.subscribeAsync(filter);
  const open = hub.call(pump, "ping", { processId: "7" });
  await within("request", new Promise((resolve) => client.once("message", resolve)));
  client.publish("$rrpc/txd/SUBPRODUCT/sub02/7", "valve's");
  client.publish("$rrpc/txd/ABCDEFGH12/gateway01/7", "gateway's");
  client.publish("$rrpc/txd/SUBPRODUCT/sub01/7", "pump's");
  const result = await open;
  assert.equal(result.kind === "answered" && result.payload.toString(), "pump's");
  assert.equal(hub.counts().unknown_reply, 2);
});

test("each operation has its codes", async (t) => {
  const { ask, codes } = await gateway(t);
  assert.deepEqual(await codes("online", "sub01", "sub03", "sub04", "sub99"), [
    "sub01 0",
    "sub03 -1",
    "sub04 -1",
    "sub99 802",
  ]);
  assert.deepEqual(await codes("offline", "sub01", "sub02", "sub03"), ["sub01 0", "sub02 0", "sub03 -1"]);
  assert.deepEqual(await codes("unbind", "sub02", "sub03"), ["sub02 0", "sub03 -1"]);
  assert.deepEqual(await codes("online", "sub02"), ["sub02 -1"]);
  assert.deepEqual(await ask({ type: "online", payload: { devices: [{ product_id: 5 }] } }), {
    type: "online",
    payload: { devices: [{ product_id: 5, device_name: "", result: 801 }] },
  });
});

test("a bind is signed with the sub-device's secret, and has its codes", async (t) => {
  const { ask, codes } = await gateway(t, { now: () => 1_767_225_600_000 });
  async function bind(fields: object): Promise<unknown> {
    const { payload } = (await ask({ type: "bind", payload: { devices: [fields] } })) as {
      payload: { devices: { result: number }[] };
    };
    return payload.devices[0]?.result;
  }
  assert.equal(await bind(named("sub03")), 801);
  assert.equal(await bind(signed("sub03", { key: Buffer.from(secret, "base64") })), 803);
  assert.equal(await bind({ ...signed("sub03"), signmethod: "md5" }), 804);
  assert.equal(await bind(signed("sub03", { timestamp: 1_767_220_000 })), 805);
  assert.equal(await bind(signed("sub03", { method: "sha1" })), 0);
  assert.equal(await bind(signed("sub03")), 809);
  assert.equal(await bind(signed("sub04")), 806);
  assert.equal(await bind(signed("sub99")), 802);
  assert.equal(await bind({ product_id: "ABCDEFGH12", device_name: "gateway02" }), 807);
  assert.deepEqual(await codes("online", "sub03"), ["sub03 0"]);
});

test("describe_sub_devices lists what is bound, in messages that fit", async (t) => {
  const many = Array.from({ length: 250 }, (_, index) => ({
    ...pump,
    deviceName: `sub${String(index).padStart(45, "0")}`,
    boundTo: device,
  }));
  const { ask, client } = await gateway(t, { subDevices: many });
  const listed: unknown[] = [];
  const sizes: number[] = [];
  const whole = new Promise<void>((resolve) => {
    client.on("message", (_topic, payload) => {
      sizes.push(payload.length);
      listed.push(...JSON.parse(payload.toString()).payload.devices);
      if (listed.length === 250) resolve();
    });
  });
  await ask({ type: "describe_sub_devices" });
  await within("the whole list", whole);
  assert.deepEqual(
    listed,
    many.map(({ deviceName }) => named(deviceName)),
  );
  assert.ok(Math.max(...sizes) <= 16_384, `${sizes}`);
});

test("the result of an unbind has the type of the documentation's example, if asked for", async (t) => {
  const { ask } = await gateway(t, { unbindResultType: "bind" });
  const answer = await ask({ type: "unbind", payload: { devices: [named("sub01")] } });
  assert.deepEqual(answer, { type: "bind", payload: { devices: [{ ...named("sub01"), result: 0 }] } });
});

test("the gateway's session takes its sub-devices offline when it ends, and a new one begins without them", async (t) => {
  const { hub, client, codes } = await gateway(t);
  await codes("online", "sub01", "sub02");
  await client.subscribeAsync(requestsOf("sub01"));
  await client.endAsync();
  await hub.next("disconnected");
  assert.equal(hub.counts().went_offline, 2);
  assert.deepEqual([hub.console.isOnline(pump), hub.console.isOnline(valve)], [false, false]);
  const next = await connected(hub);
  await denied(next, requestsOf("sub01"));
  hub.kick(device);
  await closed(next);
});

test("the end of a session that was kicked leaves the sub-devices of its successor online", async (t) => {
  const { hub, codes, client } = await gateway(t);
  await codes("online", "sub01");
  const successor = await connected(hub);
  await closed(client);
  assert.equal((await hub.next("went_offline")).subDevice, "SUBPRODUCT/sub01");
  successor.publish(operationTopic, JSON.stringify({ type: "online", payload: { devices: [named("sub01")] } }));
  await hub.next("operation");
  await hub.next("disconnected");
  await hub.next("operation");
  assert.equal(hub.console.isOnline(pump), true);
});

test("offline ends the subscription; the session and its other subscriptions stay", async (t) => {
  const { hub, client, codes } = await gateway(t);
  await codes("online", "sub01", "sub02");
  for (const name of ["sub01", "sub02"]) await client.subscribeAsync(requestsOf(name));
  await codes("offline", "sub01");
  assert.equal((await hub.next("unsubscribed")).filter, requestsOf("sub01"));
  assert.deepEqual(await hub.call(pump, "ping"), { kind: "failed", code: "FailedOperation.DeviceOffline" });
  client.publish("$rrpc/txd/SUBPRODUCT/sub01/1", "too late");
  assert.match((await hub.next("dropped")).reason, /SUBPRODUCT\/sub01 is not online/);
  client.on("message", (topic) => client.publish(topic.replace("rxd", "txd"), "pong"));
  assert.equal((await hub.call(valve, "ping")).kind, "answered");
  assert.deepEqual(await codes("online", "sub01"), ["sub01 0"]);
  assert.deepEqual(await hub.call(pump, "ping"), { kind: "failed", code: "FailedOperation.DeviceNoSubscription" });
});

test("what happens in the console is told unasked, and its acknowledgement is checked", async (t) => {
  const { hub, client, codes } = await gateway(t);
  async function told(order: () => void): Promise<unknown> {
    const next = message(client);
    order();
    return JSON.parse((await next).payload.toString());
  }
  const acknowledge = (payload: object) => client.publish(operationTopic, JSON.stringify(payload));

  assert.deepEqual(await told(() => hub.console.bind(unbound, device)), {
    type: "change",
    payload: { status: 1, devices: [named("sub03")] },
  });
  acknowledge({ type: "change", payload: { devices: [{ ...named("sub03"), result: 0 }] } });
  assert.equal((await hub.next("acknowledged")).notice, "change");
  assert.deepEqual(await codes("online", "sub01", "sub03"), ["sub01 0", "sub03 0"]);

  assert.deepEqual(await told(() => hub.console.unbind(unbound)), {
    type: "change",
    payload: { status: 0, devices: [named("sub03")] },
  });
  assert.equal(hub.console.isOnline(unbound), false);
  acknowledge({ type: "change", payload: { devices: [{ ...named("sub01"), result: 0 }] } });
  assert.match((await hub.next("bad_acknowledgement")).reason, /no result for SUBPRODUCT\/sub03/);

  assert.deepEqual(await told(() => hub.console.searchDevices(device)), {
    type: "search_devices",
    payload: { status: 0 },
  });
  acknowledge({ type: "search_devices", payload: { status: 0, result: 1 } });
  assert.match((await hub.next("bad_acknowledgement")).reason, /result is 1, not 0/);

  assert.deepEqual(await told(() => hub.console.unbindAll(device)), { type: "unbind_all" });
  assert.equal(hub.console.isOnline(pump), false);
  acknowledge({ type: "unbind_all", payload: { result: 0 } });
  assert.equal((await hub.next("acknowledged")).notice, "unbind_all");
  acknowledge({ type: "unbind_all", payload: { result: 0 } });
  assert.match((await hub.next("bad_acknowledgement")).reason, /nothing was to be acknowledged/);
  assert.deepEqual(await codes("online", "sub01", "sub02"), ["sub01 -1", "sub02 -1"]);
  assert.throws(() => hub.console.unbind(pump), /SUBPRODUCT\/sub01 is not bound/);
  assert.throws(() => hub.console.bind({ ...pump, deviceName: "sub99" }, device), /no such sub-device/);
});

test("codes and denials come by order too", async (t) => {
  const { hub, client, codes } = await gateway(t);
  hub.console.answerWith("online", pump, -2);
  assert.deepEqual(await codes("online", "sub01"), ["sub01 -2"]);
  hub.console.answerWith("online", pump, undefined);
  assert.deepEqual(await codes("online", "sub01"), ["sub01 0"]);
  hub.console.withholdTopics(pump, true);
  await denied(client, requestsOf("sub01"));
  hub.console.withholdTopics(pump, false);
  await client.subscribeAsync(requestsOf("sub01"));
});

test("what the hub does not understand, it does not answer", async (t) => {
  const { hub, client } = await gateway(t);
  const ignored = ["{", "[]", '{"type":"online"}', '{"type":"online","payload":{"devices":[]}}', '{"type":"greet"}'];
  for (const payload of ignored) {
    client.publish(operationTopic, payload);
    assert.equal((await hub.next("ignored")).clientId, clientId);
  }
  assert.equal(hub.counts().operation, 0);
});

test("a sub-device does not connect, and speaks in no session but its gateway's", async (t) => {
  const { hub, client, codes } = await gateway(t);
  assert.equal(await tryConnect(hub, { clientId: "SUBPRODUCTsub01" }), 2);
  await codes("online", "sub01");
  const other = await connected(hub, neighbourConnect);
  await denied(other, requestsOf("sub01"));
  other.publish("$rrpc/txd/SUBPRODUCT/sub01/1", "not mine");
  assert.equal((await hub.next("dropped")).clientId, "ABCDEFGH12gateway02");
  assert.equal(client.connected, true);
});

test("more subscriptions than a connection may have are denied", async (t) => {
  const names = Array.from({ length: 101 }, (_, index) => `sub${index}`);
  const many = names.map((deviceName) => ({ ...pump, deviceName, boundTo: device }));
  const { client, codes } = await gateway(t, { subDevices: many });
  await codes("online", ...names.slice(0, 100));
  for (const name of names.slice(0, 99)) await client.subscribeAsync(requestsOf(name));
  await denied(client, requestsOf("sub99"));
});

test("messages above the rate are dropped, each way, and the connection stays", async (t) => {
  const { hub, client, codes } = await gateway(t, { messagesPerSecondMax: 5 });
  await codes("online", "sub01");
  for (let count = 0; count < 6; count += 1) client.publish("SUBPRODUCT/sub01/event", "tick");
  const { topic, reason } = await hub.next("dropped");
  assert.deepEqual([topic, client.connected], ["SUBPRODUCT/sub01/event", true]);
  assert.match(reason, /more messages within a second/);
  for (let count = 0; count < 6; count += 1) hub.publishRaw(resultTopic, "tick");
  assert.equal((await hub.next("dropped")).topic, "SUBPRODUCT/sub01/event");
  assert.equal((await hub.next("dropped")).topic, resultTopic);
});

test("a topology that cannot be is refused at the start", async (t) => {
  const start = (subDevice: object) => watchedHub(t, { subDevices: [{ ...pump, ...subDevice }] });
  await assert.rejects(start({ productId: "x" }), /10 letters and digits/);
  await assert.rejects(start(device), /it is there already/);
  await assert.rejects(start({ boundTo: valve }), /SUBPRODUCT\/sub02 is no gateway here/);
});
