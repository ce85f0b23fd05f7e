import assert from "node:assert/strict";
import { test } from "node:test";
import type { Hub } from "../../../src/lab/hub/hub.ts";
import { certify } from "./certificate.ts";
import { connected, device, requestFilter, tryConnect, watchedHub } from "./support.ts";

const ca = certify("simulated hub CA");
const server = certify("simulated hub", ca);
const overTls = (hub: Hub) => ({ protocol: "mqtts", port: hub.tlsPort ?? 0, ca: ca.cert }) as const;
const tls = { key: server.key, cert: server.cert, ca: ca.cert };

test("a device answers over TLS with its password", async (t) => {
  const hub = await watchedHub(t, { tls: { key: server.key, cert: server.cert } });
  const client = await connected(hub, overTls(hub));
  client.on("message", (topic, payload) => client.publish(topic.replace("/rxd/", "/txd/"), payload));
  await client.subscribeAsync(requestFilter);
  await hub.next("subscribed");
  assert.equal((await hub.call(device, "ping")).kind, "answered");
});

test("a refusal arrives over TLS as well", async (t) => {
  const hub = await watchedHub(t, { tls });
  assert.equal(await tryConnect(hub, { ...overTls(hub), password: "wrong" }), 4);
});

test("a certificate of the hub's CA for the device stands for its password, no other does", async (t) => {
  const hub = await watchedHub(t, { tls });
  const over = { ...overTls(hub), password: "any" };
  const own = certify("ABCDEFGH12gateway01", ca);
  await connected(hub, { ...over, key: own.key, cert: own.cert });
  const other = certify("ABCDEFGH12gateway02", ca);
  assert.equal(await tryConnect(hub, { ...over, key: other.key, cert: other.cert }), 4);
  const foreign = certify("ABCDEFGH12gateway01", certify("another CA"));
  assert.equal(await tryConnect(hub, { ...over, key: foreign.key, cert: foreign.cert }), 4);
});
