/** What goes wrong, and how often; can be changed while the MCU runs. A share is between 0 (never) and 1 (always). */
export interface McuFaults {
  /** Time from a command's arrival to its execution and reply. */
  readonly delayMs: number;
  /** Up to this much is added to `delayMs`, evenly distributed. */
  readonly jitterMs: number;
  /** Everything is received and executed, nothing is sent. */
  readonly silence: boolean;
  /** The firmware hangs: nothing is read, executed or sent until it continues where it was. */
  readonly stall: boolean;
  /** Every byte from the gateway is echoed, as by an RS-485 adapter, before the MCU's answer to it. */
  readonly echo: boolean;
  /** TX is connected to RX: every byte from the gateway is echoed, and the MCU is cut off. */
  readonly loopback: boolean;
  /** Share of the gateway's lines that are lost. */
  readonly dropReceived: number;
  /** Share of the MCU's lines that are lost. */
  readonly dropSent: number;
  /** Share of the gateway's lines that arrive with one bit flipped. */
  readonly garbleReceived: number;
  /** Share of the MCU's lines that leave with one bit flipped. */
  readonly garbleSent: number;
  /** Share of the replies with another id than their command's. */
  readonly wrongId: number;
  /** Share of the replies that are sent twice. */
  readonly duplicate: number;
  /** Bytes are sent in pieces of this size, 1 ms apart; 0: a line is one piece. */
  readonly splitBytes: number;
  /** Lines within this time of the first are sent in one write; 0: each in its own. */
  readonly mergeMs: number;
}

/** An MCU without faults, which executes every command at once. */
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

/** Evenly distributed numbers from 0 up to 1; the same seed gives the same numbers (mulberry32). */
export function seededChance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The line with one of the bits of its bytes flipped. The result never has a line end: it stays one line. */
export function flipOneBit(line: string, chance: () => number, dataBits: 5 | 6 | 7 | 8 = 8): string {
  const at = Math.floor(chance() * line.length);
  const byte = line.charCodeAt(at);
  const bit = Math.floor(chance() * dataBits);
  const flipped = [byte ^ (1 << bit), byte ^ (1 << ((bit + 1) % dataBits))].find((value) => value !== 0x0a) ?? byte;
  return line.slice(0, at) + String.fromCharCode(flipped) + line.slice(at + 1);
}
