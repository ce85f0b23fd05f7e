/**
 * Follows where packets begin and end in what the broker sends. mqtt.js collects each for as long as its header says,
 * up to 256 MB, and hears nothing else meanwhile: a length that lies would deafen a connection until its keepalive ends it.
 */

export interface PacketLimits {
  /** The longest packet behind its header. */
  readonly bytesMax: number;
  /** How long a packet may take from its first byte to its last, in ms. */
  readonly msMax: number;
}

/**
 * To be called with every chunk, in order, and its time in ms; says what is wrong with the packet that is under way, and
 * must not be called again after that. What is wrong with packets otherwise is mqtt.js's to say.
 */
export function createPacketBound({
  bytesMax,
  msMax,
}: PacketLimits): (chunk: Uint8Array, nowMs: number) => string | undefined {
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
      if (lackingBytes > bytesMax) return `a packet longer than ${bytesMax} bytes`;
    }
    const isUnderWay = header !== undefined || lackingBytes > 0;
    return isUnderWay && nowMs - beganAtMs > msMax ? `a packet without an end within ${msMax} ms` : undefined;
  };
}
