/** Changes bytes on their way; what comes out may be shorter than what went in. */
export type Noise = (bytes: Uint8Array) => Uint8Array;

/**
 * Noise on a line: of so many bytes one is lost or has one bit wrong, half and half.
 * @param rate share of the bytes that suffer, 0 to 1
 * @param seed the same seed gives the same noise
 */
export function createNoise(rate: number, seed: number): Noise {
  const random = createRandom(seed);
  return (bytes) => {
    const passed: number[] = [];
    for (const byte of bytes) {
      if (random() >= rate) passed.push(byte);
      else if (random() < 0.5) passed.push(byte ^ (1 << Math.floor(random() * 8)));
    }
    return Uint8Array.from(passed);
  };
}

/** Mulberry32: small, seeded, and good enough to choose bytes with. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
