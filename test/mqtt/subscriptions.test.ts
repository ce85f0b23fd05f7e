/** Filters that come and go while a connection is up. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { unansweredMax } from "../../src/mqtt/subscriptions.ts";
import { startBroker } from "./aedes-broker.ts";
import { openProbe, type Probe } from "./probe.ts";
import { connack, message, type Script, startScripted, suback, unsuback } from "./raw-broker.ts";

/** SUBSCRIBE, to be waited for. */
const subscribe = ({ connection }: Probe, filter: string) =>
  new Promise<boolean>((resolve) => connection.subscribe(filter, 0, resolve));

/** The one filter of a SUBSCRIBE or UNSUBSCRIBE. */
const filterOf = (packet: Buffer) => packet.toString("latin1", 6, 6 + packet.readUInt16BE(4));

/** Grants and ends everything but what `script` answers itself. */
function answering(script: Script): Script {
  return (type, packet, socket) => {
    if (type === "connect") socket.write(connack(0));
    else if (type === "subscribe" && filterOf(packet) === "in/+") socket.write(suback(packet, 0));
    else script(type, packet, socket);
  };
}

async function end(probe: Probe): Promise<void> {
  probe.connection.end();
  assert.equal((await probe.down()).cause.kind, "ended");
}

test("a filter that is added brings its messages, and one that is taken away no more; the others stay", async (t) => {
  const server = await startBroker();
  t.after(() => server.close());
  const probe = openProbe(server.endpoint);
  await probe.expect("up");
  const subscribed = once(server.aedes, "subscribe");
  assert.equal(await subscribe(probe, "more/+"), true);
  assert.deepEqual(
    (await subscribed)[0].map(({ topic }: { topic: string }) => topic),
    ["more/+"],
  );
  const send = (topic: string) =>
    server.aedes.publish({ cmd: "publish", topic, payload: "x", qos: 0, retain: false, dup: false }, () => {});
  send("more/1");
  assert.equal((await probe.expect("message")).topic, "more/1");
  assert.equal(await probe.connection.unsubscribe("more/+"), true);
  send("more/2");
  send("in/1");
  assert.equal((await probe.expect("message")).topic, "in/1", "more/2 is not subscribed any more");
  await end(probe);
});

test("a filter that is refused is told, and the connection goes on", async (t) => {
  const endpoint = await startScripted(
    t,
    answering((type, packet, socket) => {
      if (type === "subscribe") socket.write(suback(packet, filterOf(packet) === "denied/+" ? 0x80 : 0));
    }),
  );
  const probe = openProbe(endpoint);
  await probe.expect("up");
  const answers = await Promise.all(["denied/+", "granted/+"].map((filter) => subscribe(probe, filter)));
  assert.deepEqual(answers, [false, true]);
  assert.deepEqual(
    probe.events.map(({ kind }) => kind),
    ["up"],
  );
  await end(probe);
});

test("a message that overtakes the SUBACK of its filter is handed on", async (t) => {
  const endpoint = await startScripted(
    t,
    answering((type, packet, socket) => {
      if (type === "subscribe") socket.write(Buffer.concat([message("more/7", "early"), suback(packet, 0)]));
    }),
  );
  const probe = openProbe(endpoint);
  await probe.expect("up");
  const granted = subscribe(probe, "more/+");
  const { topic, arrival } = await probe.expect("message");
  assert.deepEqual([topic, arrival], ["more/7", "live"]);
  assert.equal(await granted, true);
  await end(probe);
});

test("without a filter it is up with CONNACK, and takes what is subscribed then", async (t) => {
  const seen: string[] = [];
  const endpoint = await startScripted(t, (type, packet, socket) => {
    seen.push(type);
    if (type === "connect") socket.write(connack(0));
    else if (type === "subscribe") socket.write(Buffer.concat([suback(packet, 0), message("in/1", "x")]));
  });
  const probe = openProbe(endpoint, { filters: [] });
  await probe.expect("up");
  assert.deepEqual(seen, ["connect"]);
  assert.equal(await subscribe(probe, "in/+"), true);
  await probe.expect("message");
  await end(probe);
});

test("unsubscribe without a filter ends all that were granted", async (t) => {
  const ended: string[] = [];
  const endpoint = await startScripted(
    t,
    answering((type, packet, socket) => {
      if (type === "subscribe") socket.write(suback(packet, filterOf(packet) === "denied/+" ? 0x80 : 0));
      if (type !== "unsubscribe") return;
      ended.push(filterOf(packet));
      socket.write(unsuback(packet));
    }),
  );
  const probe = openProbe(endpoint);
  await probe.expect("up");
  for (const filter of ["a/+", "b/+", "denied/+"]) await subscribe(probe, filter);
  assert.equal(await probe.connection.unsubscribe("a/+"), true);
  assert.equal(await probe.connection.unsubscribe(), true);
  assert.deepEqual(ended, ["a/+", "in/+", "b/+"]);
  await end(probe);
});

test("a broker that answers no SUBSCRIBE costs no more memory than the bound, and then the connection", async (t) => {
  const endpoint = await startScripted(
    t,
    answering(() => {}),
  );
  const probe = openProbe(endpoint);
  await probe.expect("up");
  const unexpected = () => assert.fail("answered");
  for (let count = 0; count < unansweredMax; count += 1) probe.connection.subscribe(`more/${count}/+`, 0, unexpected);
  assert.equal(probe.connection.publish("out/1", Buffer.from("x")), "sent");
  probe.connection.subscribe("one/more/+", 0, unexpected);
  assert.equal((await probe.down()).cause.kind, "suback_timeout");
  probe.connection.subscribe("after/the/end/+", 0, unexpected);
});

test("a SUBACK for two filters is no answer to one, whenever it comes", async (t) => {
  const endpoint = await startScripted(
    t,
    answering((type, packet, socket) => {
      if (type === "subscribe") socket.write(suback(packet, 0, 0));
    }),
  );
  const probe = openProbe(endpoint);
  await probe.expect("up");
  probe.connection.subscribe("more/+", 0, () => assert.fail("answered"));
  assert.equal((await probe.down()).cause.kind, "protocol_error");
});
