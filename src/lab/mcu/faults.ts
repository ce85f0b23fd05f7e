/** What goes wrong, and how often; changed while the MCU runs. A share lies between 0 (never) and 1 (always). */
export interface McuFaults {
  /** Time from a command's arrival to the deed and its reply. */
  readonly delayMs: number;
  /** At most so much is added to `delayMs`, evenly distributed. */
  readonly jitterMs: number;
  /** Everything is heard and done, nothing is said. */
  readonly silence: boolean;
  /** The firmware hangs: nothing is read, done or said until it goes on where it was. */
  readonly stall: boolean;
  /** Every byte of the gateway's comes back, as from an adapter for RS-485, ahead of what the MCU says to it. */
  readonly echo: boolean;
  /** TX is joined to RX: every byte of the gateway's comes back, the MCU hears nothing and is not heard. */
  readonly loopback: boolean;
  /** Share of the gateway's lines that vanish on their way. */
  readonly dropReceived: number;
  /** Share of the MCU's lines that vanish on their way. */
  readonly dropSent: number;
  /** Share of the gateway's lines that arrive with one bit flipped. */
  readonly garbleReceived: number;
  /** Share of the MCU's lines that leave with one bit flipped. */
  readonly garbleSent: number;
  /** Share of the replies that carry another ID than their command's. */
  readonly wrongId: number;
  /** Share of the replies that are said twice. */
  readonly duplicate: number;
  /** Sent bytes leave in pieces of so many, 1 ms apart; 0: a line is one piece. */
  readonly splitBytes: number;
  /** Lines said within this time of the first leave in one write; 0: each in its own. */
  readonly mergeMs: number;
}

/** A sound MCU that does what it is told at once. */
export const noFaults: McuFaults = {
  delayMs: 0,
  jitterMs: 0,
  silence: false,
  stall: false,
  echo: false,
  loopback: false,
  dropReceived: 0,
  dropSent: 0,
  garbleReceived: 0,
  garbleSent: 0,
  wrongId: 0,
  duplicate: 0,
  splitBytes: 0,
  mergeMs: 0,
};

/** Evenly distributed numbers from 0 up to 1; the same seed gives the same ones (mulberry32). */
export function seededChance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The line with one bit flipped. No line end comes into being: one damage stays one line. */
export function flipOneBit(line: string, chance: () => number): string {
  const at = Math.floor(chance() * line.length);
  const byte = line.charCodeAt(at);
  const bit = Math.floor(chance() * 8);
  const flipped = [byte ^ (1 << bit), byte ^ (1 << ((bit + 1) % 8))].find((value) => value !== 0x0a) ?? byte;
  return line.slice(0, at) + String.fromCharCode(flipped) + line.slice(at + 1);
}
