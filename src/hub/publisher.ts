/** Publishes at once or not at all: nothing is ever kept for a network that comes back, or that stands still. */

import type { MqttClient } from "mqtt";

/**
 * `sent`: handed to the socket (not: received). `not_connected`: the session is not up; nothing was kept.
 * `congested`: the network takes less than is sent; nothing was kept.
 */
export type PublishResult = "sent" | "not_connected" | "congested";

/**
 * What may wait for the network, in bytes: 64 responses of the longest kind or thousands of short ones. More is a network
 * that stands still, and a response that waits is a late one.
 */
const waitingBytesMax = 1024 * 1024;

/** QoS 1 responses without PUBACK. A burst of 1000 requests may be answered in one turn; mqtt.js stops at 65535 ids. */
const unacknowledgedMax = 4096;

/** Publishes on a client that is connected. */
export function createPublisher(client: MqttClient, qos: 0 | 1): (topic: string, payload: Buffer) => PublishResult {
  const options = { qos };
  let unacknowledged = 0;
  const onAcknowledged = () => {
    unacknowledged -= 1;
  };
  return (topic, payload) => {
    if (!client.connected || !client.stream.writable) return "not_connected";
    if (client.stream.writableLength > waitingBytesMax || unacknowledged >= unacknowledgedMax) return "congested";
    if (qos === 0) client.publish(topic, payload, options);
    else {
      unacknowledged += 1;
      client.publish(topic, payload, options, onAcknowledged);
    }
    // mqtt.js would write it at the end of the turn, behind all else that is done in it: 0.1 ms.
    client.stream.uncork();
    return "sent";
  };
}
