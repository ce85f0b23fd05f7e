import { SeededRandom } from "../support/seeded-random.ts";

/** Changes bytes on their way; what comes out may be shorter than what went in. */
export type Noise = (bytes: Uint8Array) => Uint8Array;

/**
 * Noise on a line: of so many bytes one is lost or has one bit wrong, half and half.
 * @param rate share of the bytes that suffer, 0 to 1
 * @param seed the same seed gives the same noise
 */
export function createNoise(rate: number, seed: number): Noise {
  const random = new SeededRandom(seed);
  return (bytes) => {
    const passed: number[] = [];
    for (const byte of bytes) {
      if (!random.chance(rate)) passed.push(byte);
      else if (random.chance(0.5)) passed.push(byte ^ (1 << random.whole(0, 7)));
    }
    return Uint8Array.from(passed);
  };
}
