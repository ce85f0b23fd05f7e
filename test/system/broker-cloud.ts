import { readFileSync } from "node:fs";
import { connectAsync } from "mqtt";
import type { Watch } from "../support/watch.ts";
import { cloudLogin, type Mosquitto } from "./broker-mosquitto.ts";

export const device = { productId: "ABCDEFGH12", deviceName: "gateway01" } as const;

/** Made up; it opens nothing but what the tests start. */
export const deviceSecret = "MDEyMzQ1Njc4OWFiY2RlZg==";

const path = `${device.productId}/${device.deviceName}`;

/** The cloud's side of a broker that knows nothing of RRPC: requests go out as messages, responses are collected. */
export interface Cloud {
  /** Publishes a request; settles when the broker has it. */
  request(processId: string, payload: Buffer | string, qos?: 0 | 1): Promise<void>;
  /** All responses to this request so far. */
  responses(processId: string): readonly Buffer[];
  /** Waits for the first response to a request, as text. */
  response(processId: string): Promise<string>;
  close(): Promise<void>;
}

/** Connects to a broker that runs, by TLS and with a password. */
export async function connectCloud({ cloudPort }: Mosquitto, watch: Watch): Promise<Cloud> {
  const responses = new Map<string, Buffer[]>();
  const client = await connectAsync(`mqtts://localhost:${cloudPort}`, {
    ...cloudLogin,
    ca: readFileSync(new URL("../support/tls/ca.pem", import.meta.url)),
    reconnectPeriod: 0,
  });
  client.on("error", () => {}); // A broker that is killed under it.
  client.on("message", (topic, payload) => {
    const processId = topic.slice(topic.lastIndexOf("/") + 1);
    responses.set(processId, [...(responses.get(processId) ?? []), payload]);
    watch.changed();
  });
  await client.subscribeAsync(`$rrpc/txd/${path}/+`, { qos: 1 });
  return {
    request: async (processId, payload, qos = 0) =>
      void (await client.publishAsync(`$rrpc/rxd/${path}/${processId}`, payload, { qos })),
    responses: (processId) => responses.get(processId) ?? [],
    response: async (processId) =>
      (await watch.until(`a response to ${processId}`, () => responses.get(processId)?.[0])).toString(),
    close: () => client.endAsync(true),
  };
}
