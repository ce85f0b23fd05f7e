import type { CorrelatorOptions } from "../../src/core/step.ts";
import type { SeededRandom } from "../support/seeded-random.ts";
import { orderedSpeech, rrpcSpeech, type Speech } from "./speech.ts";
import { defaultOptions } from "./transcript.ts";

/** What stays as it is in one world, whatever happens there. */
export interface Setting {
  readonly speech: Speech;
  /** From how many processIDs the hub draws: few come back while they still mean something. Undefined: it counts. */
  readonly idCount: number | undefined;
  /**
   * How the port takes a write: at once, and the bytes arrive so (an MCU's own USB); at once, and they leave at the
   * baud rate; or only as they leave.
   */
  readonly port: "usb" | "buffered" | "blocking";
  /** How long requests and trouble come; afterwards nothing goes wrong any more. */
  readonly busyMs: number;
}

export function drawSetting(random: SeededRandom): Setting {
  return {
    speech: random.chance(0.25) ? orderedSpeech : rrpcSpeech,
    idCount: random.pick([12, 100, 1000, undefined]),
    port: random.pick(["usb", "buffered", "blocking"] as const),
    // Seldom so long that all is tried that there is to try on an MCU that is away.
    busyMs: random.chance(0.02) ? random.whole(60_000, 120_000) : random.whole(5000, 30_000),
  };
}

/** What an operator may have configured for a gateway that serves `speech`; late replies come within 20 s. */
export function drawOptions(random: SeededRandom, speech: Speech): CorrelatorOptions {
  const [cutoffMs, deadlineMs] = random.pick([
    [4000, 3500],
    [4000, 3500],
    [6000, 4500],
    [10_000, 9000],
  ] as const);
  return {
    ...defaultOptions,
    cutoffMs,
    deadlineMs,
    dialect: speech.dialect,
    queueMax: random.pick([2, 8, 512]),
    windowMax: random.pick([1, 4, 16]),
    commandBytesMax: random.pick([48, 256]),
    idleProbeMs: random.pick([0, 10_000]),
    events: { isPublished: random.chance(0.5), perSecondMax: 5, eventBytesMax: 400 },
    recovery: { canPulse: random.chance(0.5), hasCommand: random.chance(0.5) },
    helloWaitMs: random.pick([0, 500, 2000]),
    lateReplyMs: 20_000,
    responseBytesMax: 400,
    wire: { ...defaultOptions.wire, baudRate: random.pick([2400, 9600, 115_200]) },
  };
}
