/** Sub-devices as stories, without a connection: what is told, and what is sent next. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Packet, SubDevices } from "../../src/iot-hub/sub-devices.ts";

const nonce = { random: 121213, timestampS: 1767225600 };

function begin(names: readonly string[], secret?: string): SubDevices {
  const devices = new SubDevices();
  for (const board of names)
    devices.add({ board, productId: "P", deviceName: board, subDevice: { secret, isPresent: true } });
  return devices;
}

/** Everything that is due, in short. */
function sent(devices: SubDevices, now: number): string[] {
  const packets: string[] = [];
  for (let packet = devices.next(now, nonce); packet !== undefined; packet = devices.next(now, nonce))
    packets.push(inShort(packet));
  return packets;
}

function inShort(packet: Packet): string {
  if (packet.kind === "subscribe_results") return packet.kind;
  if (packet.kind !== "publish") return `${packet.kind} ${packet.board}`;
  const { type, payload } = JSON.parse(String(packet.payload));
  const names = (payload.devices ?? []).map(({ device_name }: { device_name: string }) => device_name);
  return [type, ...names].join(" ");
}

function say(devices: SubDevices, now: number, type: string, payload: object): void {
  devices.message(Buffer.from(JSON.stringify({ type, payload })), now);
}

const results = (codes: Readonly<Record<string, number>>) => ({
  devices: Object.entries(codes).map(([name, result]) => ({ product_id: "P", device_name: name, result })),
});

const told = (devices: SubDevices) =>
  devices.takeEvents().map((event) => {
    if (event.kind === "board_up") return `${event.board} up`;
    return event.kind === "dropped" ? event.name : `${event.board} ${JSON.stringify(event.reason)}`;
  });

/** Both are up at 0. */
function up(...names: readonly string[]): SubDevices {
  const devices = begin(names);
  assert.deepEqual(sent(devices, 0), ["subscribe_results"]);
  devices.resultsSuback(true, 0);
  assert.deepEqual(sent(devices, 0), [`online ${names.join(" ")}`]);
  say(devices, 0, "online", results(Object.fromEntries(names.map((name) => [name, 0]))));
  assert.deepEqual(
    sent(devices, 0),
    names.map((name) => `subscribe ${name}`),
  );
  for (const name of names) devices.get(name)?.suback(true, 0);
  assert.deepEqual(
    told(devices),
    names.map((name) => `${name} up`),
  );
  return devices;
}

test("a board that is unbound in the console is unsubscribed, the others stay; bound again, it comes up", () => {
  const devices = up("a", "b");
  const change = (status: number) => ({ status, devices: [{ product_id: "P", device_name: "a" }] });
  say(devices, 1, "change", change(0));
  assert.deepEqual(told(devices), ['a {"kind":"unbound"}']);
  assert.deepEqual(sent(devices, 1), ["change a", "unsubscribe a"]);
  devices.get("a")?.unsubscribed();
  assert.deepEqual([devices.get("b")?.takesRequest(), devices.get("a")?.takesRequest()], [true, false]);
  assert.deepEqual(sent(devices, 3_600_000), []);
  say(devices, 3_600_000, "change", change(1));
  assert.deepEqual(sent(devices, 3_600_000), ["change a", "online a"]);
});

test("a board that is not bound is bound with its secret, once, and then put online", () => {
  const devices = begin(["a"], "MDEyMzQ1Njc4OWFiY2RlZg==");
  devices.resultsSuback(true, 0);
  sent(devices, 0);
  say(devices, 1, "online", results({ a: -1 }));
  assert.deepEqual(sent(devices, 1), ["bind a"]);
  say(devices, 2, "bind", results({ a: 0 }));
  assert.deepEqual(sent(devices, 2), ["online a"]);
  say(devices, 3, "online", results({ a: -1 }));
  assert.deepEqual(sent(devices, 3), [], "not in a circle");
  assert.deepEqual(told(devices), ['a {"kind":"refused","operation":"online","code":-1}']);
});

test("without an answer it is asked again at growing intervals; a late answer is as good", () => {
  const devices = begin(["a"]);
  devices.resultsSuback(true, 0);
  assert.deepEqual(sent(devices, 0), ["online a"]);
  const askedAt: number[] = [];
  for (let now = 0; now < 200_000; now += 500) {
    devices.expire(now);
    if (sent(devices, now).length > 0) askedAt.push(now);
  }
  assert.deepEqual(askedAt, [15_000, 35_000, 65_000, 115_000]);
  assert.deepEqual(told(devices), ['a {"kind":"no_answer","operation":"online"}'], "told once");
  say(devices, 200_000, "online", results({ a: 0 }));
  assert.deepEqual(sent(devices, 200_000), ["subscribe a"]);
});

test("a board that is away goes offline, and online again; a request proves an outstanding SUBACK", () => {
  const devices = up("a");
  devices.get("a")?.setPresence(false);
  assert.deepEqual(sent(devices, 1), ["unsubscribe a"]);
  devices.get("a")?.unsubscribed();
  assert.deepEqual(told(devices), ['a {"kind":"absent"}']);
  assert.deepEqual(sent(devices, 1), ["offline a"]);
  devices.get("a")?.setPresence(true);
  assert.deepEqual(sent(devices, 2), ["online a"]);
  say(devices, 2, "online", results({ a: 0 }));
  assert.deepEqual(sent(devices, 2), ["subscribe a"]);
  assert.equal(devices.get("a")?.takesRequest(), true);
  assert.deepEqual(told(devices), ["a up"]);
});

test("a session that begins while a board is away says so, and says nothing of it to the hub", () => {
  const devices = new SubDevices();
  devices.add({ board: "a", productId: "P", deviceName: "a", subDevice: { secret: undefined, isPresent: false } });
  devices.resultsSuback(true, 0);
  assert.deepEqual([told(devices), sent(devices, 0)], [['a {"kind":"absent"}'], []]);
  devices.get("a")?.setPresence(true);
  assert.deepEqual(sent(devices, 1), ["online a"]);
});

test("a board that is unbound while it is away is told as away again once it is bound", () => {
  const devices = up("a");
  devices.get("a")?.setPresence(false);
  sent(devices, 1);
  devices.get("a")?.unsubscribed();
  sent(devices, 1);
  const change = (status: number) => ({ status, devices: [{ product_id: "P", device_name: "a" }] });
  say(devices, 2, "change", change(0));
  say(devices, 3, "change", change(1));
  assert.deepEqual(told(devices), ['a {"kind":"absent"}', 'a {"kind":"unbound"}', 'a {"kind":"absent"}']);
  assert.deepEqual(sent(devices, 3), ["change a", "change a"]);
});

test("an answer to an UNSUBSCRIBE that comes late ends no later subscription", () => {
  const devices = up("a");
  devices.get("a")?.setPresence(false);
  sent(devices, 1);
  devices.expire(20_000);
  sent(devices, 20_000);
  devices.get("a")?.setPresence(true);
  sent(devices, 20_000);
  say(devices, 20_000, "online", results({ a: 0 }));
  sent(devices, 20_000);
  devices.get("a")?.suback(true, 20_000);
  devices.get("a")?.unsubscribed();
  assert.deepEqual([devices.get("a")?.takesRequest(), sent(devices, 20_000)], [true, []]);
});

test("a hub that speaks without an end keeps no board from coming online", () => {
  const devices = begin(["a", "b"]);
  sent(devices, 0);
  devices.resultsSuback(true, 0);
  const packets: string[] = [];
  for (let now = 0; now < 10; now += 1) {
    for (let count = 0; count < 100; count += 1) say(devices, now, "search_devices", { status: 0 });
    const packet = devices.next(now, nonce);
    if (packet !== undefined) packets.push(inShort(packet));
    if (packets.at(-1) === "online a b") say(devices, now, "online", results({ a: 0, b: 0 }));
  }
  assert.deepEqual(
    packets.filter((packet) => packet !== "search_devices"),
    ["online a b", "subscribe a", "subscribe b"],
  );
  assert.equal(packets.length, 10);
});

test("what the hub says of others, of nothing that was asked, or in no way that can be read is dropped by name", () => {
  const devices = up("a");
  say(devices, 1, "online", results({ stranger: 0 }));
  say(devices, 1, "bind", results({ a: 0 }));
  say(devices, 1, "no such type", {});
  devices.message(Buffer.from("{"), 1);
  assert.deepEqual(told(devices), [
    "unknown_device",
    "unknown_hub_message",
    "unknown_hub_message",
    "malformed_hub_message",
  ]);
  say(devices, 1, "unbind_all", {});
  say(devices, 1, "search_devices", { status: 0 });
  assert.deepEqual(sent(devices, 1), ["unbind_all", "unsubscribe a", "search_devices"]);
});

test("98 boards are subscribed one filter a packet; a refused one, and a product that is no gateway, are told", () => {
  const devices = up(...Array.from({ length: 98 }, (_, index) => `b${index}`));
  assert.equal(devices.wakeAt, undefined);
  const other = begin(["a"]);
  sent(other, 0);
  other.resultsSuback(false, 0);
  assert.deepEqual(told(other), ['a {"kind":"not_a_gateway"}']);
});
