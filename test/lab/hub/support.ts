// A device of the simulated hub and what tests ask of both: real MQTT connections, and waiting for events with a bound.
import { createHmac } from "node:crypto";
import type { TestContext } from "node:test";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import type { HubEvent } from "../../../src/lab/hub/events.ts";
import { type Hub, type HubOptions, startHub } from "../../../src/lab/hub/hub.ts";

/** The made-up device of the documentation's vectors. */
export const device = { productId: "ABCDEFGH12", deviceName: "gateway01", deviceSecret: "MDEyMzQ1Njc4OWFiY2RlZg==" };

/** A second one, with the same secret. */
export const neighbour = { ...device, deviceName: "gateway02" };

export const clientId = "ABCDEFGH12gateway01";
export const requestFilter = "$rrpc/rxd/ABCDEFGH12/gateway01/+";

/** What the device connects with; signed until the year 292277026596. */
export const goodConnect: IClientOptions = {
  clientId,
  username: "ABCDEFGH12gateway01;21010406;a1B2c;9223372036854775807",
  password: "f1aec617c891bf88d58fcf93998344d32bd75e5a35d127ab06dde52a8e6d0e5c;hmacsha256",
  protocolVersion: 4,
  keepalive: 60,
  reconnectPeriod: 0,
};

/** What the neighbour connects with. */
export const neighbourConnect: IClientOptions = {
  ...goodConnect,
  clientId: "ABCDEFGH12gateway02",
  username: "ABCDEFGH12gateway02;12010126;Zz9Yy;9223372036854775807",
  password: `${createHmac("sha1", "0123456789abcdef")
    .update("ABCDEFGH12gateway02;12010126;Zz9Yy;9223372036854775807")
    .digest("hex")};hmacsha1`,
};

/** What `promise` settles to; rejects after far more time than anything here takes, so that only a fault gets there. */
export function within<T>(what: string, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${what} within 15 s`)), 15_000);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

type KindOf<K extends HubEvent["kind"]> = HubEvent & { readonly kind: K };

/** A hub whose events can be waited for; an event that has already come is taken at once, each only once. One wait at a time. */
export interface WatchedHub extends Hub {
  next<K extends HubEvent["kind"]>(kind: K): Promise<KindOf<K>>;
}

/** Starts a hub for both devices on free ports; it is closed with the test. */
export async function watchedHub(t: TestContext, options: Partial<HubOptions> = {}): Promise<WatchedHub> {
  const seen: HubEvent[] = [];
  let wake: () => void = () => undefined;
  const hub = await startHub({
    devices: [device, neighbour],
    ...options,
    observe(event) {
      seen.push(event);
      wake();
    },
  });
  t.after(() => hub.close());

  async function next<K extends HubEvent["kind"]>(kind: K): Promise<KindOf<K>> {
    for (;;) {
      const index = seen.findIndex((event) => event.kind === kind);
      if (index >= 0) return seen.splice(index, 1)[0] as KindOf<K>;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  return { ...hub, next: (kind) => within(kind, next(kind)) };
}

/** A client that is connected; or the CONNACK code with which it was refused, NaN when it was dropped without one. */
export function tryConnect(hub: Hub, options: IClientOptions = {}): Promise<MqttClient | number> {
  const client = connect({ ...goodConnect, host: "127.0.0.1", port: hub.mqttPort, protocol: "mqtt", ...options });
  const outcome = new Promise<MqttClient | number>((resolve) => {
    client.once("connect", () => resolve(client));
    client.on("error", (error) => resolve("code" in error ? Number(error.code) : Number.NaN));
    client.once("close", () => resolve(Number.NaN));
  });
  return within("CONNACK", outcome);
}

/** A connected client; a refusal fails the test. */
export async function connected(hub: Hub, options: IClientOptions = {}): Promise<MqttClient> {
  const client = await tryConnect(hub, options);
  if (typeof client === "number") throw new Error(`refused with CONNACK ${client}`);
  return client;
}

/** Resolves when the client's connection has ended. */
export async function closed(client: MqttClient): Promise<void> {
  const close = new Promise<void>((resolve) => client.once("close", resolve));
  if (client.connected) await within("end of the connection", close);
}

/** The next message that the client receives. */
export function message(client: MqttClient): Promise<{ topic: string; payload: Buffer; qos: number }> {
  const next = new Promise<{ topic: string; payload: Buffer; qos: number }>((resolve) => {
    client.once("message", (topic, payload, { qos }) => resolve({ topic, payload, qos }));
  });
  return within("message", next);
}

/** A device that answers every request with what `reply` makes of it; undefined answers nothing. */
export async function answering(hub: WatchedHub, reply: (payload: string) => string | undefined): Promise<MqttClient> {
  const client = await connected(hub);
  client.on("message", (topic, payload) => {
    const answer = reply(payload.toString());
    if (answer !== undefined) client.publish(topic.replace("/rxd/", "/txd/"), answer);
  });
  await client.subscribeAsync(requestFilter);
  await hub.next("subscribed");
  return client;
}
