/** A server that answers MQTT packets with exactly the bytes that a test wants, or with silence, or by going away. */

import { once } from "node:events";
import net from "node:net";
import type { Duplex } from "node:stream";
import type { TestContext } from "node:test";
import type { Endpoint } from "../../src/mqtt/endpoint.ts";

export const connack = (code: number) => Buffer.from([0x20, 2, 0, code]);

export const suback = (subscribe: Buffer, ...codes: number[]) =>
  Buffer.from([0x90, 2 + codes.length, subscribe.readUInt8(2), subscribe.readUInt8(3), ...codes]);

export const unsuback = (unsubscribe: Buffer) => Buffer.from([0xb0, 2, ...unsubscribe.subarray(2, 4)]);

export const pingresp = Buffer.from([0xd0, 0]);

/** A PUBLISH of fewer than 128 bytes. */
export function message(topic: string, payload: string, qos = 0, messageId = 1): Buffer {
  const topicBytes = Buffer.from(topic);
  const id = qos === 0 ? [] : [messageId >> 8, messageId & 255];
  const rest = Buffer.concat([Buffer.from([0, topicBytes.length]), topicBytes, Buffer.from(id), Buffer.from(payload)]);
  return Buffer.concat([Buffer.from([0x30 | (qos << 1), rest.length]), rest]);
}

export type PacketType = "connect" | "publish" | "puback" | "subscribe" | "unsubscribe" | "pingreq" | "disconnect";

const types: Record<number, PacketType> = {
  1: "connect",
  3: "publish",
  4: "puback",
  8: "subscribe",
  10: "unsubscribe",
  12: "pingreq",
  14: "disconnect",
};

/** Called with each packet that arrives. */
export type Script = (type: PacketType, packet: Buffer, socket: Duplex) => void;

/** Plays `script` on `stream`. */
export function playScript(stream: Duplex, script: Script): void {
  let waiting: Buffer = Buffer.alloc(0);
  stream.on("error", () => {});
  stream.on("data", (chunk: Buffer) => {
    waiting = Buffer.concat([waiting, chunk]);
    for (let length = packetLength(waiting); length !== undefined; length = packetLength(waiting)) {
      const packet = waiting.subarray(0, length);
      waiting = waiting.subarray(length);
      const type = types[packet.readUInt8(0) >> 4];
      // Not MQTT, a TLS handshake for one, is met with silence.
      if (type !== undefined) script(type, packet, stream);
    }
  });
}

/** Answers CONNECT and SUBSCRIBE as a broker does, and leaves the rest to `script`. */
export function thenScript(script: Script): Script {
  return (type, packet, socket) => {
    if (type === "connect") socket.write(connack(0));
    else if (type === "subscribe") socket.write(suback(packet, 0));
    script(type, packet, socket);
  };
}

/** A server whose every connection is handed to `serve`, until the end of the test. */
export async function startRaw(t: TestContext, serve: (socket: net.Socket) => void): Promise<Endpoint> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    serve(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(async () => {
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return { transport: "tcp", host: "127.0.0.1", port: (server.address() as net.AddressInfo).port };
}

export function startScripted(t: TestContext, script: Script): Promise<Endpoint> {
  return startRaw(t, (socket) => playScript(socket, script));
}

function packetLength(bytes: Buffer): number | undefined {
  let length = 0;
  for (let index = 1; index < Math.min(bytes.length, 5); index += 1) {
    const byte = bytes.readUInt8(index);
    length += (byte & 127) * 128 ** (index - 1);
    if (byte < 128) return bytes.length >= index + 1 + length ? index + 1 + length : undefined;
  }
  return undefined;
}
