/** What IoT Hub limits, and what follows from it. The figures are those of Tencent Cloud's product documentation for IoT Hub. */

import type { PacketLimits } from "../mqtt/packet-bound.ts";

/** One CONNECT in 5 s for each device; the hub refuses more. */
export const connectIntervalMs = 5000;

/** How long the hub waits for a response, by the documents of all its SDKs; newer product pages say 10 s. */
export const responseWaitMs = 4000;
export const responseWaitMaxMs = 10_000;

/** The sources disagree: 0–900, 60–850, at most 690. This range is right in all of them. */
export const keepaliveRangeS = { min: 60, max: 690 } as const;

/** From one device, responses and events together, and those of its sub-devices: whether they count is not documented. */
export const messagesPerSecondMax = 20;

/** For one connection, of which each sub-device takes one. */
export const subscriptionsMax = 100;

/** What the gateway's own requests, and the results of what it says of its sub-devices, leave of them. */
export const subDevicesMax = subscriptionsMax - 2;

/** The longest topic. */
export const topicBytesMax = 255;

/** The longest PUBLISH; the hub refuses a longer one. */
export const publishBytesMax = 16 * 1024;

/** The longest payload of a response or event: the topic, at most 255 bytes, and the header count as well. */
export const responseBytesMax = publishBytesMax - 512;

/**
 * For so long the hub may say nothing after a response. Longer than `responseWaitMs`: whoever asked has given up, and it matters
 * that the next one is heard.
 */
export const quietMs = 5000;

/**
 * What the hub sends has at most 16 KB; the rest is for a broker of one's own, whose callers are told `too_long`. What takes
 * 30 s is no packet that anybody waits for: 16 KB at 5 kbit/s take less, and a caller waits 10 s at most.
 */
export const packetLimits: PacketLimits = { bytesMax: 256 * 1024, msMax: 30_000 };

/** The longest key of a TLS handshake that OpenSSL 3.0 takes; a device secret is far shorter. */
export const pskBytesMax = 256;
