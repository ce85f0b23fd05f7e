/** An mqtt.js client over a socket that is given: used for one connection, with nothing of mqtt.js's own recovery. */

import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { connect, type IClientOptions, MqttClient } from "mqtt";
import type { Credentials } from "../iot-hub/credentials.ts";
import { type Endpoint, isWebSocket } from "./endpoint.ts";
import { createPacketBound, packetBytesMax } from "./packet-bound.ts";

export interface ClientOptions {
  readonly endpoint: Endpoint;
  readonly credentials: Credentials;
  readonly keepaliveS: number;
}

/** The client, with CONNECT on its way as soon as `socket` is connected. */
export function openClient(socket: Socket, { endpoint, credentials, keepaliveS }: ClientOptions): MqttClient {
  const options: IClientOptions = {
    ...credentials,
    protocolId: "MQTT",
    protocolVersion: 4,
    // A persistent session keeps QoS 1 messages for later, and later is too late.
    clean: true,
    keepalive: keepaliveS,
    // A ping is due however much is sent: events at QoS 0 get no answer that would show a hub that is gone.
    reschedulePings: false,
    // A session is used once: whoever opened it opens the next one.
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    // The session has its own limit, which knows how far the connection came; the longest timer there is disables this.
    connectTimeout: 2 ** 31 - 1,
    // A Buffer for each number up to 65535, made in advance: 7 MiB.
    writeCache: false,
    // Saves some twenty calls of `debug` for each message.
    log: () => {},
  };
  if (!isWebSocket(endpoint.transport)) return new MqttClient(() => socket, options);
  return connect({
    ...options,
    protocol: endpoint.transport === "wss" ? "wss" : "ws",
    hostname: endpoint.host.includes(":") ? `[${endpoint.host}]` : endpoint.host,
    port: endpoint.port,
    // What Tencent's C SDK asks for.
    path: "/",
    wsOptions: { createConnection: () => socket, maxPayload: packetBytesMax, perMessageDeflate: false },
  });
}

/** Says once when a packet is too long, or too long under way, to wait for its end. */
export function boundPackets(client: MqttClient, onTooLong: (message: string) => void): void {
  const tooLong = createPacketBound();
  const look = (chunk: Buffer) => {
    const message = tooLong(chunk, performance.now());
    if (message === undefined) return;
    client.stream.off("data", look);
    onTooLong(message);
  };
  client.stream.prependListener("data", look);
}
