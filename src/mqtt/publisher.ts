/** Publishes at once or not at all: nothing is ever kept for a network that comes back, or that stands still. */

import type { Client } from "./client.ts";

/**
 * `sent`: handed to the socket (not: received). `not_connected`: the connection is not up; nothing was kept.
 * `congested`: the network takes less than is sent; nothing was kept.
 * `topic_too_long`: longer than MQTT allows; nothing was sent.
 */
export type PublishResult = "sent" | "not_connected" | "congested" | "topic_too_long";

/**
 * What may wait for the network, in bytes: 64 messages of 16 KB, or thousands of short ones. More is a network that stands
 * still, and a message that waits is a late one.
 */
const waitingBytesMax = 1024 * 1024;

/** QoS 1 messages without PUBACK. A burst of 1000 may be published in one turn; mqtt.js stops at 65535 identifiers. */
const unacknowledgedMax = 4096;

/** A string of MQTT has its length in two bytes (MQTT 3.1.1 §1.5.3). */
const topicBytesMax = 0xffff;

/** PUBLISH, QoS 0, neither DUP nor RETAIN (MQTT 3.1.1 §3.3.1). */
const publishFlags = 0x30;

/** Publishes on a client that is connected. */
export function createPublisher(client: Client, qos: 0 | 1): (topic: string, payload: Buffer) => PublishResult {
  let unacknowledged = 0;
  const onAcknowledged = () => {
    unacknowledged -= 1;
  };
  return (topic, payload) => {
    if (!client.isWritable) return "not_connected";
    if (Buffer.byteLength(topic) > topicBytesMax) return "topic_too_long";
    if (client.waitingBytes > waitingBytesMax || unacknowledged >= unacknowledgedMax) return "congested";
    if (qos === 0) client.write(publishPacket(topic, payload));
    else {
      unacknowledged += 1;
      client.publish(topic, payload, onAcknowledged);
    }
    return "sent";
  };
}

/**
 * What mqtt.js makes of a message at QoS 0, as one piece instead of five, each with a way of its own through the streams:
 * 6 % of the CPU of a request that is answered.
 */
export function publishPacket(topic: string, payload: Buffer): Buffer {
  const topicBytes = Buffer.byteLength(topic);
  const bodyBytes = 2 + topicBytes + payload.length;
  const packet = Buffer.allocUnsafe(1 + lengthBytes(bodyBytes) + bodyBytes);
  let at = packet.writeUInt8(publishFlags);
  for (let left = bodyBytes; left > 0; left >>>= 7) {
    at = packet.writeUInt8((left & 0x7f) | (left > 0x7f ? 0x80 : 0), at);
  }
  at = packet.writeUInt16BE(topicBytes, at);
  at += packet.write(topic, at);
  payload.copy(packet, at);
  return packet;
}

/** Of the remaining length: seven bits in each byte (MQTT 3.1.1 §2.2.3). */
function lengthBytes(bodyBytes: number): number {
  return bodyBytes < 0x80 ? 1 : bodyBytes < 0x4000 ? 2 : bodyBytes < 0x20_0000 ? 3 : 4;
}
