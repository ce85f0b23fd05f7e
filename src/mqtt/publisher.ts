/** Publishes at once or not at all: nothing is ever kept for a network that comes back, or that stands still. */

import type { MqttClient } from "mqtt";

/**
 * `sent`: handed to the socket (not: received). `not_connected`: the session is not up; nothing was kept.
 * `congested`: the network takes less than is sent; nothing was kept.
 * `topic_too_long`: a request's topic may just fit where the response's, configured to be longer, does not.
 */
export type PublishResult = "sent" | "not_connected" | "congested" | "topic_too_long";

/**
 * What may wait for the network, in bytes: 64 responses of the longest kind or thousands of short ones. More is a network
 * that stands still, and a response that waits is a late one.
 */
const waitingBytesMax = 1024 * 1024;

/** QoS 1 responses without PUBACK. A burst of 1000 requests may be answered in one turn; mqtt.js stops at 65535 ids. */
const unacknowledgedMax = 4096;

/** A string of MQTT has its length in two bytes (MQTT 3.1.1 §1.5.3). */
const topicBytesMax = 0xffff;

/** PUBLISH, QoS 0, neither DUP nor RETAIN (MQTT 3.1.1 §3.3.1). */
const publishFlags = 0x30;

/** Publishes on a client that is connected. */
export function createPublisher(client: MqttClient, qos: 0 | 1): (topic: string, payload: Buffer) => PublishResult {
  const options = { qos };
  let unacknowledged = 0;
  const onAcknowledged = () => {
    unacknowledged -= 1;
  };
  return (topic, payload) => {
    if (!client.connected || !client.stream.writable) return "not_connected";
    if (Buffer.byteLength(topic) > topicBytesMax) return "topic_too_long";
    if (client.stream.writableLength > waitingBytesMax || unacknowledged >= unacknowledgedMax) return "congested";
    if (qos === 0) client.stream.write(publishPacket(topic, payload));
    else {
      unacknowledged += 1;
      client.publish(topic, payload, options, onAcknowledged);
      // mqtt.js would write it at the end of the turn, behind all else that is done in it: 0.1 ms.
      client.stream.uncork();
    }
    return "sent";
  };
}

/**
 * What mqtt.js makes of a message at QoS 0, as one piece instead of five, each with a way of its own through the streams:
 * 6 % of a request's CPU.
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
