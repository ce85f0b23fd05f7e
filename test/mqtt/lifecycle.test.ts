/** Every way from a connected socket to its end, without a socket. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { connectionEnd } from "../../src/mqtt/connection-end.ts";
import type { Transport } from "../../src/mqtt/endpoint.ts";
import { Lifecycle, type Output } from "../../src/mqtt/lifecycle.ts";

const filters = ["a/+", "b/+"];

function begin(transport: Transport = "tcp", wanted: readonly string[] = filters): Lifecycle {
  return new Lifecycle({ endpoint: { transport, host: "hub.example", port: 1 }, filters: wanted, answerMs: 10_000 }, 0);
}

/** Up to the SUBSCRIBEs, whose identifiers are 1, 2, … in the order of the filters. */
function subscribing(wanted: readonly string[] = filters): Lifecycle {
  const lifecycle = begin("tcp", wanted);
  lifecycle.connack(30);
  const outputs = lifecycle.connected(31);
  assert.deepEqual(outputs, [
    { kind: "limit", ms: 10_000 },
    ...wanted.map((filter) => ({ kind: "subscribe", filter })),
  ]);
  for (const [index, filter] of wanted.entries()) lifecycle.subscribed(filter, index + 1);
  return lifecycle;
}

function up(): Lifecycle {
  const lifecycle = subscribing();
  lifecycle.suback(1, [0], 50);
  lifecycle.suback(2, [0], 50);
  assert.equal(lifecycle.isUp, true);
  return lifecycle;
}

/** The end that `closed` tells, which is the last thing that is done. */
function endOf(lifecycle: Lifecycle) {
  const outputs = lifecycle.closed();
  assert.deepEqual(
    outputs.map(({ kind }) => kind),
    ["destroy", "down"],
  );
  const last = outputs.at(-1);
  assert.ok(last?.kind === "down");
  return last.end;
}

const noLimit: Output = { kind: "limit", ms: undefined };
const destroy: Output = { kind: "destroy" };

test("it is up when the last filter is granted, in whatever order, and tells the shortest round trip", () => {
  const lifecycle = subscribing();
  assert.deepEqual(lifecycle.suback(2, [1], 41), []);
  assert.equal(lifecycle.isUp, false);
  assert.deepEqual(lifecycle.suback(1, [0], 131), [noLimit, { kind: "up", roundTripMs: 10 }]);
  assert.deepEqual([lifecycle.isUp, lifecycle.stage], [true, "up"]);
});

test("without a filter it is up with CONNACK", () => {
  const lifecycle = begin("tcp", []);
  lifecycle.connack(30);
  assert.deepEqual(lifecycle.connected(31), [noLimit, { kind: "up", roundTripMs: 30 }]);
  assert.deepEqual([lifecycle.isUp, lifecycle.hasSubscribed], [true, false]);
  lifecycle.subscribing();
  assert.equal(lifecycle.hasSubscribed, true, "a message may come from now on");
});

test("with TLS the round trip of CONNECT begins behind the handshake", () => {
  const lifecycle = begin("tls", ["a/+"]);
  assert.equal(lifecycle.stage, "securing");
  lifecycle.secured(100);
  assert.equal(lifecycle.stage, "logging_in");
  lifecycle.connack(120);
  lifecycle.connected(120);
  lifecycle.subscribed("a/+", 1);
  assert.deepEqual(lifecycle.suback(1, [0], 170).at(-1), { kind: "up", roundTripMs: 20 });
});

test("a message proves its own filter: it is up, and the other SUBACKs are awaited all the same", () => {
  const lifecycle = subscribing();
  assert.deepEqual(lifecycle.message("elsewhere/1"), []);
  assert.deepEqual(lifecycle.message("b/1"), [{ kind: "up", roundTripMs: 30 }]);
  assert.deepEqual(lifecycle.message("b/2"), []);
  assert.deepEqual(lifecycle.suback(2, [0], 60), []);
  assert.deepEqual(lifecycle.suback(1, [0], 60), [noLimit], "up once");
});

test("a message that proves the last filter takes the limit away", () => {
  assert.deepEqual(subscribing(["a/+"]).message("a/1"), [noLimit, { kind: "up", roundTripMs: 30 }]);
});

test("a filter that is refused ends it, also one whose neighbour serves already", () => {
  const lifecycle = subscribing();
  lifecycle.message("b/1");
  assert.deepEqual(lifecycle.suback(1, [0x80], 60), [destroy]);
  assert.deepEqual([lifecycle.isUp, lifecycle.isEnding], [false, true]);
  const { kind, message } = endOf(lifecycle);
  assert.deepEqual([kind, message], ["subscription_refused", "SUBACK 128 for the filter a/+"]);
});

test("a SUBACK that answers no SUBSCRIBE, or more than one filter, ends it", () => {
  for (const [id, codes] of [
    [3, [0]],
    [undefined, [0]],
    [1, [0, 0]],
    [1, []],
  ] as const) {
    const lifecycle = subscribing();
    assert.deepEqual(lifecycle.suback(id, codes, 60), [destroy]);
    assert.equal(endOf(lifecycle).kind, "protocol_error");
  }
});

test("each step has its limit, and the end says which one was missed", () => {
  const upWithoutSuback = subscribing();
  upWithoutSuback.message("b/1");
  const rows = [
    [begin("tls"), "connect_timeout"],
    [begin(), "connack_timeout"],
    [subscribing(), "suback_timeout"],
    [upWithoutSuback, "suback_timeout"],
  ] as const;
  for (const [lifecycle, kind] of rows) {
    assert.deepEqual(lifecycle.timeout(), [destroy]);
    assert.equal(endOf(lifecycle).kind, kind);
  }
});

test("the owner's end says DISCONNECT once there was a CONNACK, and is bounded", () => {
  assert.deepEqual(begin().end(), [destroy]);
  for (const lifecycle of [subscribing(), up()]) {
    assert.deepEqual(lifecycle.end(), [{ kind: "disconnect" }, { kind: "limit", ms: 1000 }]);
    assert.deepEqual(lifecycle.end(), []);
    assert.equal(lifecycle.isUp, false);
    assert.deepEqual(lifecycle.timeout(), [destroy], "the server does not close");
    assert.equal(endOf(lifecycle).kind, "ended");
  }
});

test("the first cause of an end is told, with the stage; what comes later changes nothing", () => {
  const lifecycle = up();
  lifecycle.fail(connectionEnd("connection_lost", "reset", lifecycle));
  assert.deepEqual(lifecycle.fail(connectionEnd("protocol_error", "later", lifecycle)), []);
  assert.deepEqual(lifecycle.connected(99), []);
  assert.deepEqual(lifecycle.suback(1, [0x80], 99), []);
  assert.deepEqual(lifecycle.message("a/1"), []);
  assert.deepEqual(lifecycle.end(), []);
  const { kind, stage } = endOf(lifecycle);
  assert.deepEqual([kind, stage], ["connection_lost", "up"]);
});

test("a close without any other cause is the peer's", () => {
  const { kind, stage, message } = endOf(subscribing());
  assert.deepEqual([kind, stage], ["peer_closed", "subscribing"]);
  assert.match(message, /^tcp:\/\/hub\.example:1 closed the connection before SUBACK$/);
});
