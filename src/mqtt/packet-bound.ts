/**
 * Follows where packets begin and end in what the broker sends. mqtt.js collects each for as long as its header says,
 * up to 256 MB, and hears nothing else meanwhile: a length that lies would deafen a session until its keepalive ends it.
 */

/** IoT Hub's longest PUBLISH is 16 KB; the rest is for a broker of one's own, whose callers are told `too_long`. */
export const packetBytesMax = 256 * 1024;

/** What takes this long is no packet that anybody waits for: 16 KB at 5 kbit/s take less, and a caller waits 10 s at most. */
const packetMsMax = 30_000;

/**
 * To be called with every chunk, in order, and its time in ms; says what is wrong with the packet that is under way, and
 * must not be called again after that. What is wrong with packets otherwise is mqtt.js's to say.
 */
export function createPacketBound(): (chunk: Uint8Array, nowMs: number) => string | undefined {
  let beganAtMs = 0;
  /** Of the remaining length (MQTT 3.1.1 §2.2.3), lowest seven bits first; undefined between two headers. */
  let header: { length: number; factor: number } | undefined;
  let lackingBytes = 0;

  /** Takes one byte of a header. */
  function takeHeader(byte: number, nowMs: number): void {
    if (header === undefined) {
      beganAtMs = nowMs;
      header = { length: 0, factor: 1 };
      return;
    }
    header.length += (byte & 0x7f) * header.factor;
    header.factor *= 0x80;
    if ((byte & 0x80) !== 0) return;
    lackingBytes = header.length;
    header = undefined;
  }

  return (chunk, nowMs) => {
    for (let at = 0; at < chunk.length; ) {
      if (lackingBytes === 0) {
        takeHeader(chunk[at] ?? 0, nowMs);
        at += 1;
      } else {
        const taken = Math.min(lackingBytes, chunk.length - at);
        lackingBytes -= taken;
        at += taken;
      }
      if (lackingBytes > packetBytesMax) return `a packet longer than ${packetBytesMax} bytes`;
    }
    const isUnderWay = header !== undefined || lackingBytes > 0;
    return isUnderWay && nowMs - beganAtMs > packetMsMax
      ? `a packet without an end within ${packetMsMax} ms`
      : undefined;
  };
}
