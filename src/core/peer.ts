import type { Dialect } from "../line/dialect.ts";
import type { Hello } from "../line/hello.ts";
import type { Instant } from "./instant.ts";

/** More than are sent within any time that a hello takes. */
const openProbesMax = 16;

/** A hello may take so long, even where commands wait less for it: 250 ms on a wire of 2400 baud, and more. */
export const helloMsMax = 2000;

export interface PeerOptions {
  /** Upper bound on the window that a hello can ask for; an MCU that answers in order, without ids, has 1. */
  readonly windowMax: number;
  /** Longest command line, in bytes with LF, until a hello says another. */
  readonly commandBytesMax: number;
  /** How long commands wait for the hello after the port was opened. */
  readonly helloWaitMs: number;
  readonly dialect: Pick<Dialect, "quietMs">;
}

/** What a hello says. */
export interface HelloNews {
  /** What was in flight may be lost. */
  readonly hasRestarted: boolean;
  /**
   * It has restarted just now, and no reply to anything that it was sent before can come; a changed boot word in answer
   * to a probe may be news of long ago.
   */
  readonly hasForgotten: boolean;
  /** Whether it says something else than the one before. */
  readonly isNew: boolean;
}

/** Who the MCU at the other end says it is, and what follows for the lines to it. */
export class Peer {
  #options: PeerOptions;
  #hello: Hello | undefined;
  #lastBoot: string | undefined;
  /** When the probes that no hello has answered yet were written. */
  #openProbes: Instant[] = [];

  constructor(options: PeerOptions) {
    this.#options = options;
  }

  configure(options: PeerOptions): void {
    this.#options = options;
  }

  /** Whether it has said hello. */
  get isKnown(): boolean {
    return this.#hello !== undefined;
  }

  get window(): number {
    const { dialect, windowMax } = this.#options;
    return dialect.quietMs === undefined ? Math.min(this.#hello?.window ?? 1, windowMax) : 1;
  }

  get lineBytesMax(): number {
    return this.#hello?.lineBytesMax ?? this.#options.commandBytesMax;
  }

  get crc(): boolean {
    return this.#hello?.crc ?? false;
  }

  get cancel(): boolean {
    return this.#hello?.cancel ?? false;
  }

  /**
   * How many last commands it remembers; 0 where that is fewer than it can hold, and where it says no boot word: a
   * restart, which empties its memory, could pass unnoticed. Then none is sent twice.
   */
  get memory(): number {
    const { dedup = 0, window = 1, boot } = this.#hello ?? {};
    return dedup >= window && boot !== undefined ? dedup : 0;
  }

  helloHeard(hello: Hello, now: Instant): HelloNews {
    const wasAsked = this.#wasAsked(now);
    const knowsBoot = hello.boot !== undefined && this.#lastBoot !== undefined;
    const hasRebooted = knowsBoot && hello.boot !== this.#lastBoot;
    const isNew = this.#hello === undefined || describeHello(hello) !== describeHello(this.#hello);
    this.#hello = hello;
    this.#lastBoot = hello.boot;
    return { hasRestarted: knowsBoot ? hasRebooted : !wasAsked, hasForgotten: hasRebooted && !wasAsked, isNew };
  }

  /** The port was closed: it may be another MCU when it is open again. */
  linkDown(): void {
    this.#hello = undefined;
  }

  /** From now on a hello may be its answer; one that came while it waited for the wire was not. */
  probeWritten(now: Instant): void {
    this.#openProbes = [...this.#openProbes, now].slice(-openProbesMax);
  }

  /** For people. */
  describe(): string {
    return this.#hello === undefined ? "" : describeHello(this.#hello);
  }

  /** Each probe is answered by one hello; what comes beyond that, or much later, the MCU says of itself. */
  #wasAsked(now: Instant): boolean {
    const answerMsMax = Math.max(this.#options.helloWaitMs, helloMsMax);
    this.#openProbes = this.#openProbes.filter((at) => now - at <= answerMsMax);
    return this.#openProbes.shift() !== undefined;
  }
}

function describeHello(hello: Hello): string {
  const { window, lineBytesMax, crc, dedup, cancel, boot, firmware } = hello;
  const words = [
    firmware ?? "no firmware name",
    `window ${window ?? 1}`,
    `line ${lineBytesMax ?? "not said"}`,
    `crc ${crc ? "on" : "off"}`,
    `dedup ${dedup}`,
    `cancel ${cancel ? "yes" : "no"}`,
    `boot ${boot ?? "not said"}`,
  ];
  return words.join(", ");
}
