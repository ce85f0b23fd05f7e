import { device, requestPrefix, responsePrefix } from "../device.ts";

/** Topics that are none of the device's requests. */
export const foreignTopics: readonly string[] = [
  `$rrpc/rxd/${device.productId}/gateway02/1`,
  `$rrpc/rxd/ZYXWVUTS98/${device.deviceName}/1`,
  requestPrefix,
  `${requestPrefix}1/2`,
  `${requestPrefix}+`,
  `${requestPrefix}#`,
  `${responsePrefix}1`,
  "$rrpc/rxd",
  "/",
  "",
  "x".repeat(65_535),
];

/** PUBLISH at QoS 0, with the length that it says to have, by default its own. */
export function publish(topic: string, payload: string, saidBytes?: number): Buffer {
  const topicBytes = Buffer.from(topic);
  const head = Buffer.alloc(2);
  head.writeUInt16BE(topicBytes.length);
  const body = Buffer.concat([head, topicBytes, Buffer.from(payload)]);
  return Buffer.concat([Buffer.from([0x30, ...lengthBytes(saidBytes ?? body.length)]), body]);
}

/** Seven bits each, the lowest first (MQTT 3.1.1 §2.2.3). */
function lengthBytes(byteCount: number): number[] {
  return byteCount < 128 ? [byteCount] : [(byteCount % 128) | 128, ...lengthBytes(Math.floor(byteCount / 128))];
}

/** What MQTT 3.1.1 does not allow, so that the session has to end. */
export const malformed: readonly Buffer[] = [
  Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"),
  Buffer.from([0xf0, 0]), // a reserved type
  Buffer.from([0x30, 4, 0xff, 0xff, 0x61, 0x62]), // a topic longer than its packet
  Buffer.from([0x90, 3, 0xab, 0xcd, 0]), // SUBACK to no SUBSCRIBE
];

/** PUBLISH packets whose end does not come where they say: by as far as they lie. */
export const lies: readonly Buffer[] = [
  publish(`${requestPrefix}lie`, "short", 300),
  publish(`${requestPrefix}lie`, "long", 100_000),
  publish(`${requestPrefix}lie`, "giant", 268_435_455),
];
