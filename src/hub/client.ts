/** An mqtt.js client over a socket that is given: used for one connection, with nothing of mqtt.js's own recovery. */

import type { Socket } from "node:net";
import { connect, type IClientOptions, MqttClient } from "mqtt";
import type { Credentials } from "./credentials.ts";
import { type Endpoint, isWebSocket } from "./endpoint.ts";

/**
 * How many bytes from the broker may wait for the end of their packet. MQTT allows packets of 256 MB, which mqtt.js would
 * collect; IoT Hub's longest PUBLISH is 16 KB. The rest is room for what mqtt.js holds unparsed while a PUBACK waits for
 * the network: its buffer (16 KB) and two reads of the socket (64 KB each).
 */
const packetBytesMax = 256 * 1024;

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

/** Says when a packet that is not yet whole has become too long. */
export function boundPackets(client: MqttClient, onTooLong: (message: string) => void): void {
  let unparsedBytes = 0;
  client.stream.prependListener("data", (chunk: Buffer) => {
    unparsedBytes += chunk.length;
    if (unparsedBytes > packetBytesMax) onTooLong(`a packet longer than ${packetBytesMax} bytes`);
  });
  client.on("packetreceive", () => {
    unparsedBytes = 0;
  });
}
